import { existsSync } from 'node:fs'
import { defineConfig } from 'vite'
import { catalogues } from './build/catalogues.mjs'
import { sprite } from './build/sprite.mjs'
import { version } from './build/version.mjs'

/** The observer's page, and the desk's once it is there: staff alone load that one. */
const PAGES = ['index.html', 'desk.html']

/**
 * One bundle a page and no lazy chunks: a phone that has loaded the page once has all of it, and an update never pulls a
 * part from under an open form.
 */
export default defineConfig({
  base: '/',
  plugins: [catalogues(), sprite()],
  define: { __APP_VERSION__: JSON.stringify(version) },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../app/web/static',
    emptyOutDir: true,
    target: ['chrome90', 'safari15'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    sourcemap: false,
    rolldownOptions: { input: PAGES.filter((page) => existsSync(new URL(page, import.meta.url))) },
  },
  server: { proxy: { '/v1': 'http://127.0.0.1:8000' } },
})
