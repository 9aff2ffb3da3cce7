// GraphQL over WebSocket: the rules of `graphql-transport-ws`, a test each, and what npm `graphql-ws` makes of the server.
// The rules are those of PROTOCOL.md in npm `graphql-ws`; the names of close codes are its own.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

import {
  CART_CREATE,
  CART_NOTE,
  CART_UPDATED,
  CloseCode,
  PATIENCE,
  Peer,
  Refused,
  ask,
  expiringUrl,
  newCart,
  newCustomer,
  socketUrl,
  within,
} from './support.mjs';

const TYPENAME = '{ __typename }';

describe('handshake', { concurrency: true }, () => {
  test('the sub-protocol is agreed upon', async (t) => {
    const peer = await Peer.open(t);
    assert.equal(peer.socket.protocol, 'graphql-transport-ws');
  });

  test('of several sub-protocols the one spoken is chosen', async (t) => {
    const peer = await Peer.open(t, { protocols: ['graphql-ws', 'graphql-transport-ws'] });
    assert.equal(peer.socket.protocol, 'graphql-transport-ws');
  });

  // The reference server opens such a socket and closes it with 4406; this one does not open it.
  test('a socket without a sub-protocol is refused', async (t) => {
    await assert.rejects(Peer.open(t, { protocols: [] }), (error) => error instanceof Refused && error.status === 400);
  });

  test('a socket with another sub-protocol only is refused', async (t) => {
    for (const protocols of [['graphql-ws'], ['chat', 'superchat']]) {
      await assert.rejects(Peer.open(t, { protocols }), (error) => error instanceof Refused && error.status === 400);
    }
  });
});

describe('connection', { concurrency: true }, () => {
  test('connection_init is acknowledged, with a payload, without one and with null', async (t) => {
    for (const payload of [undefined, {}, null, { anything: [1, null] }]) await Peer.ready(t, payload);
  });

  test('without connection_init the socket is closed with 4408', async (t) => {
    const peer = await Peer.open(t);
    peer.say({ type: 'ping' });
    assert.deepEqual(await peer.next(), { type: 'pong' });
    await peer.closes(CloseCode.ConnectionInitialisationTimeout, /initialisation timeout/);
  });

  test('a second connection_init closes with 4429', async (t) => {
    const peer = await Peer.ready(t);
    peer.say({ type: 'connection_init' });
    await peer.closes(CloseCode.TooManyInitialisationRequests, /^Too many initialisation requests$/);
  });

  test('a second connection_init closes with 4429 also when the first is not acknowledged yet', async (t) => {
    const peer = await Peer.open(t);
    peer.say({ type: 'connection_init' });
    peer.say({ type: 'connection_init' });
    await peer.closes(CloseCode.TooManyInitialisationRequests);
  });

  test('refused credentials close with 4403', async (t) => {
    const peer = await Peer.open(t);
    peer.say({ type: 'connection_init', payload: { Authorization: 'Bearer forged' } });
    await peer.closes(CloseCode.Forbidden);
  });

  test('credentials that are no text close with 4400', async (t) => {
    const peer = await Peer.open(t);
    peer.say({ type: 'connection_init', payload: { Authorization: 1 } });
    await peer.closes(CloseCode.BadRequest, /^Authorization must be a string$/);
  });

  test('credentials in the payload, or in the headers, are those of every operation', async (t) => {
    const authorization = `Bearer ${await newCustomer()}`;
    const byPayload = await Peer.ready(t, { Authorization: authorization });
    const byHeader = await Peer.open(t, { headers: { authorization } });
    byHeader.say({ type: 'connection_init' });
    assert.deepEqual(await byHeader.next(), { type: 'connection_ack' });
    for (const peer of [byPayload, byHeader]) {
      peer.subscribe('me', '{ me { firstName } }');
      assert.deepEqual(await peer.answer('me'), { data: { me: { firstName: 'Ada' } } });
    }
  });

  test('credentials that expire close with 4403', { skip: !expiringUrl && 'no CARTWRIGHT_EXPIRING_URL' }, async (t) => {
    const peer = await Peer.ready(t, { Authorization: `Bearer ${await newCustomer(expiringUrl)}` });
    peer.subscribe('me', '{ me { firstName } }');
    assert.deepEqual(await peer.answer('me'), { data: { me: { firstName: 'Ada' } } });
    await peer.closes(CloseCode.Forbidden, /expired/, 2 * PATIENCE);
  });

  test('a close by the client is answered with the same code', async (t) => {
    const peer = await Peer.ready(t);
    peer.socket.close(1000, 'Normal Closure');
    const { code } = await within(peer.closed, 'the close');
    assert.equal(code, 1000);
  });
});

