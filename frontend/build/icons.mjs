/**
 * Draws the icons of the installed app from the mark into public/. Run by hand (`npm run icons`) when the mark changes;
 * the pictures are small and lie in the repository, so that a build needs no drawing library.
 */
import { writeFileSync } from 'node:fs'
import { deflateSync, crc32 } from 'node:zlib'
import { MARK, flatten } from './mark.mjs'

const STAMP = [0x3b, 0x2b, 0x7e]
const PAPER = [0xff, 0xff, 0xff]
const SAMPLES = 4
const PUBLIC = new URL('../public/', import.meta.url)

const strokes = MARK.map(flatten)

/** How much of a pixel the strokes cover, 0 to 1. `scale` = pixels a grid unit, `origin` = where the grid starts. */
function coverage(px, py, scale, origin) {
  let inside = 0
  for (let i = 0; i < SAMPLES * SAMPLES; i++) {
    const x = (px + ((i % SAMPLES) + 0.5) / SAMPLES - origin) / scale
    const y = (py + (Math.floor(i / SAMPLES) + 0.5) / SAMPLES - origin) / scale
    if (strokes.some((points) => near(points, x, y))) inside++
  }
  return inside / (SAMPLES * SAMPLES)
}

function near(points, x, y) {
  for (let i = 1; i < points.length; i++) if (distance(points[i - 1], points[i], x, y) <= 1) return true
  return false
}

function distance([x0, y0], [x1, y1], x, y) {
  const [dx, dy] = [x1 - x0, y1 - y0]
  const along = Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy || 1)))
  return Math.hypot(x - x0 - along * dx, y - y0 - along * dy)
}

/** RGBA rows of a square icon; `margin` = share of the side left free; rounded unless `bleed` (the system cuts). */
function draw(size, margin, bleed) {
  const scale = (size * (1 - 2 * margin)) / 24
  const rows = Buffer.alloc(size * (1 + size * 4))
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const ink = coverage(x, y, scale, size * margin)
      const at = y * (1 + size * 4) + 1 + x * 4
      for (let c = 0; c < 3; c++) rows[at + c] = Math.round(STAMP[c] + (PAPER[c] - STAMP[c]) * ink)
      rows[at + 3] = bleed ? 255 : Math.round(255 * corner(x, y, size))
    }
  }
  return rows
}

/** How much of a pixel lies within the rounded square. */
function corner(x, y, size) {
  const radius = size * 0.22
  const out = (v) => Math.max(radius - v - 0.5, v + 0.5 - (size - radius), 0)
  return Math.min(1, Math.max(0, radius - Math.hypot(out(x), out(y)) + 0.5))
}

function png(size, rows) {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(size, 0)
  header.writeUInt32BE(size, 4)
  header.set([8, 6, 0, 0, 0], 8)
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(name, data) {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data])
  const frame = Buffer.alloc(8)
  frame.writeUInt32BE(data.length, 0)
  frame.writeUInt32BE(crc32(body), 4)
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)])
}

const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect width="24" height="24" rx="5.3" fill="#3b2b7e"/><g transform="translate(4.3 4.3) scale(.64)" fill="none" stroke="#fff" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">${MARK.map((d) => `<path d="${d}"/>`).join('')}</g></svg>\n`

writeFileSync(new URL('icon.svg', PUBLIC), svg)
for (const [name, size, margin, bleed] of [
  ['icon-192.png', 192, 0.18, false],
  ['icon-512.png', 512, 0.18, false],
  ['icon-maskable-512.png', 512, 0.26, true],
]) {
  writeFileSync(new URL(name, PUBLIC), png(size, draw(size, margin, bleed)))
}
