import { defineConfig } from 'vite';

// What the page may load: only from where it came. In the built page alone: the development server needs inline styles.
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'";

export default defineConfig({
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  plugins: [
    {
      name: 'content-security-policy',
      apply: 'build',
      transformIndexHtml: () => [
        { tag: 'meta', attrs: { 'http-equiv': 'Content-Security-Policy', content: policy }, injectTo: 'head-prepend' as const },
      ],
    },
  ],
  build: {
    rolldownOptions: { checks: { pluginTimings: false } }, // says on a busy machine that CSS took its time
    target: 'es2022',
    outDir: 'dist',
    emptyOutDir: true,
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/api': process.env.FARM_URL ?? 'http://127.0.0.1:8080' } },
});
