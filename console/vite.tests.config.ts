import { readdirSync } from 'node:fs';
import { defineConfig } from 'vite';

// Bundles each unit test for node's own test runner.
const tests = readdirSync('tests/unit').filter((name) => name.endsWith('.test.ts'));

export default defineConfig({
  build: {
    ssr: true,
    outDir: 'build/tests',
    emptyOutDir: true,
    target: 'node20',
    minify: false,
    rollupOptions: {
      input: Object.fromEntries(tests.map((name) => [name.replace(/\.ts$/, ''), `tests/unit/${name}`])),
      output: { entryFileNames: '[name].mjs' },
    },
  },
});
