// Shared by the scripts: the server's URL, a client, and a WebSocket whose messages are read one by one.
import assert from 'node:assert/strict';

import { CloseCode, GRAPHQL_TRANSPORT_WS_PROTOCOL, validateMessage } from 'graphql-ws';
import { WebSocket } from 'ws';

assert(process.env.CARTWRIGHT_URL, 'CARTWRIGHT_URL must be the URL of the server, such as http://127.0.0.1:8080');

export const url = new URL('/graphql', process.env.CARTWRIGHT_URL).href;
export const socketUrl = url.replace(/^http/, 'ws');

/** Another server on the same database, whose sessions are about to expire, if there is one. */
export const expiringUrl =
  process.env.CARTWRIGHT_EXPIRING_URL && new URL('/graphql', process.env.CARTWRIGHT_EXPIRING_URL).href;

export { CloseCode };

/** The timeout of each step, in milliseconds. Far longer than a step takes. */
export const TIMEOUT = 10_000;

/** The operations that the scripts run. They need no login and no particular shop. */
export const CART_CREATE = 'mutation { cartCreate(input: {}) { cart { id } userErrors { code message } } }';
export const CART_NOTE = `mutation Note($cart: ID!, $note: String!) {
  cartUpdate(cartId: $cart, input: { note: $note }) { cart { id note } userErrors { code message } } }`;
export const CART_UPDATED = 'subscription Watch($cart: ID!) { cartUpdated(cartId: $cart) { id note } }';

/** Executes an operation that must succeed, and returns its data. */
export async function execute(query, variables = {}, at = url) {
  const response = await fetch(at, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const body = await response.json();
  assert.equal(body.errors, undefined, JSON.stringify(body.errors));
  for (const payload of Object.values(body.data)) {
    assert.equal(payload?.userErrors?.length ?? 0, 0, JSON.stringify(payload?.userErrors));
  }
  return body.data;
}

/** Creates a cart and returns its id. */
export const newCart = async () => (await execute(CART_CREATE)).cartCreate.cart.id;

/** Registers a customer and returns the access token. */
export async function newCustomer(at = url) {
  const email = `conformance-${crypto.randomUUID()}@example.com`;
  const register = `mutation($input: CustomerRegisterInput!) {
    customerRegister(input: $input) { session { accessToken } userErrors { code message } } }`;
  const input = { email, password: crypto.randomUUID(), firstName: 'Ada', lastName: 'Byron' };
  return (await execute(register, { input }, at)).customerRegister.session.accessToken;
}

/** Rejects if the promise does not settle in time. */
export async function withTimeout(promise, what, timeout = TIMEOUT) {
  let timer;
  const timedOut = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not arrive within ${timeout} ms`)), timeout);
  });
  try {
    return await Promise.race([promise, timedOut]);
  } finally {
    clearTimeout(timer);
  }
}

/** A WebSocket whose messages are read one by one. Each must be a valid message of the protocol. */
export class Peer {
  #received = [];
  #waiting = [];

  constructor(socket) {
    this.socket = socket;
    /** How the server closed it: `{ code, reason }`. */
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        resolve({ code, reason: reason.toString() });
        for (const { reject } of this.#waiting) reject(new Error(`closed with ${code}: ${reason}`));
      });
    });
    socket.on('message', (data, binary) => {
      assert(!binary, 'messages are text');
      const message = validateMessage(JSON.parse(data.toString()));
      const reader = this.#waiting.shift();
      if (reader) reader.resolve(message);
      else this.#received.push(message);
    });
  }

  /** Opens a socket, which is closed when the test ends. */
  static async open(test, { protocols = [GRAPHQL_TRANSPORT_WS_PROTOCOL], headers = {} } = {}) {
    const socket = new WebSocket(socketUrl, protocols, { headers });
    test.after(() => socket.terminate());
    const peer = new Peer(socket);
    await withTimeout(
      new Promise((resolve, reject) => {
        socket.on('open', resolve);
        socket.on('unexpected-response', (_, response) => reject(new HandshakeError(response)));
        socket.on('error', reject);
      }),
      'the handshake',
    );
    return peer;
  }

  /** Opens and initializes a socket, on which operations can be started. */
  static async ready(test, payload) {
    const peer = await Peer.open(test);
    peer.send({ type: 'connection_init', payload });
    assert.deepEqual(await peer.next(), { type: 'connection_ack' });
    return peer;
  }

  send(message) {
    this.socket.send(JSON.stringify(message));
  }

  subscribe(id, query, variables) {
    this.send({ id, type: 'subscribe', payload: { query, variables } });
  }

  next() {
    if (this.#received.length > 0) return Promise.resolve(this.#received.shift());
    const message = new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
    return withTimeout(message, 'a message');
  }

  /** Returns the payload of the next message, which must be a result of this operation. */
  async nextPayload(id) {
    const message = await this.next();
    assert.deepEqual([message.type, message.id], ['next', id], JSON.stringify(message));
    return message.payload;
  }

  /** Sends a ping and returns the messages received before its pong: everything sent before has been processed. */
  async flush() {
    const mark = crypto.randomUUID();
    this.send({ type: 'ping', payload: { mark } });
    const before = [];
    for (;;) {
      const message = await this.next();
      if (message.type === 'pong' && message.payload?.mark === mark) return before;
      before.push(message);
    }
  }

  /** Expects the server to close the socket with this code. */
  async expectClose(code, reason = /./, timeout = TIMEOUT) {
    const closed = await withTimeout(this.closed, 'the close', timeout);
    assert.equal(closed.code, code, closed.reason);
    assert.match(closed.reason, reason);
  }
}

/** A handshake whose response did not open a WebSocket. */
export class HandshakeError extends Error {
  constructor(response) {
    super(`the handshake failed with status ${response.statusCode}`);
    this.status = response.statusCode;
    response.destroy();
  }
}
