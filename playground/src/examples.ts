// The worked examples: operations/NN-name.graphql, with variables in NN-name.json, in groups and in the order of their
// numbers.

/**
 * The groups of the panel, and the numbers of the examples in each. Examples of a group build on each other: what an
 * earlier one returns, a later one takes as `{{name}}`. Where a name comes from another group, the comment says from which
 * example.
 */
const GROUPS: readonly (readonly [title: string, numbers: string])[] = [
  ['Browse products', '1-10'],
  ['Cart and checkout', '11-22'],
  ['Customer accounts', '23-31'],
  ['Staff login', '32'],
  ['Catalog', '33-37, 40-44'],
  ['Inventory', '38-39, 100-103'],
  ['Pricing', '70-77'],
  ['Promotions', '80-87'],
  ['Taxes', '60-66'],
  ['Prices, taxes and codes in a cart', '90-99'],
  ['Orders', '45-50'],
  ['An order from hold to archive', '120-138'],
  ['Payments', '991-992'],
  ['Customers and groups', '51, 67-69'],
  ['Regions and shipping', '52-53'],
];

export type Example = {
  /** The name of its file, without the ending. */
  name: string;
  /** What the list shows: the name of the file in words. */
  title: string;
  /** The name of its first operation, which is the title of its tab. */
  operation: string;
  /** Its leading comment as one text. */
  summary: string;
  /** Whose token it needs, from a comment such as `# token: staff`. */
  token: string | undefined;
  query: string;
  variables: string;
};

export type Group = { title: string; examples: readonly Example[] };

/** How GraphiQL finds the title of a tab. */
const OPERATION = /^(?!#).*(query|subscription|mutation)\s+([a-zA-Z0-9_]+)/m;

const within = (numbers: string, number: number): boolean =>
  numbers.split(',').some((range) => {
    const [first = NaN, last = first] = range.split('-').map(Number);
    return first <= number && number <= last;
  });

/** The titles of the groups that an example is in. A test holds that it is one. */
export const groupsOf = ({ name }: Pick<Example, 'name'>): string[] =>
  GROUPS.filter(([, numbers]) => within(numbers, parseInt(name, 10))).map(([title]) => title);

/**
 * The leading comment of a document with what belongs together on one line, since the editor wraps lines at its own width:
 * a line that does not end a sentence goes on in the next one.
 */
export function unwrapComment(document: string): string {
  const lines = document.split('\n');
  const end = lines.findIndex((line) => !line.startsWith('#'));
  const comment: string[] = [];
  let goesOn = false;
  for (const line of lines.slice(0, end)) {
    const text = line.slice(1).trim();
    if (goesOn && text !== '') comment.push(`${comment.pop()} ${text}`);
    else comment.push(line);
    goesOn = text !== '' && !text.startsWith('token:') && !/[.:!?]$/.test(text);
  }
  return [...comment, ...lines.slice(end)].join('\n');
}

export function toExample(name: string, document: string, variables: string): Example {
  const query = unwrapComment(document.trimEnd());
  const comments = query.split('\n').filter((line) => line.startsWith('#')).map((line) => line.slice(1).trim());
  const words = name.replace(/^\d+-/, '').replaceAll('-', ' ');
  return {
    name,
    title: words.charAt(0).toUpperCase() + words.slice(1),
    operation: OPERATION.exec(query)?.[2] ?? '',
    summary: comments.filter((line) => !line.startsWith('token:')).join(' ').trim(),
    token: comments.find((line) => line.startsWith('token:'))?.slice('token:'.length).trim(),
    query,
    variables: variables.trimEnd(),
  };
}

const queries = import.meta.glob<string>('../operations/*.graphql', { query: '?raw', import: 'default', eager: true });
const variables = import.meta.glob<string>('../operations/*.json', { query: '?raw', import: 'default', eager: true });

export const examples: readonly Example[] = Object.keys(queries)
  .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  .map((path) => {
    const name = path.replace(/^.*\//, '').replace(/\.graphql$/, '');
    return toExample(name, queries[path] ?? '', variables[path.replace(/\.graphql$/, '.json')] ?? '');
  });

export const groups: readonly Group[] = GROUPS.map(([title]) => ({
  title,
  examples: examples.filter((example) => groupsOf(example).includes(title)),
}));

/** The groups with the examples that hold every word of `text`: in title, operation name, comment, query or group. */
export function search(text: string): readonly Group[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return groups;
  const found = groups.map(({ title, examples }) => ({
    title,
    examples: examples.filter((example) => {
      const hay = `${title}\n${example.title}\n${example.query}`.toLowerCase();
      return words.every((word) => hay.includes(word));
    }),
  }));
  return found.filter(({ examples }) => examples.length > 0);
}
