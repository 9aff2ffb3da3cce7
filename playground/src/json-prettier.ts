// Prettify for the variables and headers editors. GraphiQL loads Prettier's JavaScript printer and parser for it, which
// vite.config.ts points here: a Prettier plug-in that lets jsonc-parser, which GraphiQL ships anyway, do the work.

import { applyEdits, format } from 'jsonc-parser';

type Root = { text: string };

const pretty = (text: string): string =>
  applyEdits(text, format(text, undefined, { tabSize: 2, insertSpaces: true, eol: '\n' })).trimEnd();

export const parsers = {
  jsonc: {
    parse: (text: string): Root => ({ text }),
    astFormat: 'jsonc-text',
    locStart: () => 0,
    locEnd: (root: Root) => root.text.length,
  },
};

export const printers = {
  'jsonc-text': { print: (path: { node: Root }) => pretty(path.node.text) },
};
