import { describe, expect, it } from 'vitest';
import { examples, groups, groupsOf, search, toExample, unwrapComment } from './examples';

it.each(examples)('$name is in one group', (example) => {
  expect(groupsOf(example)).toHaveLength(1);
});

it('has no group without an example, and no operation name twice', () => {
  expect(groups.filter((group) => group.examples.length === 0)).toEqual([]);
  // A tab belongs to the example whose operation name it shows.
  expect(new Set(examples.map((example) => example.operation)).size).toBe(examples.length);
});

describe('unwrapComment', () => {
  it('joins the lines of a sentence and nothing else', () => {
    const document = '# token: staff\n# One\n# two. And\n# three.\n# Four\n#\n# five.\nquery A {\n  # six\n  # seven\n  a\n}';
    const lines = '# token: staff\n# One two. And three.\n# Four\n#\n# five.\nquery A {\n  # six\n  # seven\n  a\n}';
    expect(unwrapComment(document)).toBe(lines);
  });

  it('leaves a document without a comment alone', () => {
    expect(unwrapComment('query A {\n  a\n}')).toBe('query A {\n  a\n}');
  });
});

it('reads title, operation, comment and token from a file', () => {
  const example = toExample('07-cart-lines-add', '# token: staff\n# Adds\n# lines.\nmutation Add {\n  a\n}\n', '{}\n');
  expect(example).toEqual({
    name: '07-cart-lines-add',
    title: 'Cart lines add',
    operation: 'Add',
    summary: 'Adds lines.',
    token: 'staff',
    query: '# token: staff\n# Adds lines.\nmutation Add {\n  a\n}',
    variables: '{}',
  });
});

describe('search', () => {
  const names = (text: string) => search(text).flatMap((group) => group.examples.map((example) => example.operation));

  it('finds by title, operation name, text and group, every word counting', () => {
    expect(names('cart explain')).toContain('CartExplain');
    expect(names('STAFFLOGIN')).toContain('StaffLogin');
    expect(names('guestToken orderUpdated')).toEqual(['OrderUpdated']);
    expect(names('inventory reservations')).toContain('StockReservations');
    expect(names('no such example')).toEqual([]);
  });

  it('shows all groups when nothing is searched for', () => {
    expect(search('  ')).toBe(groups);
  });
});
