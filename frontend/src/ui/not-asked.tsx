/** Answers to questions that are not asked any more: never removed, left out of the count, and said so. */
import type { Item, OpenReport } from '../store/api'
import { describe, isAnswered, shortName } from './answers'
import { lang, t } from './app-state'

export function NotAsked({ report, items }: { report: OpenReport; items: readonly Item[] }) {
  const { answers, irrelevant } = report.view.value
  const asleep = items.filter((item) => irrelevant.has(item.code) && isAnswered(answers[item.code]))
  if (asleep.length === 0) return null
  return (
    <>
      <h2 class="head">
        {t('asleepHead')}
        <small>{t('asleepSub')}</small>
      </h2>
      <dl class="block">
        {asleep.map((item) => (
          <div key={item.code} class="sumrow">
            <dt>
              {item.id} {shortName(item, lang.value).text}
            </dt>
            <dd class="quiet">{describe(item, answers[item.code], lang.value)}</dd>
          </div>
        ))}
      </dl>
    </>
  )
}
