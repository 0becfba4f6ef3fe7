/**
 * Builds sw.js with the list of what the observer's page needs, each file with its SHA-256. The list is the version:
 * a worker of other bytes is another worker, and one that cannot get exactly these bytes does not install.
 */
import { build } from 'esbuild'
import { fileURLToPath } from 'node:url'
import { STATIC, needs, read, sha256 } from './files.mjs'

const SHELL = ['index.html', 'manifest.webmanifest', 'icon.svg', 'icon-192.png']

const precache = [...SHELL, ...needs('index.html')].map((path) => [`/${path}`, sha256(read(path))])
const version = sha256(JSON.stringify(precache)).slice(0, 16)

await build({
  entryPoints: [fileURLToPath(new URL('../src/sw/worker.ts', import.meta.url))],
  outfile: `${STATIC}sw.js`,
  bundle: true,
  minify: true,
  target: ['chrome90', 'safari15'],
  format: 'iife',
  define: { __PRECACHE__: JSON.stringify(precache), __VERSION__: JSON.stringify(version) },
  logLevel: 'warning',
})
