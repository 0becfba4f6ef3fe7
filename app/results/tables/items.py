"""T2, T5, T6: the questions with their blanks, the worst of them, and the irregularities as numbers of places."""

from collections.abc import Iterable, Iterator

from app.results.bits import BLANKS, NEGATIVE, OBSERVED, option_bit
from app.results.forms import FormColumns, Question
from app.results.source import ask, rows_from
from app.results.tables.shape import (
    FLAG,
    NUMBER,
    TEXT,
    WORD,
    Column,
    Part,
    Row,
    by_rank,
    counts,
    is_small,
    ranked,
    shared,
    with_share,
    words,
)
from app.results.tables.stages import weighted, weighted_cells
from app.results.tables.work import Work, negative_of

SEVERITIES = ("critical", "key", "negative")


def t02(work: Work) -> tuple[Part, ...]:
    """Every question that has options or a negative answer, by checklist, with what was not seen beside it."""
    rows = [row for form, _ in work.forms() for row in item_rows(work, form)]
    columns = (
        *words("form", "item", *work.query.by),
        Column("label", TEXT),
        *counts("visits", "n_yes", "n_no", "negative", "observed", *BLANKS),
        shared("share_negative", "negative", "observed"),
        *weighted(work),
        *counts("negative_stations", "stations"),
        Column("rank", NUMBER),
        Column("small_n", FLAG),
    )
    return (Part("items", ("form", "item", *work.query.by), columns, rows, sentence="item"),)


def t05(work: Work) -> tuple[Part, ...]:
    """The worst first, by stage: share of the observed, and at how many places."""
    found = (
        {**row, "stage": newest.stage}
        for form, newest in work.forms()
        for row in by_rank(item_rows(work, form))
        if row["negative"]
    )
    columns = (
        *words("stage", "form", "item", *work.query.by),
        Column("label", TEXT),
        *counts("negative", "observed"),
        shared("share_negative", "negative", "observed"),
        *counts("negative_stations", "stations"),
        Column("rank", NUMBER),
        Column("small_n", FLAG),
    )
    return (Part("problems", ("stage", "form", "item", *work.query.by), columns, list(found), sentence="item"),)


def item_rows(work: Work, form: FormColumns) -> list[Row]:
    """One row a question and group, ranked within the checklist."""
    own = work.with_query(form=(form.code,))
    entries = own.entries(question=work.query.question or ("*",), by=work.query.by)
    found = [
        _item_row(entry, row, work.is_by_station)
        for entry in entries
        if entry["question"]["negative"] or (entry["rows"] and (entry["rows"][0]["counts"] or _is_negative(entry)))
        for row in entry["rows"]
    ]
    return [with_share(row, "share_negative", "negative", "observed") for row in ranked(found, "negative", "observed")]


def _is_negative(entry: Row) -> bool:
    return entry["rows"][0]["negative_visits"] is not None


def _item_row(entry: Row, row: Row, by_station: bool) -> Row:
    question, negative = entry["question"], negative_of(entry, row, by_station)
    yes_no = {f"n_{code}": row["counts"].get(code) for code in ("yes", "no")}
    return {
        "form": question["form"],
        "item": question["code"],
        **row["by"],
        "label": question["label"],
        "visits": row["visits"],
        **yes_no,
        "negative": negative,
        "observed": row["observed"],
        **{name: row[name] for name in BLANKS},
        **weighted_cells(row),
        "negative_stations": row["negative_stations"],
        "stations": row["stations"],
        "small_n": is_small(row["observed"]),
    }


def t06(work: Work) -> tuple[Part, ...]:
    """Irregularities: instances, distinct places, regions touched. They are counts and are never weighted."""
    rows = [row for form, newest in work.forms() for row in _irregular(work, form, newest.stage)]
    columns = (
        *words("stage", "form", "item"),
        Column("label", TEXT),
        Column("severity", WORD),
        *counts("instances", "stations", "regions", "observed"),
    )
    return (Part("irregularities", ("stage", "form", "item"), columns, rows, sentence="irregular"),)


def _irregular(work: Work, form: FormColumns, stage: str) -> Iterator[Row]:
    questions = list(serious(work.questions(form).values()))
    if not questions:
        return
    own = ask(work.mirror, work.with_query(form=(form.code,), by=("region",)).query, work.at)
    figures = ", ".join(_figures(question, bits) for question, _, bits in questions)
    found = work.mirror.cursor().execute(f"SELECT {figures} FROM {rows_from(own, form)}").fetchone()  # noqa: S608
    assert found is not None, "counts without groups are one row"
    for place, (question, severity, _) in enumerate(questions):
        instances, stations, regions, observed = found[4 * place : 4 * place + 4]
        head = {"stage": stage, "form": form.code, "item": question.item.code, "label": work.text(question.item.label)}
        figures_of = {"instances": instances, "stations": stations, "regions": regions, "observed": observed}
        yield {**head, "severity": severity, **figures_of}


def serious(questions: Iterable[Question]) -> Iterator[tuple[Question, str, int]]:
    """Questions with an answer that is key or critical, and the bits of these answers; of a checklist that marks
    none, those with a negative answer."""
    known = list(questions)
    marked = [(q, "critical" if q.item.critical_when else "key", _bits(q, "key") | _bits(q, "critical")) for q in known]
    chosen = [one for one in marked if one[2]]
    yield from chosen or [(q, "negative", bits) for q in known if (bits := _bits(q, "negative"))]


def _bits(question: Question, name: str) -> int:
    when = getattr(question.item, f"{name}_when")
    if isinstance(when, str):
        return NEGATIVE if when and when == question.item.negative_when else 0
    return sum(option_bit(question.options, code) for code in when if code in question.options)


def _figures(question: Question, bits: int) -> str:
    column = f"v.q{question.column}"
    chosen = f"FILTER (({column}::HUGEINT & {bits}) <> 0)"
    places = f"count(DISTINCT v.place) {chosen}, count(DISTINCT p.region) {chosen}"
    return f"count(*) {chosen}, {places}, count(*) FILTER ({column} >= {OBSERVED})"
