"""The rows that a query is about, as SQL over the tables of checklists. Names in it are ours, texts are parameters.

A source gives: d0, d1 (dimensions), place, team, report, from_seq, ord (arrival, then number of the log), m0.. (bits),
x0.. (numbers) and y0.. (second numbers of ratios), one of each a measure.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.results.bits import BLANKS, FIRST_OPTION, named_bits, negative_bits
from app.results.forms import FormColumns, Question
from app.results.measures import Columns, Measure
from app.results.mirror import Mirror, micros
from app.results.query import COMPLETE, HOUR_CUTS, ITEM, PLACE_DIMENSIONS, STAGES, STATUSES, Query, wrong

VISITS = ("first", "repeat")
HOUR_BANDS = tuple(f"{low:02d}-{high:02d}" for low, high in pairwise((0, *HOUR_CUTS, 24)))
Decode = Callable[[int | None], object]


@dataclass(frozen=True)
class Dimension:
    """A `by`, or the one group that there is without. `order` sorts the groups where their value does not."""

    name: str
    sql: str
    decode: Decode
    order: tuple[object, ...] = ()


@dataclass(frozen=True)
class Source:
    """`measures` are in the order of the columns m0, m1, ..."""

    sql: str
    measures: tuple[Measure, ...]
    dimensions: tuple[Dimension, ...]
    codes: tuple[int | None, ...]
    """What a disagreement on the measure is called in the mirror, if there ever was one."""


@dataclass(frozen=True)
class Asked:
    """A query on a mirror as of a number, with the checklists it is about."""

    mirror: Mirror
    query: Query
    at: int
    forms: tuple[FormColumns, ...]
    questions: dict[str, dict[str, Question]]
    """Checklist -> item code -> question."""


def ask(mirror: Mirror, query: Query, at: int) -> Asked:
    """Choose the checklists that were published by then.

    Raises UrnaError `invalid_parameter` for checklists and questions that the mission never had.
    """
    if not set(query.form) <= set(mirror.forms):
        raise wrong("form", f"form takes the published checklists: {', '.join(sorted(mirror.forms))}")
    published = {code: form for code, form in mirror.forms.items() if form.newest(at) is not None}
    questions = {code: {q.item.code: q for q in form.questions(at)} for code, form in published.items()}
    needed = {item for item, _ in query.where} | {by.removeprefix(ITEM) for by in query.by if by.startswith(ITEM)}
    chosen = [
        form
        for code, form in sorted(published.items())
        if (not query.form or code in query.form)
        and (not query.stage or newest_stage(form, at) in query.stage)
        and needed <= set(questions[code])
    ]
    if needed and not any(needed <= set(form.columns) for form in mirror.forms.values()):
        raise wrong("where", "where and by name questions that no checklist asks together")
    return Asked(mirror, query, at, tuple(chosen), {form.code: questions[form.code] for form in chosen})


def newest_stage(form: FormColumns, at: int) -> str | None:
    newest = form.newest(at)
    return newest.stage if newest else None


def source_of(asked: Asked, measures: Sequence[Measure], forms: Sequence[FormColumns]) -> Source:
    """The rows of these checklists, one under the other; a measure that one lacks does not arise."""
    parts = [_part(asked, form, measures) for form in forms]
    dimensions = tuple(dimension(asked, form, name) for form in forms[:1] for name in asked.query.by)
    codes = tuple(next(iter(asked.mirror.words.known((measure.code,))), None) for measure in measures)
    return Source(" UNION ALL ".join(parts), tuple(measures), dimensions, codes)


def _part(asked: Asked, form: FormColumns, measures: Sequence[Measure]) -> str:
    dimensions = [dimension(asked, form, name) for name in asked.query.by]
    while len(dimensions) < 2:
        dimensions.append(NO_DIMENSION)
    columns = [f"{d.sql} AS d{place}" for place, d in enumerate(dimensions)]
    columns += ["v.place", "v.team", "v.report", "v.from_seq", f"{ORDER} AS ord"]
    for place, measure in enumerate(measures):
        sql: Columns = measure.columns[form.code]
        columns += [f"{sql.bits} AS m{place}"]
        if measure.numeric:
            columns += [f"{sql.number} AS x{place}", f"{sql.second} AS y{place}"]
    return f"SELECT {', '.join(columns)} FROM {rows_from(asked, form)}"  # noqa: S608


ORDER = "coalesce(v.arrived, -1000001)::BIGINT * 1099511627776 + v.report"
"""Arrival, then the number of the log. Below 2^63: an arrival is at most a million minutes off, a number below 2^40."""
NO_DIMENSION = Dimension("", "0", lambda _: None)


def rows_from(asked: Asked, form: FormColumns, suspected: bool = False) -> str:
    """FROM and WHERE of the counted reports of a checklist; `suspected`: of its probable duplicates instead."""
    query, at = asked.query, asked.at
    standing = "{0}.from_seq <= " + str(at) + " AND {0}.to_seq > " + str(at)
    tables = form.table + " v"
    if any(getattr(query, name) or name in query.by for name in PLACE_DIMENSIONS):
        tables += f" LEFT JOIN place p ON p.place = v.place AND {standing.format('p')}"
    if query.team_type or "team_type" in query.by:
        tables += f" LEFT JOIN team t ON t.team = v.team AND {standing.format('t')}"
    duplicates = f"(SELECT s.report FROM suspect s WHERE {standing.format('s')})"  # noqa: S608
    conditions = [standing.format("v"), f"v.report {'' if suspected else 'NOT '}IN {duplicates}"]
    return f"{tables} WHERE {' AND '.join(conditions + _conditions(asked, form))}"


def _conditions(asked: Asked, form: FormColumns) -> list[str]:
    query, words = asked.query, asked.mirror.words
    found = [among("v.status", [STATUSES.index(status) for status in query.status])]
    found += [among(f"p.{name}", words.known(values)) for name in PLACE_DIMENSIONS if (values := getattr(query, name))]
    if query.team:
        found.append(among("v.team", asked.mirror.teams.known(query.team)))
    if query.team_type:
        found.append(among("t.team_type", words.known(query.team_type)))
    if query.hour:
        found.append(among("v.hour", query.hour))
    if query.visit:
        found.append(among("v.visit", [VISITS.index(visit) for visit in query.visit]))
    if query.complete:
        found.append(among("v.complete", [COMPLETE.index(complete) for complete in query.complete]))
    if query.received_from is not None:
        found.append(f"v.received_us >= {micros(query.received_from)}")
    if query.received_to is not None:
        found.append(f"v.received_us < {micros(query.received_to)}")
    return found + [_where(asked.questions[form.code][item], options) for item, options in query.where]


def among(column: str, numbers: Sequence[int]) -> str:
    return f"{column} IN ({', '.join(map(str, numbers))})" if numbers else "false"


def _where(question: Question, words: Sequence[str]) -> str:
    """Any of the options, kinds of blank, or the word negative."""
    bits = negative_bits(question.item, question.options) if "negative" in words else 0
    try:
        bits |= named_bits([word for word in words if word != "negative"], question.options)
    except LookupError:
        known = ", ".join((*question.shown_options, *BLANKS, "negative"))
        raise wrong("where", f"this question has {known}") from None
    return f"(v.q{question.column}::HUGEINT & {bits}) <> 0"


def dimension(asked: Asked, form: FormColumns, name: str) -> Dimension:
    """How a `by` is read from the rows of one checklist. Raises UrnaError for a question without options."""
    if name.startswith(ITEM):
        return _item(name, asked.questions[form.code][name.removeprefix(ITEM)])
    if name in PLACE_DIMENSIONS:
        return Dimension(name, f"p.{name}", asked.mirror.words.text)
    match name:
        case "team_type":
            return Dimension(name, "t.team_type", asked.mirror.words.text)
        case "hour":
            return Dimension(name, "v.hour", lambda hour: hour)
        case "hour_band":
            return _listed(name, _hour_band(), HOUR_BANDS)
        case "team":
            return Dimension(name, "v.team", asked.mirror.teams.text)
        case "visit":
            return _listed(name, "v.visit", VISITS)
        case "complete":
            return _listed(name, "v.complete", COMPLETE)
        case "status":
            return _listed(name, "v.status", STATUSES)
    if name == "stage":
        return _listed(name, str(STAGES.index(newest_stage(form, asked.at) or "other")), STAGES)
    codes = [form.code for form in asked.mirror.forms.values()]
    return Dimension(name, str(form.number), lambda number: None if number is None else codes[number])


def _hour_band() -> str:
    tests = " ".join(f"WHEN v.hour < {cut} THEN {place}" for place, cut in enumerate(HOUR_CUTS))
    return f"CASE WHEN v.hour IS NULL THEN NULL {tests} ELSE {len(HOUR_CUTS)} END"


def _listed(name: str, sql: str, values: tuple[str, ...]) -> Dimension:
    return Dimension(name, sql, lambda place: None if place is None else values[place], values)


def _item(name: str, question: Question) -> Dimension:
    """Options and kinds of blank as groups; a visit that chose several options is in the group of each."""
    if not question.is_choice:
        raise wrong("by", "by=item: takes questions with options")
    names = {FIRST_OPTION + place: code for place, code in enumerate(question.options)}
    names |= {bit.bit_length() - 1: blank for blank, bit in BLANKS.items()}
    order = (*question.shown_options, *BLANKS)
    column = f"v.q{question.column}::HUGEINT"
    chosen = f"unnest(list_filter({sorted(names)}, lambda b: ({column} & (1::HUGEINT << b)) <> 0))"
    return Dimension(name, chosen, lambda place: None if place is None else names[place], order)
