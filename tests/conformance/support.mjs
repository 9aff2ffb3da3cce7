// What the scripts share: where the server is, how to ask it, and a WebSocket that is looked at message by message.
import assert from 'node:assert/strict';

import { CloseCode, GRAPHQL_TRANSPORT_WS_PROTOCOL, validateMessage } from 'graphql-ws';
import { WebSocket } from 'ws';

assert(process.env.CARTWRIGHT_URL, 'CARTWRIGHT_URL must say where the server is, as in http://127.0.0.1:8080');

export const url = new URL('/graphql', process.env.CARTWRIGHT_URL).href;
export const socketUrl = url.replace(/^http/, 'ws');

/** Another server over the same database, whose logins are about to expire; absent when there is none. */
export const expiringUrl =
  process.env.CARTWRIGHT_EXPIRING_URL && new URL('/graphql', process.env.CARTWRIGHT_EXPIRING_URL).href;

export { CloseCode };

/** How long anything may take. Far above what it takes: only what never comes fails. */
export const PATIENCE = 10_000;

/** The operations that the scripts run. A cart of one's own needs no login and no particular shop. */
export const CART_CREATE = 'mutation { cartCreate(input: {}) { cart { id } userErrors { code message } } }';
export const CART_NOTE = `mutation Note($cart: ID!, $note: String!) {
  cartUpdate(cartId: $cart, input: { note: $note }) { cart { id note } userErrors { code message } } }`;
export const CART_UPDATED = 'subscription Watch($cart: ID!) { cartUpdated(cartId: $cart) { id note } }';

/** Runs an operation by POST that has to go well, and gives its data. */
export async function ask(query, variables = {}, at = url) {
  const answer = await fetch(at, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const body = await answer.json();
  assert.equal(body.errors, undefined, JSON.stringify(body.errors));
  for (const payload of Object.values(body.data)) {
    assert.equal(payload?.userErrors?.length ?? 0, 0, JSON.stringify(payload?.userErrors));
  }
  return body.data;
}

/** A new cart's id. */
export const newCart = async () => (await ask(CART_CREATE)).cartCreate.cart.id;

/** The access token of a new customer. */
export async function newCustomer(at = url) {
  const email = `conformance-${crypto.randomUUID()}@example.com`;
  const register = `mutation($input: CustomerRegisterInput!) {
    customerRegister(input: $input) { session { accessToken } userErrors { code message } } }`;
  const input = { email, password: crypto.randomUUID(), firstName: 'Ada', lastName: 'Byron' };
  return (await ask(register, { input }, at)).customerRegister.session.accessToken;
}

/** Fails when something takes too long. */
export async function within(promise, what, patience = PATIENCE) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not come within ${patience} ms`)), patience);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A WebSocket whose messages are taken one by one. Each that comes has to be one of the protocol. */
export class Peer {
  #arrived = [];
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
      const taker = this.#waiting.shift();
      if (taker) taker.resolve(message);
      else this.#arrived.push(message);
    });
  }

  /** A socket on which nothing has been said yet. It is torn down when the test ends. */
  static async open(test, { protocols = [GRAPHQL_TRANSPORT_WS_PROTOCOL], headers = {} } = {}) {
    const socket = new WebSocket(socketUrl, protocols, { headers });
    test.after(() => socket.terminate());
    const peer = new Peer(socket);
    await within(
      new Promise((resolve, reject) => {
        socket.on('open', resolve);
        socket.on('unexpected-response', (_, response) => reject(new Refused(response)));
        socket.on('error', reject);
      }),
      'the handshake',
    );
    return peer;
  }

  /** A socket on which operations may begin. */
  static async ready(test, payload) {
    const peer = await Peer.open(test);
    peer.say({ type: 'connection_init', payload });
    assert.deepEqual(await peer.next(), { type: 'connection_ack' });
    return peer;
  }

  say(message) {
    this.socket.send(JSON.stringify(message));
  }

  subscribe(id, query, variables) {
    this.say({ id, type: 'subscribe', payload: { query, variables } });
  }

  next() {
    if (this.#arrived.length > 0) return Promise.resolve(this.#arrived.shift());
    const message = new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
    return within(message, 'a message');
  }

  /** The next message has to be an answer of this operation; gives its payload. */
  async answer(id) {
    const message = await this.next();
    assert.deepEqual([message.type, message.id], ['next', id], JSON.stringify(message));
    return message.payload;
  }

  /** Everything said before has been dealt with once a ping is answered; gives what came before the pong. */
  async settled() {
    const mark = crypto.randomUUID();
    this.say({ type: 'ping', payload: { mark } });
    const before = [];
    for (;;) {
      const message = await this.next();
      if (message.type === 'pong' && message.payload?.mark === mark) return before;
      before.push(message);
    }
  }

  /** The server has to close the socket, with this code. */
  async closes(code, reason = /./, patience = PATIENCE) {
    const closed = await within(this.closed, 'the close', patience);
    assert.equal(closed.code, code, closed.reason);
    assert.match(closed.reason, reason);
  }
}

/** A handshake that was answered by something else than a WebSocket. */
export class Refused extends Error {
  constructor(response) {
    super(`the handshake was answered with ${response.statusCode}`);
    this.status = response.statusCode;
    response.destroy();
  }
}
