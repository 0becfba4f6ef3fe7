/** A field to search in, with the way to empty it. */
import { useRef } from 'preact/hooks'
import { t } from './app-state'
import { Icon } from './icons'

export function SearchField({ hint, value, onText }: { hint: string; value: string; onText: (text: string) => void }) {
  const input = useRef<HTMLInputElement>(null)
  const empty = (): void => {
    onText('')
    input.current?.focus()
  }
  return (
    <div class="find-field">
      <div class="field">
        <Icon name="search" />
        <input
          ref={input}
          type="search"
          aria-label={hint}
          placeholder={hint}
          autocomplete="off"
          spellcheck={false}
          enterkeyhint="search"
          value={value}
          onInput={(event) => onText(event.currentTarget.value)}
        />
        {value && (
          <button type="button" aria-label={t('searchClear')} onClick={empty}>
            <Icon name="clear" />
          </button>
        )}
      </div>
    </div>
  )
}
