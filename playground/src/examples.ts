// The worked examples: operations/NAME.graphql, with variables in NAME.json, as tabs in the order of their numbers.

const queries = import.meta.glob<string>('../operations/*.graphql', { query: '?raw', import: 'default', eager: true });
const variables = import.meta.glob<string>('../operations/*.json', { query: '?raw', import: 'default', eager: true });

export const examples = Object.keys(queries)
  .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  .map((path) => ({
    query: (queries[path] ?? '').trimEnd(),
    variables: variables[path.replace(/\.graphql$/, '.json')]?.trimEnd() ?? '',
    headers: '',
  }));
