// Generates a program that runs every example as a typed client, with the variables shown in the playground.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';

import { parse, print } from 'graphql';

const folder = new URL('../../playground/operations/', import.meta.url);
const files = readdirSync(folder);
const calls = files
  .filter((name) => name.endsWith('.graphql'))
  .map((name) => {
    const source = print(parse(readFileSync(new URL(name, folder), 'utf8')));
    const json = name.replace(/graphql$/, 'json');
    const variables = files.includes(json) ? readFileSync(new URL(json, folder), 'utf8').trim() : '{}';
    return `// ${name}\nrun(graphql(${JSON.stringify(source)}), ${variables});\n`;
  });
const head = "import { run } from '../types';\nimport { graphql } from './gql';\n";
writeFileSync(new URL('generated/examples.ts', import.meta.url), [head, ...calls].join('\n'));
console.log(`${calls.length} examples`);
