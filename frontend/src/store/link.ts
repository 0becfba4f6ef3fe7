/** Hashes and links, as docs/sync.md has them and app/store/chain.py computes them: shared vectors hold both to it. */
import type { OperationRecord } from './records'

export type Linked = Pick<
  OperationRecord,
  | 'mission'
  | 'device_id'
  | 'device_seq'
  | 'op_id'
  | 'kind'
  | 'report_id'
  | 'made_at'
  | 'tz_min'
  | 'prev'
  | 'hash'
>

/** The lines that are hashed and signed: each field as sent, null as an empty line, no line end at the end. */
export function linkText(op: Linked): string {
  const fields = [
    op.mission,
    op.device_id,
    op.device_seq,
    op.op_id,
    op.kind,
    op.report_id,
    op.made_at,
    op.tz_min,
    op.prev,
    op.hash,
  ]
  return ['urna-op-v1', ...fields.map((field) => (field === null ? '' : String(field)))].join('\n')
}

export const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)

/** SHA-256, lower-case hex. */
export async function sha256(subtle: SubtleCrypto, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return hex(new Uint8Array(await subtle.digest('SHA-256', bytes)))
}

export const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

/** ECDSA P-256 over the bytes, raw r||s, base64url without padding. */
export async function sign(subtle: SubtleCrypto, key: CryptoKey, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const raw = await subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, key, bytes)
  return base64url(new Uint8Array(raw))
}

export function base64url(bytes: Uint8Array): string {
  const text = String.fromCharCode(...bytes)
  return btoa(text).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
}
