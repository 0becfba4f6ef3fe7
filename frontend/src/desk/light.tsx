/** Choosing the language and the light. */
import { choose, language, t, theme, type Theme } from './language'
import { Segments } from './parts'
import { languageNames, type Language } from './text'

export function LanguagePick() {
  return (
    <span class="seg" role="group" aria-label={t('language')}>
      {(Object.keys(languageNames) as Language[]).map((code) => (
        <button key={code} type="button" lang={code} aria-pressed={code === language.value} onClick={() => choose({ language: code })}>
          {languageNames[code]}
        </button>
      ))}
    </span>
  )
}

export function ThemePick() {
  const options: [Theme, string][] = [['auto', t('themeAuto')], ['light', t('themeLight')], ['dark', t('themeDark')]]
  return <Segments label={t('theme')} value={theme.value} options={options} change={(chosen) => choose({ theme: chosen })} />
}
