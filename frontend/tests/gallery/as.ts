/** ?as=messenger or iphone: the page believes to stand in another browser. Before anything else, for parts ask at once. */
const AS: Record<string, { userAgent: string; standalone?: boolean }> = {
  messenger: { userAgent: 'Mozilla/5.0 (Linux; Android 13; wv) Chrome/120 Mobile' },
  iphone: { userAgent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Mobile Safari/604.1', standalone: false },
}
const other = AS[new URLSearchParams(location.search).get('as') ?? '']
for (const [name, value] of Object.entries(other ?? {})) Object.defineProperty(navigator, name, { value })

export {}
