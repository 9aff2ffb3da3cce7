import { readdirSync, readFileSync } from 'node:fs';
import { Kind, parse } from 'graphql';
import { describe, expect, it } from 'vitest';

const folder = new URL('../operations/', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, folder), 'utf8');
const names = readdirSync(folder);

describe.each(names.filter((name) => name.endsWith('.graphql')))('%s', (name) => {
  it('parses, and its tab shows its first operation', () => {
    const text = read(name);
    const first = parse(text).definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
    // GraphiQL titles a tab with this expression.
    const title = /^(?!#).*(query|subscription|mutation)\s+([a-zA-Z0-9_]+)/m.exec(text)?.[2];
    expect(first?.name?.value).toBeTruthy();
    expect(title).toBe(first?.name?.value);
  });
});

it.each(names.filter((name) => name.endsWith('.json')))('%s is the variables of an operation', (name) => {
  expect(names).toContain(name.replace(/\.json$/, '.graphql'));
  expect(JSON.parse(read(name))).toBeTypeOf('object');
});
