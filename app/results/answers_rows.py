"""The reports behind a query, one wide row each: the mirror says which and how each answer counts, the projection of a
report what it said. A report that has changed since the number asked for is folded from the log, up to that number.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, Engine, select

from app.forms.report import as_plain
from app.results.bits import OBSERVED
from app.results.feed import LOG, steps_of
from app.results.forms import FormColumns
from app.results.mirror import EPOCH_START, Mirror
from app.results.query import COMPLETE, PLACE_DIMENSIONS, STATUSES
from app.results.setup import Fact, dimensions
from app.results.source import Asked, rows_from
from app.results.stamp import utc
from app.results.trails import folded
from app.results.visits import questions
from app.results.wide import NAMES, Row, Values, about
from app.store.database import reading
from app.store.tables import Report, table

REPORTS = table(Report)
CHUNK = 500
"""Reports read at a time, so that a long answer takes little memory."""
PICKED = "v.report, v.from_seq, v.status, v.version, v.place, v.team, v.hour, v.complete, v.received_us"


class Found(NamedTuple):
    """A report as the mirror knows it. `form` is the number of its checklist's table."""

    form: int
    report: int
    from_seq: int
    status: int
    version: int
    place: int | None
    team: int | None
    hour: int | None
    complete: int
    received_us: int


@dataclass(frozen=True)
class Told:
    """What a report said: its id, itself and the state that counts, as plain JSON."""

    report_id: str
    report: Mapping[str, Any]
    state: Mapping[str, Any]


def select_found(asked: Asked, form: FormColumns) -> str:
    """SQL of the counted reports of one checklist."""
    return f"SELECT {form.number} AS form, {PICKED} FROM {rows_from(asked, form)}"  # noqa: S608


def find(asked: Asked, after: int, limit: int) -> list[Found]:
    """The next reports after a number, in the order of the log."""
    if not asked.forms:
        return []
    every = " UNION ALL ".join(select_found(asked, form) for form in asked.forms)
    query = f"SELECT * FROM ({every}) WHERE report > ? ORDER BY report LIMIT ?"  # noqa: S608
    return [Found(*row) for row in asked.mirror.cursor().execute(query, [after, limit]).fetchall()]


def count(asked: Asked) -> tuple[int, str]:
    """How many reports the query leaves, and by which versions they were filled in: "B 1, B 2"."""
    versions: list[str] = []
    total = 0
    for form in asked.forms:
        query = f"SELECT v.version, count(*) FROM {rows_from(asked, form)} GROUP BY v.version ORDER BY 1"  # noqa: S608
        for version, reports in asked.mirror.cursor().execute(query).fetchall():
            versions.append(f"{form.code} {version}")
            total += reports
    return total, ", ".join(versions)


def every_row(engine: Engine, asked: Asked, after: int, limit: int | None) -> Iterator[Row]:
    """All rows after a number, read in chunks, each in a transaction of its own."""
    left = limit
    while left is None or left > 0:
        found = find(asked, after, CHUNK if left is None else min(CHUNK, left))
        if not found:
            return
        with reading(engine) as connection:
            rows = list(rows_of(connection, asked, found))
        yield from rows
        after, left = found[-1].report, None if left is None else left - len(found)


def rows_of(connection: Connection, asked: Asked, found: Sequence[Found]) -> Iterator[Row]:
    """The wide rows of these reports, in their order."""
    told = _told(connection, asked, [one.report for one in found])
    bits = _bits(asked, found)
    forms = {form.number: form for form in asked.mirror.forms.values()}
    places: dict[int | None, Values] = {None: dict.fromkeys(PLACE_DIMENSIONS)}
    frame, teams = asked.mirror.frames.at(asked.at, {}), asked.mirror.team_lists.at(asked.at, {})
    for one in found:
        if one.place not in places:
            places[one.place] = _place(asked.mirror, one.place or 0, frame)
        yield _row(asked, one, forms[one.form], told[one.report], bits[one.report], places[one.place], teams)


