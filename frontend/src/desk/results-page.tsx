/** What the checklists say so far: a row a question, each share with its n and everything that is not in it. */
import { AnswersPanel } from './answers-panel'
import { askedOf, query, type Asked } from './asked'
import { useFeed } from './feed'
import { byNegative, lines, overallOf, percent, SMALL_N, value, type Line } from './figures'
import { language, regionName, t, word } from './language'
import { change, place } from './nav'
import { AsOf, Bar, Copy, Icon, Notice, Pick, Segments, Waiting } from './parts'
import { Stack } from './stack'
import { number } from '../text/format'
import type { Codebook, Mission, Results, Unit } from './wire'

const n = (count: number): string => number(language.value, count)

export function ResultsPage({ mission }: { mission: Mission }) {
  const asked = askedOf(mission, place.value.asked)
  const { body, refused } = useFeed<Results>(asked && `/v1/results?${query(asked)}`)
  const book = useFeed<Codebook>(asked && `/v1/codebook?form=${encodeURIComponent(asked.form.code)}`)
  if (!asked) return <Notice text={t('noForms')} />
  return (
    <>
      <div class="page-head">
        <h1>{t('resultsOf', { form: word(asked.form.title, asked.form.code) })}</h1>
        <AsOf of={body} zone={mission.zone} />
        <span class="cap push">{t('nIs')}</span>
      </div>
      <Filters mission={mission} asked={asked} body={body} />
      {body && book.body ? <Figures mission={mission} asked={asked} body={body} book={book.body} /> : <Waiting refused={refused ?? book.refused} />}
    </>
  )
}

function Filters({ mission, asked, body }: { mission: Mission; asked: Asked; body: Results | null }) {
  const forms = mission.forms.map((form) => [form.code, `${form.code} ${word(form.title)}`] as const)
  const regions = mission.regions.map((region) => [region.code, regionName(mission, region.code)] as const)
  const sorted = [...regions].sort((a, b) => a[1].localeCompare(b[1], language.value))
  const units: [Unit, string][] = [['visit', t('visits')], ['station', t('unitStations')]]
  return (
    <div class="filters">
      <Pick label={t('form')} value={asked.form.code} options={forms} change={(form) => change({ form, q: null })} />
      <Pick label={t('region')} value={asked.region} set={asked.region !== ''} options={[['', t('allRegions')], ...sorted]} change={(region) => change({ region: region || null })} />
      <Segments label={t('unit')} value={asked.unit} options={units} change={(unit) => change({ unit: unit === 'visit' ? null : unit })} />
      <span class="push">
        {body && <Downloads asked={asked} body={body} />}
        <Copy icon="link" label={t('copyLink')} text={() => location.href} />
      </span>
    </div>
  )
}

/** The same query at the doors of programs, held to the entry that the page shows. */
function Downloads({ asked, body }: { asked: Asked; body: Results }) {
  const csv = body.links.answers.replace('/v1/answers?', '/v1/answers.csv?')
  return (
    <>
      <a class="quiet" title={t('jsonAbout')} href={`/v1/results?${query(asked, { as_of: String(body.data_version) })}`} target="_blank" rel="noreferrer"><Icon name="save" small />{t('json')}</a>
      <a class="quiet" title={t('csvAbout')} href={csv} download={`urna-${asked.form.code}-${body.data_version}.csv`}><Icon name="save" small />{t('csv')}</a>
    </>
  )
}

function Figures({ mission, asked, body, book }: { mission: Mission; asked: Asked; body: Results; book: Codebook }) {
  const inForm = lines(body.results, book.variables, asked.unit)
  const shown = asked.order === 'form' ? inForm : byNegative(inForm)
  const first = inForm[0]?.row
  if (!first || first.visits === 0) return <Notice text={t('noReports')} />
  const overall = overallOf(inForm)
  const chosen = shown.find(({ entry }) => entry.question.code === asked.question) ?? shown[0]!
  const parts = { visits: t('nVisits', { n: first.visits }), stations: t('nStations', { n: first.stations }), teams: t('nTeams', { n: first.teams }) }
  return (
    <div class={asked.question ? 'one' : undefined}>
      {overall && <Overall line={overall} unit={asked.unit} />}
      <p class="cap reached">{t('reached', parts)}</p>
      <div class="cols">
        <Questions shown={shown} asked={asked} chosen={chosen} />
        <AnswersPanel key={chosen.entry.question.code} mission={mission} asked={asked} line={chosen} suspected={body.suspected_duplicates} />
      </div>
    </div>
  )
}

