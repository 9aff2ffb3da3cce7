// GraphQL over WebSocket: a test for each rule of `graphql-transport-ws`, and tests with the client of npm `graphql-ws`.
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
  HandshakeError,
  Peer,
  TIMEOUT,
  execute,
  expiringUrl,
  newCart,
  newCustomer,
  socketUrl,
  withTimeout,
} from './support.mjs';

const TYPENAME = '{ __typename }';

const isBadRequest = (error) => error instanceof HandshakeError && error.status === 400;

describe('handshake', { concurrency: true }, () => {
  test('the subprotocol is negotiated', async (t) => {
    const peer = await Peer.open(t);
    assert.equal(peer.socket.protocol, 'graphql-transport-ws');
  });

  test('the supported one of several subprotocols is selected', async (t) => {
    const peer = await Peer.open(t, { protocols: ['graphql-ws', 'graphql-transport-ws'] });
    assert.equal(peer.socket.protocol, 'graphql-transport-ws');
  });

  // The reference server opens such a socket and closes it with 4406; this one does not open it.
  test('a socket without a subprotocol is rejected', async (t) => {
    await assert.rejects(Peer.open(t, { protocols: [] }), isBadRequest);
  });

  test('a socket with only unsupported subprotocols is rejected', async (t) => {
    for (const protocols of [['graphql-ws'], ['chat', 'superchat']]) {
      await assert.rejects(Peer.open(t, { protocols }), isBadRequest);
    }
  });
});

describe('connection', { concurrency: true }, () => {
  test('connection_init is acknowledged with a payload, without one and with null', async (t) => {
    for (const payload of [undefined, {}, null, { anything: [1, null] }]) await Peer.ready(t, payload);
  });

  test('without connection_init the socket is closed with 4408', async (t) => {
    const peer = await Peer.open(t);
    peer.send({ type: 'ping' });
    assert.deepEqual(await peer.next(), { type: 'pong' });
    await peer.expectClose(CloseCode.ConnectionInitialisationTimeout, /initialisation timeout/);
  });

  test('a second connection_init closes with 4429', async (t) => {
    const peer = await Peer.ready(t);
    peer.send({ type: 'connection_init' });
    await peer.expectClose(CloseCode.TooManyInitialisationRequests, /^Too many initialisation requests$/);
  });

  test('a second connection_init closes with 4429 even before the first is acknowledged', async (t) => {
    const peer = await Peer.open(t);
    peer.send({ type: 'connection_init' });
    peer.send({ type: 'connection_init' });
    await peer.expectClose(CloseCode.TooManyInitialisationRequests);
  });

  test('rejected credentials close with 4403', async (t) => {
    const peer = await Peer.open(t);
    peer.send({ type: 'connection_init', payload: { Authorization: 'Bearer forged' } });
    await peer.expectClose(CloseCode.Forbidden);
  });

  test('non-string credentials close with 4400', async (t) => {
    const peer = await Peer.open(t);
    peer.send({ type: 'connection_init', payload: { Authorization: 1 } });
    await peer.expectClose(CloseCode.BadRequest, /^Authorization must be a string$/);
  });

  test('credentials in the payload or in the headers apply to every operation', async (t) => {
    const authorization = `Bearer ${await newCustomer()}`;
    const byPayload = await Peer.ready(t, { Authorization: authorization });
    const byHeader = await Peer.open(t, { headers: { authorization } });
    byHeader.send({ type: 'connection_init' });
    assert.deepEqual(await byHeader.next(), { type: 'connection_ack' });
    for (const peer of [byPayload, byHeader]) {
      peer.subscribe('me', '{ me { firstName } }');
      assert.deepEqual(await peer.nextPayload('me'), { data: { me: { firstName: 'Ada' } } });
    }
  });

  test('expired credentials close with 4403', { skip: !expiringUrl && 'no CARTWRIGHT_EXPIRING_URL' }, async (t) => {
    const peer = await Peer.ready(t, { Authorization: `Bearer ${await newCustomer(expiringUrl)}` });
    peer.subscribe('me', '{ me { firstName } }');
    assert.deepEqual(await peer.nextPayload('me'), { data: { me: { firstName: 'Ada' } } });
    await peer.expectClose(CloseCode.Forbidden, /expired/, 2 * TIMEOUT);
  });

  test('a close by the client is confirmed with the same code', async (t) => {
    const peer = await Peer.ready(t);
    peer.socket.close(1000, 'Normal Closure');
    const { code } = await withTimeout(peer.closed, 'the close');
    assert.equal(code, 1000);
  });
});