describe('ping and pong', { concurrency: true }, () => {
  test('a ping is answered at any time, before connection_init too', async (t) => {
    const peer = await Peer.open(t);
    peer.say({ type: 'ping' });
    assert.deepEqual(await peer.next(), { type: 'pong' });
    peer.say({ type: 'connection_init' });
    assert.deepEqual(await peer.next(), { type: 'connection_ack' });
    peer.say({ type: 'ping', payload: null });
    assert.deepEqual(await peer.next(), { type: 'pong' });
  });

  test('a ping may have a payload', async (t) => {
    const peer = await Peer.ready(t);
    peer.say({ type: 'ping', payload: { sent: 1, by: { whom: 'Ada' } } });
    assert.deepEqual(await peer.next(), { type: 'pong', payload: { sent: 1, by: { whom: 'Ada' } } });
  });

  test('a pong that nobody asked for is taken', async (t) => {
    const peer = await Peer.open(t);
    for (const payload of [undefined, null, { load: 0.5 }]) peer.say({ type: 'pong', payload });
    assert.deepEqual(await peer.settled(), []);
  });

  test("a ping of WebSocket's own is answered", async (t) => {
    const peer = await Peer.ready(t);
    const pong = new Promise((resolve) => peer.socket.on('pong', resolve));
    peer.socket.ping('hello');
    assert.equal((await within(pong, 'the pong')).toString(), 'hello');
  });
});

