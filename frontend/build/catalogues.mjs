/**
 * Takes the text catalogues out of the script and lays them into the page as data. Sentences are not code: a phone need
 * not compile them, and they are there with the page itself, so that a language is never a request that can fail.
 * Only in a build; tests and the development server import the catalogues as they stand.
 */
import { build } from 'esbuild'

const CATALOGUE = /\/src\/text\/(en|ru|kk)\.ts$/

export function catalogues() {
  const texts = new Map()
  return {
    name: 'urna-catalogues',
    apply: 'build',
    enforce: 'pre',
    async load(id) {
      const language = CATALOGUE.exec(id)?.[1]
      if (!language) return null
      texts.set(language, await read(id, language))
      return `export const ${language} = JSON.parse(document.getElementById('text-${language}').textContent)`
    },
    transformIndexHtml: {
      order: 'post',
      handler: () => [...texts].sort().map(([language, text]) => dataBlock(language, text)),
    },
  }
}

async function read(path, language) {
  const { outputFiles } = await build({ entryPoints: [path], bundle: true, write: false, format: 'esm', charset: 'utf8' })
  const module = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`)
  return JSON.stringify(module[language])
}

/** A block of data is no script to a Content-Security-Policy; `<` is written so that no text can end it. */
function dataBlock(language, text) {
  const attrs = { type: 'application/json', id: `text-${language}` }
  return { tag: 'script', attrs, children: text.replaceAll('<', '\\u003c'), injectTo: 'body' }
}
