"""T10 and T12: when it was seen and when it came in, and how many had voted by when."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime

from app.results.forms import FormColumns
from app.results.mirror import micros
from app.results.source import rows_from
from app.results.tables.shape import NUMBER, Column, Part, Row, counts, shared, with_share, words
from app.results.tables.work import Work

FREEZE = "freeze_at"
"""Setting of the mission: the moment, with its offset, at which the figures of the statement were taken."""
VOTED, LISTED = "B17", "B15"
LAGS = ("lag_median_min", "lag_p90_min", "lag_max_min")


def t10(work: Work) -> tuple[Part, ...]:
    """By hour of election day: visits that began, and reports that came in; how long they took; what came late."""
    hours = (*words("hour"), *counts("observed", "received", "observed_so_far", "received_so_far"))
    lags = (
        *words("stage", "form"),
        *counts("visits", "n"),
        *(Column(name, NUMBER) for name in LAGS),
        *counts("late", "amended_after_freeze"),
    )
    each = [_lag(work, form, newest.stage) for form, newest in work.forms()]
    return (
        Part("hours", ("hour",), hours, list(_hours(work))),
        Part("lags", ("stage", "form"), lags, each, sentence="lag"),
    )


def _hours(work: Work) -> Iterator[Row]:
    """On the clocks of the places; an hour after midnight goes on from 24."""
    observed: Counter[int] = Counter()
    received: Counter[int] = Counter()
    clock = f"(v.received_us // 60000000 - {_midnight_min(work.mirror.day())} + v.offset_min) // 60"
    for form in work.asked.forms:
        query = f"SELECT v.arrived // 60, {clock}, count(*) FROM {rows_from(work.asked, form)} GROUP BY ALL"  # noqa: S608
        for seen, came, count in work.mirror.cursor().execute(query).fetchall():
            received[came] += count
            observed[seen] += 0 if seen is None else count
    so_far = Counter({"observed_so_far": 0, "received_so_far": 0})
    for hour in sorted({*observed, *received} - {None}):
        so_far.update(observed_so_far=observed[hour], received_so_far=received[hour])
        yield {"hour": hour, "observed": observed[hour], "received": received[hour], **so_far}


def _midnight_min(day: date) -> int:
    """00:00 UTC of election day, in minutes since 1970."""
    return micros(datetime(day.year, day.month, day.day, tzinfo=UTC)) // 60_000_000


def _lag(work: Work, form: FormColumns, stage: str) -> Row:
    """Minutes from the end of a visit (from its beginning, where that is all that is known) to its first finish."""
    ended = f"(coalesce(v.departed, v.arrived) - v.offset_min + {_midnight_min(work.mirror.day())})"
    lag = f"(v.received_us / 60000000.0 - {ended})"
    figures = [f"count(*), count({lag}), quantile_cont({lag}, 0.5), quantile_cont({lag}, 0.9), max({lag})"]
    if (freeze := _freeze(work)) is None:
        figures.append("NULL, NULL")
    else:
        moment, number = freeze
        late = f"v.received_us > {moment}"
        figures.append(f"count(*) FILTER ({late}), count(*) FILTER (NOT {late} AND v.from_seq > {number})")
    query = f"SELECT {', '.join(figures)} FROM {rows_from(work.asked, form)}"  # noqa: S608
    found = work.mirror.cursor().execute(query).fetchone()
    assert found is not None, "counts without groups are one row"
    names = ("visits", "n", *LAGS, "late", "amended_after_freeze")
    return {"stage": stage, "form": form.code, **dict(zip(names, found, strict=True))}


def _freeze(work: Work) -> tuple[int, int] | None:
    """(microseconds, number of the log) of the freeze; None where none was named, or none that can be read."""
    try:
        moment = datetime.fromisoformat(str(work.mirror.settings(work.at).get(FREEZE)))
    except ValueError:
        return None
    return (micros(moment), work.mirror.number_at(moment)) if moment.utcoffset() is not None else None


def t12(work: Work) -> tuple[Part, ...]:
    """Voters who had voted of voters listed, at the visits of each hour that knew both. No sample: no turnout."""
    columns = (*words("form", "hour"), *counts("n", "voted", "listed"), shared("ratio", "voted", "listed"))
    rows = [row for form, _ in work.forms() for row in _turnout(work, form)]
    return (Part("turnout", ("form", "hour"), columns, rows, sentence="turnout"),)


def _turnout(work: Work, form: FormColumns) -> Iterator[Row]:
    voted, listed = (work.of_ids(form, (name,)) for name in (VOTED, LISTED))
    if not voted or not listed:
        return
    ratio = (voted[0].item.code, listed[0].item.code)
    [entry] = work.with_query(form=(form.code,)).entries(question=(), ratio=ratio, by=("hour",))
    for row in entry["rows"]:
        numeric = row["numeric"]
        cells = {"n": numeric["n"], "voted": numeric["numerator"], "listed": numeric["denominator"]}
        yield with_share({"form": form.code, "hour": row["by"]["hour"], **cells}, "ratio", "voted", "listed")