describe('operations', { concurrency: true }, () => {
  test('an operation before connection_init closes with 4401', async (t) => {
    const peer = await Peer.open(t);
    peer.subscribe('1', TYPENAME);
    await peer.closes(CloseCode.Unauthorized, /^Unauthorized$/);
  });

  test('a query is next, and then complete', async (t) => {
    const peer = await Peer.ready(t);
    peer.subscribe('1', TYPENAME);
    assert.deepEqual(await peer.answer('1'), { data: { __typename: 'Query' } });
    assert.deepEqual(await peer.next(), { id: '1', type: 'complete' });
  });

  test('a mutation is next, and then complete', async (t) => {
    const peer = await Peer.ready(t);
    peer.subscribe('1', CART_CREATE);
    assert.match((await peer.answer('1')).data.cartCreate.cart.id, /^cart_/);
    assert.deepEqual(await peer.next(), { id: '1', type: 'complete' });
  });

  test('operationName, variables and extensions are those of HTTP, and may be null', async (t) => {
    const peer = await Peer.ready(t);
    const query = 'query A { __typename } query B($with: Boolean!) { ... @include(if: $with) { b: __typename } }';
    const payload = { query, operationName: 'B', variables: { with: true }, extensions: {} };
    peer.say({ id: '1', type: 'subscribe', payload });
    assert.deepEqual(await peer.answer('1'), { data: { b: 'Query' } });
    assert.deepEqual(await peer.next(), { id: '1', type: 'complete' });
    const nulls = { query: TYPENAME, operationName: null, variables: null, extensions: null };
    peer.say({ id: '2', type: 'subscribe', payload: nulls });
    assert.deepEqual(await peer.answer('2'), { data: { __typename: 'Query' } });
  });

  test('a subscription tells what is, and each change', async (t) => {
    const [cart, peer] = [await newCart(), await Peer.ready(t)];
    peer.subscribe('1', CART_UPDATED, { cart });
    assert.deepEqual(await peer.answer('1'), { data: { cartUpdated: { id: cart, note: '' } } });
    await ask(CART_NOTE, { cart, note: 'Please ring' });
    while ((await peer.answer('1')).data.cartUpdated.note !== 'Please ring');
  });

  test('complete by the client ends a subscription, and nothing comes after it', async (t) => {
    const [cart, peer] = [await newCart(), await Peer.ready(t)];
    for (const id of ['ends', 'stays']) {
      peer.subscribe(id, CART_UPDATED, { cart });
      await peer.answer(id);
    }
    peer.say({ id: 'ends', type: 'complete' });
    // Answers and the client's complete may cross; what was sent before it was read may still come.
    await peer.settled();
    await ask(CART_NOTE, { cart, note: 'Please ring' });
    while ((await peer.answer('stays')).data.cartUpdated.note !== 'Please ring');
    assert.deepEqual((await peer.settled()).filter(({ id }) => id === 'ends'), []);
  });

  test('complete for an id that is not, or no longer, in use is nothing wrong', async (t) => {
    const peer = await Peer.ready(t);
    peer.subscribe('1', TYPENAME);
    await peer.answer('1');
    await peer.next();
    for (const id of ['1', 'never']) peer.say({ id, type: 'complete' });
    assert.deepEqual(await peer.settled(), []);
  });

  test('an id in use, used again, closes with 4409', async (t) => {
    const [cart, peer] = [await newCart(), await Peer.ready(t)];
    peer.subscribe('mine', CART_UPDATED, { cart });
    await peer.answer('mine');
    peer.subscribe('mine', TYPENAME);
    await peer.closes(CloseCode.SubscriberAlreadyExists, /^Subscriber for mine already exists$/);
  });

  test('an id is free again after the complete of either side, and after an error', async (t) => {
    const [cart, peer] = [await newCart(), await Peer.ready(t)];
    peer.subscribe('1', TYPENAME);
    await peer.answer('1');
    assert.equal((await peer.next()).type, 'complete');
    peer.subscribe('1', '{ nothing }');
    assert.equal((await peer.next()).type, 'error');
    peer.subscribe('1', CART_UPDATED, { cart });
    await peer.answer('1');
    peer.say({ id: '1', type: 'complete' });
    peer.subscribe('1', TYPENAME);
    assert.deepEqual(await peer.answer('1'), { data: { __typename: 'Query' } });
  });

  test('many operations run at once, and each answer has its id', async (t) => {
    const peer = await Peer.ready(t);
    const ids = Array.from({ length: 20 }, (_, number) => `operation ${number}`);
    ids.forEach((id, number) => peer.subscribe(id, `{ a${number}: __typename }`));
    const seen = new Map(ids.map((id) => [id, []]));
    for (let left = 2 * ids.length; left > 0; left--) {
      const message = await peer.next();
      seen.get(message.id).push(message.type === 'next' ? Object.keys(message.payload.data)[0] : message.type);
    }
    ids.forEach((id, number) => assert.deepEqual(seen.get(id), [`a${number}`, 'complete']));
  });

  test('a document that is refused is an error with a list, without complete, and the socket stays', async (t) => {
    const peer = await Peer.ready(t);
    const refused = ['{ nothing', '{ nothing }', 'subscription { nothing }', 'query($id: ID!) { cart(id: $id) { id } }'];
    for (const [number, query] of refused.entries()) {
      peer.subscribe(`${number}`, query);
      const message = await peer.next();
      assert.deepEqual([message.type, message.id], ['error', `${number}`], query);
      assert.equal(typeof message.payload[0].message, 'string');
      assert.equal(typeof message.payload[0].extensions.code, 'string');
    }
    assert.deepEqual(await peer.settled(), []);
  });

  test('an error at a field comes with the data in next, and then complete', async (t) => {
    const peer = await Peer.ready(t);
    peer.subscribe('1', '{ __typename orders(first: 1) { totalCount } }');
    const { errors } = await peer.answer('1');
    assert.deepEqual(errors[0].path, ['orders']);
    assert.deepEqual(await peer.next(), { id: '1', type: 'complete' });
  });
});

