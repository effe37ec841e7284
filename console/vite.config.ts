import { defineConfig } from 'vite';

/** Builds the console into `dist/console`, from where Curfew serves it under `/console`. */
export default defineConfig({
  root: import.meta.dirname,
  base: '/console/',
  // Everything the page loads is named by its digest.
  publicDir: false,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../dist/console',
    emptyOutDir: false,
    target: 'es2022',
    sourcemap: false,
    // The policy allows nothing inline but pictures.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    license: false,
  },
});
