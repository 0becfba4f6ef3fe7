/**
 * Fails when the observer's page outgrows what a phone on a bad network can fetch: 55 KiB of JavaScript until the first
 * screen stands, 60 KiB in all, 120 KiB for the first load without the station list, in gzip (docs/adr/0008).
 */
import { gzipSync } from 'node:zlib'
import { needs, read } from './files.mjs'

const KIB = 1024
const BUDGETS = { 'JavaScript at first': 55 * KIB, 'JavaScript in all': 60 * KIB, 'first load': 120 * KIB }
const SHELL = ['index.html', 'manifest.webmanifest', 'icon.svg', 'icon-192.png', 'sw.js']

const size = (paths) => paths.reduce((sum, path) => sum + gzipSync(read(path), { level: 9 }).length, 0)

const assets = needs('index.html')
const scripts = (paths) => [...paths.filter((path) => path.endsWith('.js')), 'sw.js']
const sizes = {
  'JavaScript at first': size(scripts(needs('index.html', true))),
  'JavaScript in all': size(scripts(assets)),
  'first load': size([...SHELL, ...assets]),
}

let over = false
for (const [what, budget] of Object.entries(BUDGETS)) {
  const bytes = sizes[what]
  over ||= bytes > budget
  console.log(`${what}: ${(bytes / KIB).toFixed(1)} KiB gzip of ${budget / KIB}${bytes > budget ? ' TOO MUCH' : ''}`)
}
process.exitCode = over ? 1 : 0
