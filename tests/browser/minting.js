// Works on the outbox of schema 1 by itself: it knows of the app only what lies on the disk, and what docs/sync.md says.
const minting = (() => {
  const done = (request) =>
    new Promise((yes, no) => {
      request.onsuccess = () => yes(request.result)
      request.onerror = () => no(request.error)
    })
  const complete = (tx) =>
    new Promise((yes, no) => {
      tx.oncomplete = () => yes()
      tx.onabort = () => no(tx.error)
    })
  const open = () => done(indexedDB.open('outbox'))
  const utf8 = (text) => new TextEncoder().encode(text)
  const bytes = (buffer) => [...new Uint8Array(buffer)]
  const hex = (buffer) => bytes(buffer).map((byte) => byte.toString(16).padStart(2, '0')).join('')
  const sha = async (text) => hex(await crypto.subtle.digest('SHA-256', utf8(text)))

  function uuid() {
    const random = hex(crypto.getRandomValues(new Uint8Array(16)))
    const [a, b, c, d] = [random.slice(0, 4), random.slice(4, 8), random.slice(8, 11), random.slice(11, 14)]
    return `0190${a}-${b}-7${c}-8${d}-${random.slice(14, 26)}`
  }

  async function sign(key, text) {
    const raw = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, key, utf8(text))
    const base64 = btoa(String.fromCharCode(...bytes(raw)))
    return base64.replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
  }

  async function operation(identity, device_seq, prev, made_at, said) {
    const body = JSON.stringify({ ...said, lang: 'en', notes: {}, confirmed: [], settled: [], seen: {} })
    const { mission, device_id } = identity
    const who = { v: 1, op_id: uuid(), mission, device_id, device_seq, kind: 'report.finish', report_id: uuid() }
    const op = { ...who, made_at, tz_min: 360, prev, body, hash: await sha(body) }
    const names = ['mission', 'device_id', 'device_seq', 'op_id', 'kind', 'report_id', 'made_at', 'tz_min', 'prev', 'hash']
    const lines = ['urna-op-v1', ...names.map((name) => op[name] ?? '')].join('\n')
    return { ...op, sig: await sign(identity.key, lines), link: await sha(lines) }
  }

  function draft(op, form, header, answers) {
    const { mission, device_id, report_id, device_seq, made_at } = op
    const names = [...Object.keys(answers), ...Object.keys(header).map((name) => `header.${name}`)]
    const said = { header, answers, notes: {} }
    const touched = Object.fromEntries(names.map((name) => [name, device_seq]))
    const state = { confirmed: [], settled: [], seen: {}, touched, minted: said, rev: 1, minted_rev: 1 }
    const times = { finished_seq: device_seq, void_seq: 0, created_at: made_at, changed_at: made_at }
    return { v: 1, mission, device_id, report_id, ...form, ...said, ...state, ...times }
  }

  async function mint({ count, made_at, form, place }) {
    const db = await open()
    const meta = (key) => done(db.transaction('meta').objectStore('meta').get(key))
    const [identity, head] = [await meta('identity'), await meta('head')]
    const made = []
    let { device_seq, link } = head
    for (let i = 0; i < count; i++) {
      const header = { place: { kind: 'station', id: place }, visit_no: i + 1, arrived_at: made_at.slice(0, 16) }
      const answers = { b01_access: 'full', b17_voted_so_far: i }
      const op = await operation(identity, ++device_seq, link, made_at, { ...form, ...header, answers })
      link = op.link
      made.push([op, draft(op, form, header, answers)])
    }
    const tx = db.transaction(['ops', 'drafts', 'meta'], 'readwrite', { durability: 'strict' })
    for (const [op, its] of made) {
      tx.objectStore('ops').add(op)
      tx.objectStore('drafts').add(its)
    }
    tx.objectStore('meta').put({ ...head, device_seq, link }, 'head')
    await complete(tx)
    db.close()
    return made.map(([op]) => op.op_id)
  }

  async function rot([op_id, body]) {
    const db = await open()
    const tx = db.transaction('ops', 'readwrite')
    const op = await done(tx.objectStore('ops').get(op_id))
    tx.objectStore('ops').put({ ...op, body })
    await complete(tx)
    db.close()
  }

  async function stored(name) {
    const db = await open()
    const all = await done(db.transaction(name).objectStore(name).getAll())
    db.close()
    return JSON.parse(JSON.stringify(all))
  }

  return { mint, rot, stored }
})()
