import { describe, expect, it } from 'vitest';
import { fill, findTokens, learn, unknownPlaceholders } from './remember';

const id = (prefix: string, last: string) => `${prefix}_01j9zzzzzzzzzzzzzzzzzzzzz${last}`;

describe('learn', () => {
  it('keeps the first id of each prefix in an answer', () => {
    const answer = {
      data: {
        products: { nodes: [{ id: id('prod', '1') }, { id: id('prod', '2'), variants: [{ id: id('var', '3') }] }] },
      },
    };
    expect(learn({}, answer)).toEqual({ prod: id('prod', '1'), var: id('var', '3') });
  });

  it('lets a later answer overwrite an earlier one and keeps the rest', () => {
    const known = learn({ line: 'old', cart: 'old' }, { data: { cart: { id: id('cart', '7') } } });
    expect(known).toEqual({ line: 'old', cart: id('cart', '7') });
  });

  it('remembers tokens and handles under their key', () => {
    const answer = { data: { login: { accessToken: 'a', refreshToken: 'r' }, cart: { guestToken: 'g' }, handle: 'mug' } };
    expect(learn({}, answer)).toEqual({ accessToken: 'a', refreshToken: 'r', guestToken: 'g', handle: 'mug' });
  });

  it('ignores other strings, other keys and ids of another shape', () => {
    const known = { prod: 'x' };
    expect(learn(known, { data: { id: 'prod_1', sku: id('prod', '1'), node: { id: 7 }, other: null } })).toBe(known);
    expect(learn(known, { id: id('prod', 'i') })).toBe(known); // i, l, o and u are not in the alphabet
    expect(learn(known, undefined)).toBe(known);
  });
});

describe('fill', () => {
  it('replaces whole strings at any depth', () => {
    const { variables, missing } = fill(
      { id: '{{cart}}', input: { lines: [{ id: '{{line}}', quantity: 2 }], note: 'about {{cart}}' }, none: null },
      { cart: 'c', line: 'l' },
    );
    expect(missing).toEqual([]);
    expect(variables).toEqual({ id: 'c', input: { lines: [{ id: 'l', quantity: 2 }], note: 'about {{cart}}' }, none: null });
  });

  it('names what is not known, once', () => {
    expect(fill({ a: '{{cart}}', b: ['{{cart}}', '{{constructor}}'] }, {}).missing).toEqual(['cart', 'constructor']);
    expect(unknownPlaceholders(['cart'])).toEqual({
      errors: [{ message: '{{cart}} is not known yet: run the operation that returns it first, or type an id' }],
    });
  });

  it('leaves absent variables alone', () => {
    expect(fill(undefined, {})).toEqual({ variables: undefined, missing: [] });
  });
});

describe('findTokens', () => {
  it('names the field, through its alias', () => {
    const data = { me: { customer: { accessToken: 't' } }, staffLogin: { accessToken: 's' }, cart: { id: 'x' } };
    expect(findTokens(data, { me: 'customerLogin' })).toEqual([
      { field: 'customerLogin', token: 't' },
      { field: 'staffLogin', token: 's' },
    ]);
    expect(findTokens(null)).toEqual([]);
  });
});
