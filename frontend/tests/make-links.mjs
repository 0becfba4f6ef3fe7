/**
 * Writes tests/vectors/links.json: operations, their link lines, links and one signature, made here from the text of
 * docs/sync.md with nothing but Node's own hashing. The phone and the server are both held to the file.
 */
import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { writeFileSync } from 'node:fs'

const sha256 = (text) => createHash('sha256').update(text, 'utf8').digest('hex')
const ZERO = '0198f0a0-0000-7000-8000-'

const base = {
  mission: 'KZ-2022',
  device_id: '0b7c3b5e-6f7a-4e0c-9d55-0a6a6f0e2c11',
  device_seq: 1,
  op_id: `${ZERO}000000000001`,
  kind: 'report.revision',
  report_id: `${ZERO}0000000000aa`,
  made_at: '2022-11-20T02:04:05.678Z',
  tz_min: 360,
  prev: null,
}

const cases = [
  ['the first operation of a device', {}, '{"form":"B","form_version":3,"answers":{}}'],
  ['Kazakh letters in the body', { device_seq: 2 }, '{"comment":"Әуезов ауданы, № 8 мектеп"}'],
  ['letters outside the first plane and escapes', { device_seq: 3 }, '{"comment":"🗳️ \\ud83d \\u0000 \\" \\\\"}'],
  ['a large number', { device_seq: 9007199254740991 }, '{}'],
  ['no report', { kind: 'message.ack', report_id: null }, '{"message_id":"m1"}'],
  ['west of Greenwich', { tz_min: -210 }, '{}'],
  ['an odd but valid spelling of the time', { made_at: '2022-11-20T08:04:05+06:00' }, '{}'],
  ['an empty body', {}, ''],
  ['a mission with other letters', { mission: 'Қазақстан' }, '{}'],
]

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
let prev = null
const vectors = cases.map(([name, other, body]) => {
  const op = { ...base, prev, ...other, hash: sha256(body) }
  const fields = ['mission', 'device_id', 'device_seq', 'op_id', 'kind', 'report_id', 'made_at', 'tz_min', 'prev', 'hash']
  const lines = ['urna-op-v1', ...fields.map((field) => (op[field] === null ? '' : String(op[field])))].join('\n')
  const sig = sign('sha256', Buffer.from(lines), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')
  const link = sha256(lines)
  prev = link
  return { name, op, body, lines, link, sig }
})

const { kty, crv, x, y } = publicKey.export({ format: 'jwk' })
const file = new URL('../../tests/vectors/links.json', import.meta.url)
writeFileSync(file, `${JSON.stringify({ key: { kty, crv, x, y }, vectors }, null, 1)}\n`)
