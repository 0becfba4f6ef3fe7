/** The version that the app tells the server and the About screen: the project's, and the commit where there is one. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const number = /^version = "([^"]+)"/m.exec(readFileSync(new URL('../../pyproject.toml', import.meta.url), 'utf8'))[1]

function commit() {
  try {
    return `+${execFileSync('git', ['rev-parse', '--short=8', 'HEAD'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()}`
  } catch {
    return ''
  }
}

export const version = number + commit()
