import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const source = (name: string): string => fileURLToPath(new URL(`./src/${name}`, import.meta.url));

/** GraphiQL and monaco-graphql both load all of Monaco's editor through this one module. */
const fewMonacoParts: Plugin = {
  name: 'few-monaco-parts',
  enforce: 'pre',
  resolveId(id, importer) {
    const whole =
      id === 'monaco-graphql/esm/monaco-editor.js' ||
      (id === './monaco-editor' && importer?.includes('/node_modules/monaco-graphql/esm/'));
    return whole ? source('monaco.ts') : null;
  },
};

export default defineConfig({
  base: '/playground/',
  plugins: [react(), fewMonacoParts],
  resolve: {
    alias: [
      { find: /^prettier\/(plugins\/estree|parser-babel)$/, replacement: source('json-prettier.ts') },
    ],
  },
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    sourcemap: false,
    // Nothing becomes a data: URL: the content security policy allows no data: fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 5000,
    rolldownOptions: { checks: { moduleLevelDirective: false } },
  },
  server: {
    // `npm run dev`, beside a running Cartwright.
    proxy: { '/graphql': { target: process.env['CARTWRIGHT_URL'] ?? 'http://localhost:8080', ws: true } },
  },
});
