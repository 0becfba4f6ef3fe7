/** The catalogues of the phone's languages. */
import { en, type Catalogue } from './en'
import { kk } from './kk'
import { ru } from './ru'

export type Language = 'en' | 'ru' | 'kk'

export const catalogues: Record<Language, Catalogue> = { en, ru, kk }
