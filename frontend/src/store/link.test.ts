import { expect, it } from 'vitest'
import file from '../../../tests/vectors/links.json'
import { base64url, linkText, sha256, sign, utf8 } from './link'
import type { Linked } from './link'

const { subtle } = crypto

for (const vector of file.vectors) {
  it(`links ${vector.name} as the server does`, async () => {
    const op = vector.op as Linked
    expect(await sha256(subtle, utf8(vector.body))).toBe(op.hash)
    expect(linkText(op)).toBe(vector.lines)
    expect(await sha256(subtle, utf8(vector.lines))).toBe(vector.link)
    const key = await subtle.importKey('jwk', file.key, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['verify'])
    const sig = Uint8Array.from(atob(vector.sig.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0))
    expect(await subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key, sig, utf8(vector.lines))).toBe(true)
  })
}

it('signs as raw r and s in base64url without padding', async () => {
  const { privateKey } = await subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify'])
  expect(await sign(subtle, privateKey, utf8('lines'))).toMatch(/^[A-Za-z0-9_-]{86}$/)
  expect(base64url(new Uint8Array([251, 255, 254]))).toBe('-__-')
})