describe('ping and pong', { concurrency: true }, () => {
  test('a ping is answered at any time, even before connection_init', async (t) => {
    const peer = await Peer.open(t);
    peer.send({ type: 'ping' });
    assert.deepEqual(await peer.next(), { type: 'pong' });
    peer.send({ type: 'connection_init' });
    assert.deepEqual(await peer.next(), { type: 'connection_ack' });
    peer.send({ type: 'ping', payload: null });
    assert.deepEqual(await peer.next(), { type: 'pong' });
  });

  test('a ping can have a payload', async (t) => {
    const peer = await Peer.ready(t);
    peer.send({ type: 'ping', payload: { sent: 1, by: { whom: 'Ada' } } });
    assert.deepEqual(await peer.next(), { type: 'pong', payload: { sent: 1, by: { whom: 'Ada' } } });
  });

  test('an unsolicited pong is ignored', async (t) => {
    const peer = await Peer.open(t);
    for (const payload of [undefined, null, { load: 0.5 }]) peer.send({ type: 'pong', payload });
    assert.deepEqual(await peer.flush(), []);
  });

  test('a WebSocket ping frame is answered', async (t) => {
    const peer = await Peer.ready(t);
    const pong = new Promise((resolve) => peer.socket.on('pong', resolve));
    peer.socket.ping('hello');
    assert.equal((await withTimeout(pong, 'the pong')).toString(), 'hello');
  });
});

