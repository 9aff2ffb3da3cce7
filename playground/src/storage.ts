// What GraphiQL may keep in localStorage: tabs and history, never the headers somebody typed.

const PREFIX = 'graphiql:';
const RESET = 'cartwright:reset';

const ownKeys = (): string[] => Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));

function withoutHeaders(value: string): string {
  try {
    return JSON.stringify(JSON.parse(value), (key, item: unknown) => (key === 'headers' ? undefined : item));
  } catch {
    return value;
  }
}

export const storage = {
  getItem: (key: string): string | null => localStorage.getItem(key),
  setItem: (key: string, value: string): void => {
    // GraphiQL's history keeps headers whatever `shouldPersistHeaders` says.
    const history = key === `${PREFIX}queries` || key === `${PREFIX}favorites`;
    localStorage.setItem(key, history ? withoutHeaders(value) : value);
  },
  removeItem: (key: string): void => localStorage.removeItem(key),
  clear: (): void => ownKeys().forEach((key) => localStorage.removeItem(key)),
  get length(): number {
    return ownKeys().length;
  },
};

/** Closes every tab: they are dropped on the next start, when nothing can write them back. */
export function closeTabs(): void {
  sessionStorage.setItem(RESET, '1');
  location.reload();
}

type Start = { fresh: boolean; query?: string; variables?: string };

/**
 * To be called before GraphiQL starts: whether it will open the first example, and otherwise what its open tab holds, since
 * GraphiQL by itself starts with empty variables until somebody edits them. On a narrow screen no panel is open at the
 * start, since it would lie over the editor.
 */
export function prepareTabs(narrow: boolean): Start {
  if (narrow) localStorage.removeItem(`${PREFIX}visiblePlugin`);
  if (sessionStorage.getItem(RESET) !== null) {
    sessionStorage.removeItem(RESET);
    for (const key of ['tabState', 'query', 'variables', 'headers']) localStorage.removeItem(PREFIX + key);
  }
  const stored = localStorage.getItem(`${PREFIX}tabState`);
  if (stored === null) return { fresh: true };
  try {
    type Tab = { query?: string | null; variables?: string | null };
    const { tabs, activeTabIndex } = JSON.parse(stored) as { tabs: Tab[]; activeTabIndex: number };
    const tab = tabs[activeTabIndex];
    return { fresh: false, query: tab?.query ?? '', variables: tab?.variables ?? '' };
  } catch {
    return { fresh: false };
  }
}
