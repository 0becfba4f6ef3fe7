/** The gallery as files, for the tests that look at every screen. */
import { defineConfig } from 'vite'
import { sprite } from '../../build/sprite.mjs'

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [sprite()],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: { emptyOutDir: true, reportCompressedSize: false, target: 'es2022' },
})