function Overall({ line, unit }: { line: Line; unit: Unit }) {
  const { row, negative } = line
  const k = negative ?? 0
  const share = row.observed >= SMALL_N ? t('negativeShare', { share: percent(language.value, k, row.observed) }) : t('negative')
  const of = t(unit === 'station' ? 'ofStations' : 'ofVisits', { k, n: row.observed })
  return (
    <section class="sheet overall">
      <h2>{t('overall')}</h2>
      <p><b>{share}</b> <span class="sub">({of}{unit === 'visit' && row.negative_stations ? `, ${t('inStations', { n: row.negative_stations })}` : ''})</span></p>
      {row.ci_reason === 'non_probability_sample' && <p class="sub push warn"><Icon name="help" small />{t('noMargin')}</p>}
      <Stack line={line} large />
    </section>
  )
}

function Questions({ shown, asked, chosen }: { shown: readonly Line[]; asked: Asked; chosen: Line }) {
  const next = asked.order === 'negative' ? 'form' : null
  return (
    <div class="sheet list"><table class="tab tab-res">
      <caption class="vh">{t('results')}</caption>
      <thead>
        <tr>
          <th scope="col">{t('question')}</th>
          <th scope="col" aria-sort={asked.order === 'negative' ? 'descending' : 'none'}>
            <button type="button" class="sorter" title={t(next ? 'byChecklist' : 'negativeFirst')} onClick={() => change({ order: next })}>
              {t('negative')}<Icon name="sort" small />
            </button>
          </th>
          <th scope="col" class="num">{t('n')}</th>
          <th scope="col" class="num">{t('notObserved')}</th>
          <th scope="col" class="num">{t('noAccess')}</th>
          <th scope="col" class="num">{t('missing')}</th>
          <th scope="col" class="num">{t('inStationsHead')}</th>
        </tr>
      </thead>
      <tbody>
        {shown.map((line) => <Question key={line.entry.question.code} line={line} on={line === chosen} />)}
      </tbody>
    </table></div>
  )
}

function Question({ line, on }: { line: Line; on: boolean }) {
  const { entry, row, variable, negative } = line
  const show = (): void => change({ q: entry.question.code })
  const aside = (count: number, label: string) => <td class="num" data-l={label}>{count ? n(count) : <span class="zero">–</span>}</td>
  return (
    <tr class={on ? 'on' : undefined} onClick={show}>
      <th scope="row">
        <button type="button" class="to-question" aria-pressed={on} data-question={entry.question.code}>
          <span class="cap">{variable?.id ?? entry.question.code}</span> {word(variable?.short_label) || word(variable?.label, entry.question.label)}
        </button>
      </th>
      <td>{negative === null ? <Neutral line={line} /> : <Share k={negative} of={row.observed} />}</td>
      <td class="num nowrap">{negative === null ? n(row.observed) : <>{n(negative)} <span class="zero">{t('outOf', { n: row.observed })}</span></>}</td>
      {aside(row.not_observed, t('notObserved'))}
      {aside(row.no_access, t('noAccess'))}
      {aside(row.missing, t('missing'))}
      {aside(row.negative_stations ?? 0, t('inStationsHead'))}
    </tr>
  )
}

/** A bar and its per cent; words where n is too small for a share. */
export function Share({ k, of }: { k: number; of: number }) {
  if (of === 0) return <span class="zero">{t('noneObserved')}</span>
  if (of < SMALL_N) return <span class="zero">{t('small')}</span>
  return <span class="share"><Bar k={k} of={of} weight="w4" /><b>{percent(language.value, k, of)}</b></span>
}

/** A question without a bad answer: its middle value, or how its answers lie. */
function Neutral({ line }: { line: Line }) {
  const { row, entry } = line
  if (row.observed === 0) return <span class="zero">{t('noneObserved')}</span>
  if (row.numeric) return <span class="sub">{t('median', { value: value(language.value, row.numeric.median, entry.question.type) })}</span>
  if (Object.keys(row.counts).length === 0) return <span class="sub">{t('texts', { n: row.observed })}</span>
  return entry.question.type === 'single' ? <Stack line={line} /> : <span class="zero">{t('noNegative')}</span>
}
