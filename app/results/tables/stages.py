"""T1: the summary of each stage: what was to be seen, what was seen, how it was assessed."""

from dataclasses import replace
from typing import Any

from app.results.coverage import coverage
from app.results.forms import FormColumns
from app.results.tables.shape import FLAG, NUMBER, WORD, Column, Part, Row, counts, is_small, shared, with_share, words
from app.results.tables.work import Work, negative_of

SCALE = ("very_good", "good", "bad", "very_bad")
UNSEEN = ("not_observed", "no_access", "missing")


def t01(work: Work) -> tuple[Part, ...]:
    """One row a checklist; shares of its overall assessment, of all visits and of those that saw everything."""
    rows = [_row(work, form, newest.stage, newest.overall) for form, newest in work.forms()]
    columns = (
        *words("stage", "form"),
        *counts("expected", "received"),
        shared("coverage", "received", "expected"),
        *counts("visits", "stations", "teams", "place_unknown", *SCALE, "observed", "negative"),
        shared("share_negative", "negative", "observed"),
        *counts("negative_full", "observed_full"),
        shared("share_negative_full", "negative_full", "observed_full"),
        *counts("not_assessed"),
        *weighted(work),
        Column("ci_low", NUMBER),
        Column("ci_high", NUMBER),
        Column("ci_reason", WORD),
        Column("small_n", FLAG),
    )
    return (Part("stages", ("stage", "form"), columns, rows, sentence="assessed"),)


def _row(work: Work, form: FormColumns, stage: str, overall: str | None) -> Row:
    own = work.with_query(form=(form.code,))
    seen = coverage(work.connection, work.mirror, replace(own.query, by=()), work.at)["rows"][0]
    head = {name: seen[name] for name in ("expected", "received", "coverage", "visits", "stations", "teams")}
    row = {"stage": stage, "form": form.code, **head, "place_unknown": seen["place_unknown"]}
    if overall is None or overall not in work.questions(form):
        return {**row, **dict.fromkeys(_ASSESSED), "small_n": True}
    return {**row, **_assessed(own, overall)}


_ASSESSED = (
    *SCALE, "observed", "negative", "share_negative", "negative_full", "observed_full", "share_negative_full",
    "not_assessed", "ci_low", "ci_high", "ci_reason",
)  # fmt: skip


def _assessed(work: Work, overall: str) -> Row:
    [entry] = work.entries(question=(overall,))
    [row] = entry["rows"]
    [whole] = work.entries(question=(overall,), complete=("full",))
    [full] = whole["rows"]
    low, high = (row["ci"] or {}).get("negative", (None, None))
    found = {
        **{name: row["counts"].get(name) for name in SCALE},
        "observed": row["observed"],
        "negative": negative_of(entry, row, work.is_by_station),
        "negative_full": negative_of(whole, full, work.is_by_station),
        "observed_full": full["observed"],
        "not_assessed": sum(row[name] for name in UNSEEN),
        "ci_low": low,
        "ci_high": high,
        "ci_reason": row["ci_reason"],
        "small_n": is_small(row["observed"]),
        **weighted_cells(row),
    }
    found = with_share(found, "share_negative", "negative", "observed")
    return with_share(found, "share_negative_full", "negative_full", "observed_full")


def weighted(work: Work) -> tuple[Column, ...]:
    """The second column, where it is asked for."""
    return (Column("share_weighted", NUMBER), Column("weights_reason", WORD)) if work.query.weights else ()


def weighted_cells(row: Row) -> dict[str, Any]:
    """Its two cells, of a row of the results."""
    shares = row.get("share_weighted") or {}
    return {"share_weighted": shares.get("negative"), "weights_reason": row.get("weights_reason")}