describe('operations', { concurrency: true }, () => {
  test('an operation before connection_init closes with 4401', async (t) => {
    const peer = await Peer.open(t);
    peer.subscribe('1', TYPENAME);
    await peer.expectClose(CloseCode.Unauthorized, /^Unauthorized$/);
  });

  test('a query sends next and complete', async (t) => {
    const peer = await Peer.ready(t);
    peer.subscribe('1', TYPENAME);
    assert.deepEqual(await peer.nextPayload('1'), { data: { __typename: 'Query' } });
    assert.deepEqual(await peer.next(), { id: '1', type: 'complete' });
  });

  test('a mutation sends next and complete', async (t) => {
    const peer = await Peer.ready(t);
    peer.subscribe('1', CART_CREATE);
    assert.match((await peer.nextPayload('1')).data.cartCreate.cart.id, /^cart_/);
    assert.deepEqual(await peer.next(), { id: '1', type: 'complete' });
  });

  test('operationName, variables and extensions work as over HTTP, and can be null', async (t) => {
    const peer = await Peer.ready(t);
    const query = 'query A { __typename } query B($with: Boolean!) { ... @include(if: $with) { b: __typename } }';
    const payload = { query, operationName: 'B', variables: { with: true }, extensions: {} };
    peer.send({ id: '1', type: 'subscribe', payload });
    assert.deepEqual(await peer.nextPayload('1'), { data: { b: 'Query' } });
    assert.deepEqual(await peer.next(), { id: '1', type: 'complete' });
    const nulls = { query: TYPENAME, operationName: null, variables: null, extensions: null };
    peer.send({ id: '2', type: 'subscribe', payload: nulls });
    assert.deepEqual(await peer.nextPayload('2'), { data: { __typename: 'Query' } });
  });

  test('a subscription sends the current state and each change', async (t) => {
    const [cart, peer] = [await newCart(), await Peer.ready(t)];
    peer.subscribe('1', CART_UPDATED, { cart });
    assert.deepEqual(await peer.nextPayload('1'), { data: { cartUpdated: { id: cart, note: '' } } });
    await execute(CART_NOTE, { cart, note: 'Please ring' });
    while ((await peer.nextPayload('1')).data.cartUpdated.note !== 'Please ring');
  });

  test('complete by the client ends a subscription', async (t) => {
    const [cart, peer] = [await newCart(), await Peer.ready(t)];
    for (const id of ['ends', 'stays']) {
      peer.subscribe(id, CART_UPDATED, { cart });
      await peer.nextPayload(id);
    }
    peer.send({ id: 'ends', type: 'complete' });
    // Messages that were sent before the server read the client's complete may still arrive.
    await peer.flush();
    await execute(CART_NOTE, { cart, note: 'Please ring' });
    while ((await peer.nextPayload('stays')).data.cartUpdated.note !== 'Please ring');
    assert.deepEqual((await peer.flush()).filter(({ id }) => id === 'ends'), []);
  });

  test('complete for an unused id is ignored', async (t) => {
    const peer = await Peer.ready(t);
    peer.subscribe('1', TYPENAME);
    await peer.nextPayload('1');
    await peer.next();
    for (const id of ['1', 'never']) peer.send({ id, type: 'complete' });
    assert.deepEqual(await peer.flush(), []);
  });

  test('reusing an active id closes with 4409', async (t) => {
    const [cart, peer] = [await newCart(), await Peer.ready(t)];
    peer.subscribe('mine', CART_UPDATED, { cart });
    await peer.nextPayload('mine');
    peer.subscribe('mine', TYPENAME);
    await peer.expectClose(CloseCode.SubscriberAlreadyExists, /^Subscriber for mine already exists$/);
  });

  test('an id can be reused after complete by either side, and after an error', async (t) => {
    const [cart, peer] = [await newCart(), await Peer.ready(t)];
    peer.subscribe('1', TYPENAME);
    await peer.nextPayload('1');
    assert.equal((await peer.next()).type, 'complete');
    peer.subscribe('1', '{ nothing }');
    assert.equal((await peer.next()).type, 'error');
    peer.subscribe('1', CART_UPDATED, { cart });
    await peer.nextPayload('1');
    peer.send({ id: '1', type: 'complete' });
    peer.subscribe('1', TYPENAME);
    assert.deepEqual(await peer.nextPayload('1'), { data: { __typename: 'Query' } });
  });

  test('concurrent operations have their own ids', async (t) => {
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

  test('an invalid document sends error without complete, and the socket stays open', async (t) => {
    const peer = await Peer.ready(t);
    const invalid = ['{ nothing', '{ nothing }', 'subscription { nothing }', 'query($id: ID!) { cart(id: $id) { id } }'];
    for (const [number, query] of invalid.entries()) {
      peer.subscribe(`${number}`, query);
      const message = await peer.next();
      assert.deepEqual([message.type, message.id], ['error', `${number}`], query);
      assert.equal(typeof message.payload[0].message, 'string');
      assert.equal(typeof message.payload[0].extensions.code, 'string');
    }
    assert.deepEqual(await peer.flush(), []);
  });

  test('a field error is sent with the data in next', async (t) => {
    const peer = await Peer.ready(t);
    peer.subscribe('1', '{ __typename orders(first: 1) { totalCount } }');
    const { errors } = await peer.nextPayload('1');
    assert.deepEqual(errors[0].path, ['orders']);
    assert.deepEqual(await peer.next(), { id: '1', type: 'complete' });
  });
});

describe('an invalid message closes with 4400', { concurrency: true }, () => {
  const subscribe = (payload, id = '1') => ({ id, type: 'subscribe', payload });
  const invalid = {
    'not JSON': 'hello',
    'an empty message': '',
    'JSON that is not an object': '[1]',
    'JSON null': 'null',
    'no type': { id: '1' },
    'an unknown type': { type: 'connection_start' },
    'a type that only the server sends': { type: 'connection_ack' },
    'a type that is not a string': { type: 1 },
    'connection_init with a payload that is not an object': { type: 'connection_init', payload: 'Bearer' },
    'ping with a payload that is not an object': { type: 'ping', payload: 'now' },
    'pong with a payload that is not an object': { type: 'pong', payload: [1] },
    'subscribe without id': { type: 'subscribe', payload: { query: TYPENAME } },
    'subscribe with an empty id': subscribe({ query: TYPENAME }, ''),
    'subscribe with an id that is not a string': subscribe({ query: TYPENAME }, 1),
    'subscribe without payload': subscribe(undefined),
    'subscribe without query': subscribe({}),
    'subscribe with a query that is not a string': subscribe({ query: 1 }),
    'subscribe with an operationName that is not a string': subscribe({ query: TYPENAME, operationName: 1 }),
    'subscribe with variables that are not an object': subscribe({ query: TYPENAME, variables: 'a' }),
    'subscribe with extensions that are not an object': subscribe({ query: TYPENAME, extensions: 'a' }),
    'complete without id': { type: 'complete' },
    'a binary message': Buffer.from(JSON.stringify({ type: 'ping' })),
  };
  for (const [what, message] of Object.entries(invalid)) {
    test(what, async (t) => {
      // `connection_init` can be sent only once.
      const peer = message.type === 'connection_init' ? await Peer.open(t) : await Peer.ready(t);
      const plain = typeof message === 'string' || Buffer.isBuffer(message);
      peer.socket.send(plain ? message : JSON.stringify(message));
      await peer.expectClose(CloseCode.BadRequest);
    });
  }
});

describe('the client of npm graphql-ws', { concurrency: true }, () => {
  function client(test, options = {}) {
    const client = createClient({ url: socketUrl, webSocketImpl: WebSocket, retryAttempts: 0, ...options });
    test.after(() => client.dispose());
    return client;
  }

  async function all(responses) {
    const found = [];
    for await (const response of responses) found.push(response);
    return found;
  }

  test('runs a query', async (t) => {
    const responses = await withTimeout(all(client(t).iterate({ query: TYPENAME })), 'the end');
    assert.deepEqual(responses, [{ data: { __typename: 'Query' } }]);
  });

  test('runs a mutation and receives its change in a subscription on the same socket', async (t) => {
    const both = client(t);
    const created = await withTimeout(all(both.iterate({ query: CART_CREATE })), 'the cart');
    const cart = created[0].data.cartCreate.cart.id;
    const updates = both.iterate({ query: CART_UPDATED, variables: { cart } });
    assert.equal((await withTimeout(updates.next(), 'the current cart')).value.data.cartUpdated.note, '');
    await withTimeout(all(both.iterate({ query: CART_NOTE, variables: { cart, note: 'Please ring' } })), 'the note');
    while ((await withTimeout(updates.next(), 'the change')).value.data.cartUpdated.note !== 'Please ring');
    await updates.return();
  });

  test('stays alive with pings', async (t) => {
    const ponged = new Promise((resolve) => {
      client(t, { lazy: false, keepAlive: 50, on: { pong: (received) => received && resolve() } });
    });
    await withTimeout(ponged, 'a pong');
  });

  test('receives the errors of an invalid document', async (t) => {
    await assert.rejects(withTimeout(all(client(t).iterate({ query: '{ nothing }' })), 'the end'), (errors) => {
      return Array.isArray(errors) && errors[0].extensions.code === 'GRAPHQL_VALIDATION_FAILED';
    });
  });

  test('reconnects with other credentials after a rejection', async (t) => {
    const tokens = ['forged', await newCustomer()];
    const again = client(t, {
      retryAttempts: 1,
      retryWait: async () => {},
      connectionParams: () => ({ Authorization: `Bearer ${tokens.shift()}` }),
    });
    const responses = await withTimeout(all(again.iterate({ query: '{ me { firstName } }' })), 'the end');
    assert.deepEqual(responses, [{ data: { me: { firstName: 'Ada' } } }]);
    assert.deepEqual(tokens, []);
  });
});
