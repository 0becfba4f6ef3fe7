/** Lays the icons into the page: drawings are no code, and there without a request. */
import { readFileSync } from 'node:fs'

const file = new URL('../src/ui/sprite.svg', import.meta.url)
const drawn = () => readFileSync(file, 'utf8').replace(/\n\s*/g, '')

/** For the observer's pages, which have an element `app`. */
export function sprite() {
  return {
    name: 'urna-sprite',
    transformIndexHtml: (html) => (html.includes('id="app"') ? html.replace('<body>', () => `<body>\n${drawn()}`) : html),
  }
}