describe('a message that is none of the protocol closes with 4400', { concurrency: true }, () => {
  const subscribe = (payload, id = '1') => ({ id, type: 'subscribe', payload });
  const wrong = {
    'no JSON': 'hello',
    'no message': '',
    'JSON that is no object': '[1]',
    'JSON null': 'null',
    'no type': { id: '1' },
    'an unknown type': { type: 'connection_start' },
    "a type of the server's": { type: 'connection_ack' },
    'a type that is no string': { type: 1 },
    'connection_init with a payload that is no object': { type: 'connection_init', payload: 'Bearer' },
    'ping with a payload that is no object': { type: 'ping', payload: 'now' },
    'pong with a payload that is no object': { type: 'pong', payload: [1] },
    'subscribe without id': { type: 'subscribe', payload: { query: TYPENAME } },
    'subscribe with an empty id': subscribe({ query: TYPENAME }, ''),
    'subscribe with an id that is no string': subscribe({ query: TYPENAME }, 1),
    'subscribe without payload': subscribe(undefined),
    'subscribe without query': subscribe({}),
    'subscribe with a query that is no string': subscribe({ query: 1 }),
    'subscribe with an operationName that is no string': subscribe({ query: TYPENAME, operationName: 1 }),
    'subscribe with variables that are no object': subscribe({ query: TYPENAME, variables: 'a' }),
    'subscribe with extensions that are no object': subscribe({ query: TYPENAME, extensions: 'a' }),
    'complete without id': { type: 'complete' },
    'a binary message': Buffer.from(JSON.stringify({ type: 'ping' })),
  };
  for (const [what, message] of Object.entries(wrong)) {
    test(what, async (t) => {
      // `connection_init` comes once only.
      const peer = message.type === 'connection_init' ? await Peer.open(t) : await Peer.ready(t);
      const plain = typeof message === 'string' || Buffer.isBuffer(message);
      peer.socket.send(plain ? message : JSON.stringify(message));
      await peer.closes(CloseCode.BadRequest);
    });
  }
});

describe('the client of npm graphql-ws', { concurrency: true }, () => {
  function client(test, options = {}) {
    const client = createClient({ url: socketUrl, webSocketImpl: WebSocket, retryAttempts: 0, ...options });
    test.after(() => client.dispose());
    return client;
  }

  async function all(answers) {
    const found = [];
    for await (const answer of answers) found.push(answer);
    return found;
  }

  test('runs a query', async (t) => {
    const answers = await within(all(client(t).iterate({ query: TYPENAME })), 'the end');
    assert.deepEqual(answers, [{ data: { __typename: 'Query' } }]);
  });

  test('runs a mutation, and sees its change in a subscription on the same socket', async (t) => {
    const both = client(t);
    const made = await within(all(both.iterate({ query: CART_CREATE })), 'the cart');
    const cart = made[0].data.cartCreate.cart.id;
    const watched = both.iterate({ query: CART_UPDATED, variables: { cart } });
    assert.equal((await within(watched.next(), 'the cart as it is')).value.data.cartUpdated.note, '');
    await within(all(both.iterate({ query: CART_NOTE, variables: { cart, note: 'Please ring' } })), 'the note');
    while ((await within(watched.next(), 'the change')).value.data.cartUpdated.note !== 'Please ring');
    await watched.return();
  });

  test('is kept alive by pings', async (t) => {
    const ponged = new Promise((resolve) => {
      client(t, { lazy: false, keepAlive: 50, on: { pong: (received) => received && resolve() } });
    });
    await within(ponged, 'a pong');
  });

  test('is told why a document is refused', async (t) => {
    await assert.rejects(within(all(client(t).iterate({ query: '{ nothing }' })), 'the end'), (errors) => {
      return Array.isArray(errors) && errors[0].extensions.code === 'GRAPHQL_VALIDATION_FAILED';
    });
  });

  test('is told that its credentials are refused, and comes back with others', async (t) => {
    const tokens = ['forged', await newCustomer()];
    const again = client(t, {
      retryAttempts: 1,
      retryWait: async () => {},
      connectionParams: () => ({ Authorization: `Bearer ${tokens.shift()}` }),
    });
    const answers = await within(all(again.iterate({ query: '{ me { firstName } }' })), 'the end');
    assert.deepEqual(answers, [{ data: { me: { firstName: 'Ada' } } }]);
    assert.deepEqual(tokens, []);
  });
});
