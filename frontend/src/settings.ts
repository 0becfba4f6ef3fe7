/** What belongs to this phone and not to a mission: language, light, and how safely the browser keeps things. */
import { type Signal, batch, signal } from '@preact/signals'
import { type Language, PhoneError, type StorageState, type Theme } from './store/api'
import { named } from './store/connection'
import type { Outbox } from './store/databases'
import type { Effects } from './store/effects'
import { freeBytes, isPersisted, probe, takeBallast } from './store/space'

const LANGUAGES: readonly Language[] = ['en', 'ru', 'kk']

export class Settings {
  readonly language: Signal<Language> = signal('en')
  readonly theme: Signal<Theme> = signal('auto')
  readonly practised: Signal<boolean> = signal(false)
  readonly storage: Signal<StorageState> = signal({ durable: true, persisted: 'unknown', free_bytes: null, problem: null })

  constructor(
    private readonly db: Outbox,
    private readonly effects: Effects,
    private readonly languages: readonly string[],
    private readonly changed: () => void,
  ) {}

  async read(): Promise<void> {
    const [language, theme, practised] = await this.db.read(['meta'], (tx) =>
      Promise.all(['language', 'theme', 'practised'].map((key) => tx.objectStore('meta').get(key))),
    )
    batch(() => {
      this.language.value = (language as Language | undefined) ?? preferred(this.languages)
      this.theme.value = (theme as Theme | undefined) ?? 'auto'
      this.practised.value = practised === true
    })
  }

  async setLanguage(language: Language): Promise<void> {
    this.language.value = language
    await this.keep('language', language)
  }

  async setTheme(theme: Theme): Promise<void> {
    this.theme.value = theme
    await this.keep('theme', theme)
  }

  async setPractised(): Promise<void> {
    this.practised.value = true
    await this.keep('practised', true)
  }

  async askPersistence(): Promise<boolean> {
    const persisted = (await this.effects.storage?.persist?.().catch(() => false)) ?? false
    await this.measure()
    return persisted
  }

  /** Whether this window keeps anything, and how much room there is; takes ballast on. */
  async examine(): Promise<void> {
    this.show({ durable: await probe(this.db, this.effects), emptied: this.db.emptied })
    await this.measure()
    await takeBallast(this.db, this.effects).catch(() => undefined)
  }

  /** Something could not be written. */
  failed(error: unknown): PhoneError {
    this.show({ problem: named(error, 'QuotaExceededError') ? 'full' : 'closed' })
    return new PhoneError('storage')
  }

  /** Everything is on the disk again. */
  recovered(): void {
    if (this.storage.peek().problem !== null) this.show({ problem: null })
  }

  private async measure(): Promise<void> {
    this.show({ persisted: await isPersisted(this.effects), free_bytes: await freeBytes(this.effects) })
  }

  private show(patch: Partial<StorageState>): void {
    this.storage.value = { ...this.storage.peek(), ...patch }
  }

  private async keep(key: string, value: unknown): Promise<void> {
    await this.db.write(['meta'], (tx) => tx.objectStore('meta').put(value, key))
    this.changed()
  }
}

/** The first language of the browser that the app speaks. */
function preferred(languages: readonly string[]): Language {
  const known = languages.map((tag) => tag.slice(0, 2) as Language).filter((tag) => LANGUAGES.includes(tag))
  return known[0] ?? 'en'
}
