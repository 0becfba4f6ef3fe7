/** What the build wrote, and what the first page of it needs. */
import { createHash } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const STATIC = fileURLToPath(new URL('../../app/web/static/', import.meta.url))

/** Every file below the build's folder, as paths from it, sorted. */
export function files() {
  const entries = readdirSync(STATIC, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => `${entry.parentPath}/${entry.name}`)
  return paths.map((path) => path.replaceAll('\\', '/').replaceAll('//', '/').slice(STATIC.length)).sort()
}

export const read = (path) => readFileSync(STATIC + path)

export const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex')

/** Scripts and styles that a page loads: those it names, and what its scripts import; `first`: before it stands. */
export function needs(page, first = false) {
  const found = new Set()
  const queue = [...read(page).toString().matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map((match) => match[1])
  while (queue.length > 0) {
    const path = queue.pop()
    if (found.has(path)) continue
    found.add(path)
    if (path.endsWith('.js')) queue.push(...imports(path, first ? AT_ONCE : AT_ALL))
  }
  return [...found].sort()
}

const AT_ALL = /(?:from|import)\s*\(?["'`]\.\/([^"'`]+\.js)["'`]/g
const AT_ONCE = /(?:from|import)\s*["']\.\/([^"']+\.js)["']/g

const imports = (path, kind) => [...read(path).toString().matchAll(kind)].map((match) => `assets/${match[1]}`)