def _row(
    asked: Asked,
    one: Found,
    form: FormColumns,
    told: Told,
    bits: Sequence[int],
    place: Values,
    teams: Mapping[str, Fact],
) -> Row:
    checklist = form.version(one.version, asked.at)
    assert checklist is not None, "the mirror reads a report by a published version"
    team = asked.mirror.teams.text(one.team)
    head = {
        "report_id": told.report_id,
        "server_seq": one.report,
        "version_seq": one.from_seq,
        "received_at": utc(EPOCH_START + timedelta(microseconds=one.received_us)),
        "status": STATUSES[one.status],
        "form": form.code,
        "form_version": one.version,
        "stage": checklist.stage,
        "team": team,
        "team_type": teams.get(team or "", {}).get("type"),
        "hour": one.hour,
        "complete": COMPLETE[one.complete],
        **about(told.report, told.state),
        **place,
    }
    answers = told.state["answers"]
    values, blanks = {}, {}
    for item in questions(checklist):
        own = bits[form.columns[item.code]]
        if own >= OBSERVED:
            values[item.code] = answers.get(item.code)
        else:
            blanks[item.code] = NAMES[own]
    return Row(head, values, blanks)


def _bits(asked: Asked, found: Sequence[Found]) -> dict[int, Sequence[int]]:
    """Report -> the bits of its answers, by column."""
    bits: dict[int, Sequence[int]] = {}
    cursor = asked.mirror.cursor()
    for form in asked.mirror.forms.values():
        own = [one.report for one in found if one.form == form.number]
        if own:
            columns = "".join(f", q{column}" for column in range(len(form.columns)))
            standing = f"from_seq <= {asked.at} AND to_seq > {asked.at}"
            listed = ", ".join(map(str, own))
            query = f"SELECT report{columns} FROM {form.table} WHERE {standing} AND report IN ({listed})"  # noqa: S608
            bits |= {row[0]: row[1:] for row in cursor.execute(query).fetchall()}
    return bits


def _told(connection: Connection, asked: Asked, numbers: Sequence[int]) -> dict[int, Told]:
    """Number of the first operation -> what the report said as of the number asked for."""
    mission = asked.mirror.mission
    ids = ids_of(connection, mission, numbers)
    known = _projected(connection, mission, list(ids.values()), asked.at)
    changed = [report_id for report_id in ids.values() if report_id not in known]
    for report_id, steps in steps_of(connection, mission, sorted(changed), asked.at).items():
        report = as_plain(folded(steps))
        known[report_id] = Told(report_id, report, report["counted"] or report["latest"])
    return {number: known[report_id] for number, report_id in ids.items()}


def _projected(connection: Connection, mission: str, ids: Sequence[str], at: int) -> dict[str, Told]:
    """Reports that stand as they did at a number. One that is held is read otherwise, by the fold."""
    found: dict[str, Told] = {}
    for start in range(0, len(ids), CHUNK):
        here = (REPORTS.c.mission == mission) & REPORTS.c.report_id.in_(ids[start : start + CHUNK])
        unchanged = (REPORTS.c.last_seq <= at) & (REPORTS.c.status != "held")
        for row in connection.execute(select(REPORTS.c.report_id, REPORTS.c.state).where(here, unchanged)):
            report = orjson.loads(row.state)
            found[row.report_id] = Told(row.report_id, report, report["counted"] or report["latest"])
    return found


def ids_of(connection: Connection, mission: str, numbers: Sequence[int]) -> dict[int, str]:
    """Number of a report's first operation -> its id."""
    found: dict[int, str] = {}
    for start in range(0, len(numbers), CHUNK):
        some = numbers[start : start + CHUNK]
        query = select(LOG.c.server_seq, LOG.c.report_id).where(LOG.c.mission == mission, LOG.c.server_seq.in_(some))
        found |= {row.server_seq: row.report_id for row in connection.execute(query)}
    return found


def _place(mirror: Mirror, number: int, frame: Mapping[tuple[str, str], Fact]) -> Values:
    key = mirror.place_key(number)
    found = dimensions(key, frame[key]) if key in frame else {}
    return {name: found.get(name) for name in PLACE_DIMENSIONS}
