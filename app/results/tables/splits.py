"""T3 and T4: the assessment by region, hour, team..., and every question by the overall assessment."""

from collections.abc import Iterator

from app.results.bits import BLANKS, negative_options
from app.results.duck import Connection
from app.results.forms import FormColumns
from app.results.query import ITEM
from app.results.source import ask, rows_from
from app.results.tables.shape import (
    FLAG,
    NUMBER,
    TEXT,
    Column,
    Part,
    Row,
    by_rank,
    counts,
    is_small,
    shared,
    with_share,
    words,
)
from app.results.tables.stages import weighted, weighted_cells
from app.results.tables.work import Work, negative_of

SPLITS = ("region", "commission", "settlement", "ps_type", "hour_band", "team_type", "visit")
SIDES = ("positive", "negative")


def t03(work: Work) -> tuple[Part, ...]:
    """The overall assessment (or the questions of question=) split by each dimension in turn, or by those of by=."""
    splits = [(work.query.by)] if work.query.by else [(name,) for name in SPLITS]
    rows = [row for form, newest in work.forms() for by in splits for row in _split(work, form, newest.overall, by)]
    columns = (
        *words("form", "item", "dimension", "value"),
        *counts("visits", "stations", "teams", "negative", "observed", *BLANKS),
        shared("share_negative", "negative", "observed"),
        *weighted(work),
        Column("small_n", FLAG),
    )
    return (Part("splits", ("form", "item", "dimension", "value"), columns, rows, sentence="split"),)


def _split(work: Work, form: FormColumns, overall: str | None, by: tuple[str, ...]) -> Iterator[Row]:
    asked = work.query.question if work.query.question != ("*",) else (overall,) if overall else ()
    chosen = tuple(code for code in asked if code in work.questions(form))
    if not chosen:
        return
    for entry in work.with_query(form=(form.code,)).entries(question=chosen, by=by):
        for row in entry["rows"]:
            value = " / ".join("" if part is None else str(part) for part in row["by"].values())
            head = {"form": form.code, "item": entry["question"]["code"], "dimension": "/".join(by), "value": value}
            seen = {name: row[name] for name in ("visits", "stations", "teams", "observed", *BLANKS)}
            negative = negative_of(entry, row, work.is_by_station)
            cells = {**head, **seen, "negative": negative, "label": entry["question"]["label"], **weighted_cells(row)}
            yield with_share({**cells, "small_n": is_small(row["observed"])}, "share_negative", "negative", "observed")


def t04(work: Work) -> tuple[Part, ...]:
    """Which answers go with a negative assessment: the share of bad answers among visits assessed either way."""
    rows = [row for form, newest in work.forms() for row in _crossed(work, form, newest.overall)]
    sides = [f"{figure}_{side}" for side in SIDES for figure in ("negative", "observed")]
    columns = (
        *words("form", "item"),
        Column("label", TEXT),
        *counts(*sides),
        *(shared(f"share_{side}", f"negative_{side}", f"observed_{side}") for side in SIDES),
        Column("difference", NUMBER),
        Column("rank", NUMBER),
        Column("small_n", FLAG),
    )
    critical = [row for form, newest in work.forms() for row in _critical(work, form, newest.overall)]
    seen = (
        *words("form", "assessment"),
        *counts("visits", "critical_answers", "with_critical"),
        Column("per_report", NUMBER),
        shared("share_with_critical", "with_critical", "visits"),
    )
    return (
        Part("crossed", ("form", "item"), columns, rows, sentence="crossed"),
        Part("critical", ("form", "assessment"), seen, critical),
    )


def _crossed(work: Work, form: FormColumns, overall: str | None) -> list[Row]:
    if overall is None or overall not in work.questions(form):
        return []
    bad = negative_options(work.questions(form)[overall].item)
    own = work.with_query(form=(form.code,), unit="visit")
    found = []
    for entry in own.entries(by=(ITEM + overall,)):
        if entry["question"]["code"] == overall or not entry["rows"] or entry["rows"][0]["negative_visits"] is None:
            continue
        told = [(_side(row["by"][ITEM + overall], bad), row) for row in entry["rows"]]
        found.append(_compared(entry, {side: [row for own, row in told if own == side] for side in SIDES}))
    return by_rank(_by_difference(found))


def _by_difference(rows: list[Row]) -> Iterator[Row]:
    apart = sorted({row["difference"] for row in rows if row["difference"] is not None}, reverse=True)
    for row in rows:
        yield {**row, "rank": None if row["difference"] is None else 1 + apart.index(row["difference"])}


def _side(option: object, bad: tuple[str, ...]) -> str | None:
    if option in BLANKS:
        return None
    return "negative" if option in bad else "positive"


def _compared(entry: Row, sides: dict[str, list[Row]]) -> Row:
    row: Row = {name: entry["question"][name] for name in ("form", "label")}
    row["item"] = entry["question"]["code"]
    for side, rows in sides.items():
        row[f"negative_{side}"] = sum(one["negative_visits"] for one in rows)
        row[f"observed_{side}"] = sum(one["observed"] for one in rows)
        row = with_share(row, f"share_{side}", f"negative_{side}", f"observed_{side}")
    shares = row["share_negative"], row["share_positive"]
    row["difference"] = None if None in shares else shares[0] - shares[1]
    row["small_n"] = any(is_small(row[f"observed_{side}"]) for side in SIDES)
    return row


def _critical(work: Work, form: FormColumns, overall: str | None) -> Iterator[Row]:
    """Critical answers of the reports assessed either way."""
    question = work.questions(form).get(overall or "")
    if question is None:
        return
    bad, options = negative_options(question.item), question.shown_options
    for side in SIDES:
        wanted = tuple(code for code in options if (code in bad) == (side == "negative"))
        where = (*work.query.where, (question.item.code, wanted))
        own = ask(work.mirror, work.with_query(form=(form.code,), where=where).query, work.at)
        figures = "count(*), coalesce(sum(v.critical), 0)::BIGINT, count(*) FILTER (v.critical > 0)"
        cursor: Connection = work.mirror.cursor()
        found = cursor.execute(f"SELECT {figures} FROM {rows_from(own, form)}").fetchone() or (0, 0, 0)  # noqa: S608
        row = {"form": form.code, "assessment": side, **dict(zip(_CRITICAL, found, strict=True))}
        row["per_report"] = row["critical_answers"] / row["visits"] if row["visits"] else None
        yield with_share(row, "share_with_critical", "with_critical", "visits")


_CRITICAL = ("visits", "critical_answers", "with_critical")
