// What the playground remembers from answers, and how `{{name}}` in the variables becomes a value. No browser API in here.

export type Remembered = Readonly<Record<string, string>>;

const ID = /^([a-z]+)_[0-9a-hjkmnp-tv-z]{26}$/;
const PLACEHOLDER = /^\{\{([A-Za-z][A-Za-z0-9_]*)\}\}$/;
const NAMED_KEYS = new Set(['guestToken', 'accessToken', 'refreshToken', 'handle']);

/** Calls `visit` for every string below `value`, in document order. */
function eachString(value: unknown, visit: (key: string, text: string) => void): void {
  if (Array.isArray(value)) {
    for (const item of value) eachString(item, visit);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      if (typeof item === 'string') visit(key, item);
      else eachString(item, visit);
    }
  }
}

/** What is known after `answer`: the first value of each name in it wins over what earlier answers gave. */
export function learn(known: Remembered, answer: unknown): Remembered {
  const found: Record<string, string> = {};
  eachString(answer, (key, text) => {
    const name = key === 'id' ? ID.exec(text)?.[1] : NAMED_KEYS.has(key) ? key : undefined;
    if (name !== undefined && !Object.hasOwn(found, name)) found[name] = text;
  });
  return Object.keys(found).length === 0 ? known : { ...known, ...found };
}

/** `variables` with every string that is exactly `{{name}}` replaced, and the names nothing is known for. */
export function fill(variables: unknown, known: Remembered): { variables: unknown; missing: string[] } {
  const missing = new Set<string>();
  const walk = (value: unknown): unknown => {
    if (typeof value === 'string') {
      const name = PLACEHOLDER.exec(value)?.[1];
      if (name === undefined) return value;
      if (Object.hasOwn(known, name)) return known[name];
      missing.add(name);
      return value;
    }
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, walk(item)]));
    }
    return value;
  };
  return { variables: walk(variables), missing: [...missing] };
}

/** The answer shown instead of sending a request whose placeholders nothing is known for. */
export function unknownPlaceholders(missing: readonly string[]): { errors: { message: string }[] } {
  return {
    errors: missing.map((name) => ({
      message: `{{${name}}} is not known yet: run the operation that returns it first, or type an id`,
    })),
  };
}

export type TokenOffer = { field: string; token: string };

/** The access tokens in an answer, each with the field that gave it; `fields` turns an alias into the field's name. */
export function findTokens(data: unknown, fields: Readonly<Record<string, string>> = {}): TokenOffer[] {
  if (typeof data !== 'object' || data === null) return [];
  const offers: TokenOffer[] = [];
  for (const [key, value] of Object.entries(data)) {
    let token: string | undefined;
    eachString({ [key]: value }, (inner, text) => {
      if (inner === 'accessToken') token ??= text;
    });
    if (token) offers.push({ field: Object.hasOwn(fields, key) ? (fields[key] ?? key) : key, token });
  }
  return offers;
}
