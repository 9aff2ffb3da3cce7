// GraphQL over server-sent events, in distinct connections mode, with npm `graphql-sse`.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { createClient } from 'graphql-sse';

import { CART_CREATE, CART_NOTE, CART_UPDATED, execute, newCart, newCustomer, url, withTimeout } from './support.mjs';

function client(test, options = {}) {
  const client = createClient({ url, retryAttempts: 0, ...options });
  test.after(() => client.dispose());
  return client;
}

async function all(responses) {
  const found = [];
  for await (const response of responses) found.push(response);
  return found;
}

describe('graphql-sse', { concurrency: true }, () => {
  test('a query sends one response and completes', async (t) => {
    const responses = await withTimeout(all(client(t).iterate({ query: '{ __typename }' })), 'the end');
    assert.deepEqual(responses, [{ data: { __typename: 'Query' } }]);
  });

  test('a mutation sends one response and completes', async (t) => {
    const responses = await withTimeout(all(client(t).iterate({ query: CART_CREATE })), 'the end');
    assert.equal(responses.length, 1);
    assert.match(responses[0].data.cartCreate.cart.id, /^cart_/);
  });

  test('a subscription sends the current state and each change', async (t) => {
    const cart = await newCart();
    const responses = client(t).iterate({ query: CART_UPDATED, variables: { cart } });
    const first = await withTimeout(responses.next(), 'the current cart');
    assert.deepEqual(first.value, { data: { cartUpdated: { id: cart, note: '' } } });
    await execute(CART_NOTE, { cart, note: 'Please ring' });
    for (;;) {
      const { value } = await withTimeout(responses.next(), 'the change');
      if (value.data.cartUpdated.note === 'Please ring') break;
    }
    await responses.return();
  });

  test('an invalid document is reported in the stream', async (t) => {
    for (const query of ['{ nothing', '{ nothing }']) {
      const responses = await withTimeout(all(client(t).iterate({ query })), 'the end');
      assert.equal(responses.length, 1);
      assert.equal(typeof responses[0].errors[0].message, 'string');
      assert(!('data' in responses[0]));
    }
  });

  test('credentials are taken from the headers', async (t) => {
    const me = { query: '{ me { firstName } }' };
    const known = client(t, { headers: { authorization: `Bearer ${await newCustomer()}` } });
    assert.deepEqual(await withTimeout(all(known.iterate(me)), 'the end'), [{ data: { me: { firstName: 'Ada' } } }]);
    const forged = client(t, { headers: { authorization: 'Bearer forged' } });
    await assert.rejects(withTimeout(all(forged.iterate(me)), 'the end'), (error) => error.response.status === 401);
  });
});
