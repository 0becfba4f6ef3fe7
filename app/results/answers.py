"""GET /v1/answers: one wide row a report, paged by the number of its first operation.

The mirror says which reports; what they say is folded from the log as of the same number, so nothing is kept twice.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, Engine, select

from app.results.doors import LIMIT_MAX
from app.results.feed import LOG, steps_of
from app.results.mirror import EPOCH_START, Mirror
from app.results.query import COMPLETE, PLACE_DIMENSIONS, STATUSES, Query, wrong
from app.results.results import filters, first_language, label, suspected_duplicates
from app.results.setup import dimensions
from app.results.source import Asked, ask, rows_from
from app.results.stamp import utc
from app.results.trails import Step, checklist_of, context_of, folded, standing
from app.results.visits import place_of
from app.results.wide import Column, Labeller, Values, about, answers_of, columns, csv_row, json_row
from app.store.database import reading

LIMIT = 1000
CHUNK = 500
"""Reports folded at a time, so that a long answer takes little memory."""


class Found(NamedTuple):
    """A report as the mirror knows it."""

    report: int
    from_seq: int
    status: int
    team: int | None
    hour: int | None
    complete: int
    received_us: int


@dataclass(frozen=True)
class Page:
    """What is asked, and the columns that answer it."""

    asked: Asked
    columns: list[Column]
    limit: int | None
    format: str

    @property
    def at(self) -> int:
        return self.asked.at


def page_of(mirror: Mirror, query: Query, at: int, format: str) -> Page:
    """Raises UrnaError `invalid_parameter` for unknown columns, and for CSV of several checklists."""
    asked = ask(mirror, query, at)
    if format == "csv" and len(asked.forms) != 1:
        codes = ", ".join(form.code for form in asked.forms)
        raise wrong("form", f"a CSV file has the columns of one checklist: name one of {codes}")
    questions = [question for form in asked.forms for question in asked.questions[form.code].values()]
    every = columns(questions, query.labels)
    by_name = {column.name: column for column in every}
    if not set(query.fields) <= set(by_name):
        raise wrong("fields", "fields takes columns of this table; /v1/codebook lists the items")
    limit = query.limit or (LIMIT if format == "json" else None)
    return Page(asked, [by_name[name] for name in query.fields] or every, limit, format)


def answers(connection: Connection, page: Page) -> tuple[dict[str, Any], int | None]:
    """The JSON body without its stamp, and `after` of the next page, None on the last."""
    limit = page.limit or LIMIT_MAX
    found = _found(page, _after(page), limit + 1)
    rows = [json_row(page.columns, *row) for row in _rows(connection, page, found[:limit])]
    body = {
        "filters": filters(page.asked.query),
        "fields": [column.name for column in page.columns],
        "rows": rows,
        "suspected_duplicates": suspected_duplicates(page.asked.mirror.cursor(), page.asked),
    }
    return body, found[limit - 1].report if len(found) > limit else None


def next_after(page: Page) -> int | None:
    """`after` of the next page of a file with a limit; None where there is none."""
    if page.limit is None:
        return None
    found = _found(page, _after(page), page.limit + 1)
    return found[page.limit - 1].report if len(found) > page.limit else None


def ndjson(engine: Engine, page: Page) -> Iterator[bytes]:
    """A JSON object a line."""
    for chunk in _chunks(engine, page):
        yield b"".join(orjson.dumps(json_row(page.columns, *row)) + b"\n" for row in chunk)


def csv_file(engine: Engine, page: Page) -> Iterator[bytes]:
    """RFC 4180 in UTF-8, with a header."""
    yield _csv([[column.name for column in page.columns]])
    for chunk in _chunks(engine, page):
        yield _csv(csv_row(page.columns, *row) for row in chunk)


Row = tuple[Values, Values, Mapping[str, str], Labeller]


def _csv(rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _after(page: Page) -> int:
    after = page.asked.query.after
    return after if isinstance(after, int) else -1


def _chunks(engine: Engine, page: Page) -> Iterator[list[Row]]:
    after, left = _after(page), page.limit
    while left is None or left > 0:
        size = CHUNK if left is None else min(CHUNK, left)
        found = _found(page, after, size)
        if not found:
            return
        with reading(engine) as connection:
            yield list(_rows(connection, page, found))
        after, left = found[-1].report, None if left is None else left - len(found)


def _found(page: Page, after: int, limit: int) -> list[Found]:
    names = "v.report, v.from_seq, v.status, v.team, v.hour, v.complete, v.received_us"
    parts = [f"SELECT {names} FROM {rows_from(page.asked, form)}" for form in page.asked.forms]  # noqa: S608
    if not parts:
        return []
    query = f"SELECT * FROM ({' UNION ALL '.join(parts)}) WHERE report > ? ORDER BY report LIMIT ?"  # noqa: S608
    return [Found(*row) for row in page.asked.mirror.cursor().execute(query, [after, limit]).fetchall()]


def _rows(connection: Connection, page: Page, found: Sequence[Found]) -> Iterator[Row]:
    mission, first = page.asked.mirror.mission, first_language(page.asked)
    ids = _report_ids(connection, mission, [one.report for one in found])
    steps = steps_of(connection, mission, sorted(ids.values()), page.at)

    def text(words: Mapping[str, str]) -> str:
        return label(dict(words), page.asked.query.lang, first)

    for one in found:
        row = _row(page, one, ids[one.report], steps[ids[one.report]])
        if row is not None:
            yield (*row, text)


def _report_ids(connection: Connection, mission: str, numbers: Sequence[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for start in range(0, len(numbers), CHUNK):
        some = numbers[start : start + CHUNK]
        query = select(LOG.c.server_seq, LOG.c.report_id).where(LOG.c.mission == mission, LOG.c.server_seq.in_(some))
        found |= {row.server_seq: row.report_id for row in connection.execute(query)}
    return found


def _row(
    page: Page, one: Found, report_id: str, steps: Sequence[Step]
) -> tuple[Values, Values, Mapping[str, str]] | None:
    mirror = page.asked.mirror
    report = folded(steps)
    state = standing(report)
    checklist = checklist_of(mirror, state, one.from_seq)
    if checklist is None:
        return None
    values, blanks = answers_of(checklist, state, context_of(mirror, state, checklist, one.from_seq))
    team = mirror.teams.text(one.team)
    head = {
        "report_id": report_id,
        "server_seq": one.report,
        "version_seq": one.from_seq,
        "received_at": utc(EPOCH_START + timedelta(microseconds=one.received_us)),
        "status": STATUSES[one.status],
        "form": checklist.code,
        "form_version": checklist.version,
        "stage": checklist.stage,
        "team": team,
        "team_type": mirror.team_lists.at(page.at, {}).get(team, {}).get("type"),
        "hour": one.hour,
        "complete": COMPLETE[one.complete],
        **about(report, state),
        **_place(mirror, place_of(state, checklist.place), page.at),
    }
    return head, values, blanks


def _place(mirror: Mirror, key: tuple[str, str] | None, at: int) -> Values:
    fact = mirror.frames.at(at, {}).get(key) if key else None
    found = dimensions(key, fact) if key and fact else {}
    return {name: found.get(name) for name in PLACE_DIMENSIONS}
