/** A text, or one text per plural form of its {n} (Intl.PluralRules names them). */
export type Message = string | { zero?: string; one?: string; two?: string; few?: string; many?: string; other: string }

export type Params = Record<string, string | number>
