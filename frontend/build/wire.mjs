/**
 * The server's description of the phones' doors (OpenAPI, on standard input) as types, on standard output. Only what
 * phones use, without examples: whoever changes a door sees in the difference what phones will meet.
 */
import { text } from 'node:stream/consumers'
import openapiTS, { astToString } from 'openapi-typescript'

const DOORS = /^\/v1\/(sync|blobs|enrol|grant)(\/|$)/
const HEAD = '/** Made by `make openapi` from the description of the API. Do not edit. */\n'

const whole = JSON.parse(await text(process.stdin), (name, value) => (/^examples?$/.test(name) ? undefined : value))
const paths = Object.fromEntries(Object.entries(whole.paths).filter(([path]) => DOORS.test(path)))
const described = { ...whole, paths, components: { schemas: named(paths, whole.components.schemas) } }
process.stdout.write(HEAD + astToString(await openapiTS(described)))

/** The schemas that `part` names, and those that they name. */
function named(part, schemas, found = {}) {
  for (const [, name] of JSON.stringify(part).matchAll(/#\/components\/schemas\/(\w+)/g)) {
    if (name in found) continue
    found[name] = schemas[name]
    named(schemas[name], schemas, found)
  }
  return found
}
