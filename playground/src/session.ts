// The tab's credentials and remembered values. They live in sessionStorage only: closing the tab forgets them.

import { useSyncExternalStore } from 'react';
import type { Remembered, TokenOffer } from './remember';

export type Session = {
  token: string;
  /** The field whose answer gave the token, or empty when it was typed. */
  tokenFrom: string;
  publishableKey: string;
  offers: readonly TokenOffer[];
  remembered: Remembered;
};

const KEY = 'cartwright:session';
const MAX_OFFERS = 4;
const EMPTY: Session = { token: '', tokenFrom: '', publishableKey: '', offers: [], remembered: {} };

function load(): Session {
  try {
    return { ...EMPTY, ...(JSON.parse(sessionStorage.getItem(KEY) ?? '{}') as Partial<Session>) };
  } catch {
    return EMPTY;
  }
}

let current = load();
const listeners = new Set<() => void>();
const reconnects = new Set<() => void>();

export const getSession = (): Session => current;

export function updateSession(change: Partial<Session>): void {
  const before = current;
  current = { ...current, ...change };
  try {
    sessionStorage.setItem(KEY, JSON.stringify(current));
  } catch {
    // Without storage the values last until the page is closed.
  }
  for (const listener of listeners) listener();
  if (before.token !== current.token || before.publishableKey !== current.publishableKey) {
    for (const reconnect of reconnects) reconnect();
  }
}

/** Adds tokens an answer offered, the newest first and one for each field. */
export function addOffers(offers: readonly TokenOffer[]): void {
  if (offers.length === 0) return;
  const fields = new Set(offers.map((offer) => offer.field));
  const kept = current.offers.filter((offer) => !fields.has(offer.field));
  updateSession({ offers: [...offers, ...kept].slice(0, MAX_OFFERS) });
}

/** Runs `reconnect` whenever the token or the key changes. */
export function onCredentialsChange(reconnect: () => void): void {
  reconnects.add(reconnect);
}

/** The headers to send, which are also the payload of `connection_init`. */
export function credentials(): Record<string, string> {
  const headers: Record<string, string> = {};
  if (current.token) headers['Authorization'] = `Bearer ${current.token}`;
  if (current.publishableKey) headers['X-Publishable-Key'] = current.publishableKey;
  return headers;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const useSession = (): Session => useSyncExternalStore(subscribe, getSession);
