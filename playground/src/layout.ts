// Which parts of the page are shown: the examples, beside the editor or as a drawer over it, and on a narrow screen either
// the operation or its result.

import { useSyncExternalStore } from 'react';

export type View = 'operation' | 'result';
export type Layout = {
  /** Whether the screen is so narrow that operation and result take turns. style.css has the same width. */
  narrow: boolean;
  /** Whether there is room for the examples beside the editor. style.css has the same width. */
  docked: boolean;
  /** Whether the examples are shown. */
  examples: boolean;
  view: View;
};

const KEY = 'cartwright:examples';
const narrow = matchMedia('(max-width: 760px)');
const docked = matchMedia('(min-width: 1100px)');

const closed = (): boolean => localStorage.getItem(KEY) === 'closed';

let current: Layout = {
  narrow: narrow.matches,
  docked: docked.matches,
  examples: docked.matches && !closed(),
  view: 'operation',
};
const listeners = new Set<() => void>();

function update(change: Partial<Layout>): void {
  current = { ...current, ...change };
  for (const listener of listeners) listener();
}

narrow.addEventListener('change', () => update({ narrow: narrow.matches }));
docked.addEventListener('change', () => update({ docked: docked.matches, examples: docked.matches && !closed() }));

export const getLayout = (): Layout => current;

export function showExamples(examples: boolean): void {
  // A drawer is closed after each use, which says nothing about the next visit.
  if (current.docked) localStorage.setItem(KEY, examples ? 'open' : 'closed');
  update({ examples });
}

export const showView = (view: View): void => update({ view });

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const useLayout = (): Layout => useSyncExternalStore(subscribe, getLayout);
