/**
 * Fails when the observer's page outgrows what a phone on a bad network can fetch: 55 KiB of JavaScript in all, 120 KiB
 * for the first load without the station list, both in gzip.
 */
import { gzipSync } from 'node:zlib'
import { needs, read } from './files.mjs'

const KIB = 1024
const BUDGETS = { 'JavaScript': 55 * KIB, 'first load': 120 * KIB }
const SHELL = ['index.html', 'manifest.webmanifest', 'icon.svg', 'icon-192.png', 'sw.js']

const size = (paths) => paths.reduce((sum, path) => sum + gzipSync(read(path), { level: 9 }).length, 0)

const assets = needs('index.html')
const sizes = {
  'JavaScript': size([...assets.filter((path) => path.endsWith('.js')), 'sw.js']),
  'first load': size([...SHELL, ...assets]),
}

let over = false
for (const [what, budget] of Object.entries(BUDGETS)) {
  const bytes = sizes[what]
  over ||= bytes > budget
  console.log(`${what}: ${(bytes / KIB).toFixed(1)} KiB gzip of ${budget / KIB}${bytes > budget ? ' TOO MUCH' : ''}`)
}
process.exitCode = over ? 1 : 0
