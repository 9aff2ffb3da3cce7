// GraphQL over server-sent events, in the mode of distinct connections, with npm `graphql-sse`.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { createClient } from 'graphql-sse';

import { CART_CREATE, CART_NOTE, CART_UPDATED, ask, newCart, newCustomer, url, within } from './support.mjs';

function client(test, options = {}) {
  const client = createClient({ url, retryAttempts: 0, ...options });
  test.after(() => client.dispose());
  return client;
}

async function all(answers) {
  const found = [];
  for await (const answer of answers) found.push(answer);
  return found;
}

describe('graphql-sse', { concurrency: true }, () => {
  test('a query is one answer, and then complete', async (t) => {
    const answers = await within(all(client(t).iterate({ query: '{ __typename }' })), 'the end');
    assert.deepEqual(answers, [{ data: { __typename: 'Query' } }]);
  });

  test('a mutation is one answer, and then complete', async (t) => {
    const answers = await within(all(client(t).iterate({ query: CART_CREATE })), 'the end');
    assert.equal(answers.length, 1);
    assert.match(answers[0].data.cartCreate.cart.id, /^cart_/);
  });

  test('a subscription tells what is, and each change', async (t) => {
    const cart = await newCart();
    const answers = client(t).iterate({ query: CART_UPDATED, variables: { cart } });
    const first = await within(answers.next(), 'the cart as it is');
    assert.deepEqual(first.value, { data: { cartUpdated: { id: cart, note: '' } } });
    await ask(CART_NOTE, { cart, note: 'Please ring' });
    for (;;) {
      const { value } = await within(answers.next(), 'the change');
      if (value.data.cartUpdated.note === 'Please ring') break;
    }
    await answers.return();
  });

  test('a document that is refused is told in the stream', async (t) => {
    for (const query of ['{ nothing', '{ nothing }']) {
      const answers = await within(all(client(t).iterate({ query })), 'the end');
      assert.equal(answers.length, 1);
      assert.equal(typeof answers[0].errors[0].message, 'string');
      assert(!('data' in answers[0]));
    }
  });

  test('credentials are those of the headers', async (t) => {
    const me = { query: '{ me { firstName } }' };
    const known = client(t, { headers: { authorization: `Bearer ${await newCustomer()}` } });
    assert.deepEqual(await within(all(known.iterate(me)), 'the end'), [{ data: { me: { firstName: 'Ada' } } }]);
    const forged = client(t, { headers: { authorization: 'Bearer forged' } });
    await assert.rejects(within(all(forged.iterate(me)), 'the end'), (error) => error.response.status === 401);
  });
});
