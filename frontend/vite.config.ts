import { defineConfig } from 'vite'
import { catalogues } from './build/catalogues.mjs'
import { sprite } from './build/sprite.mjs'
import { version } from './build/version.mjs'

/**
 * Two builds: the observer's page, and (`--mode desk`) the staff's, beside it. They share no file, so that a phone never
 * loads a byte of the desk. The observer's page is one bundle and a second with the screens that are seldom seen
 * (docs/adr/0008), asked for as soon as the first screen stands: a phone that has loaded the page once has all of it, and
 * an update never pulls a part from under an open form.
 *
 * Every byte of the observer's script counts against its budget: calls of `h` are shorter than those of the automatic
 * JSX runtime (-580 bytes gzip), and terser packs closer than Vite's own minifier (-670). No getter
 * is pure: reading a signal has an effect.
 *
 * Chrome 90 is the oldest that is served; `chrome91` leaves `?.` as it is (-660 bytes). Chrome has had it since 80 and
 * until 90 failed only at a spread within such a call (babel's `transform-v8-spread-parameters-in-optional-chaining`),
 * which a test keeps out of the sources.
 */
export default defineConfig(({ mode }) => ({
  base: '/',
  plugins: [catalogues(), sprite()],
  define: { __APP_VERSION__: JSON.stringify(version) },
  oxc: {
    jsx: { runtime: 'classic', pragma: 'h', pragmaFrag: 'Fragment' },
    jsxInject: `import { h, Fragment } from 'preact'`,
  },
  publicDir: mode === 'desk' ? false : 'public',
  build: {
    outDir: '../app/web/static',
    emptyOutDir: mode !== 'desk',
    target: ['chrome91', 'safari15'],
    minify: 'terser',
    terserOptions: { compress: { passes: 3, ecma: 2020, pure_getters: false }, ecma: 2020, module: true },
    assetsInlineLimit: 0,
    modulePreload: false,
    reportCompressedSize: false,
    sourcemap: false,
    rolldownOptions: { input: mode === 'desk' ? 'desk.html' : 'index.html' },
  },
  server: { proxy: { '/v1': 'http://127.0.0.1:8000' } },
}))
