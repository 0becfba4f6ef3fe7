/** Lays the icons into the page: drawings are no code, and there without a request. */
import { readFileSync } from 'node:fs'

/** The element that a page fills -> its drawings. */
const SPRITES = { app: '../src/ui/sprite.svg', desk: '../src/desk/sprite.svg' }
const drawn = (file) => readFileSync(new URL(file, import.meta.url), 'utf8').replace(/\n\s*/g, '')

/** For the pages that have such an element. */
export function sprite() {
  return {
    name: 'urna-sprite',
    transformIndexHtml(html) {
      const file = Object.entries(SPRITES).find(([id]) => html.includes(`id="${id}"`))?.[1]
      return file ? html.replace(/<body[^>]*>/, (body) => `${body}\n${drawn(file)}`) : html
    },
  }
}
