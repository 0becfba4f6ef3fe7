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
"""Reports read from the database at a time, so that a long answer takes little memory."""
BLOCK = 10 * CHUNK
"""Reports looked up in the mirror at a time: each time it is read through as a whole."""
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
        found = find(asked, after, BLOCK if left is None else min(BLOCK, left))
        if not found:
            return
        facts = Facts(asked, found)
        for start in range(0, len(found), CHUNK):
            some = found[start : start + CHUNK]
            with reading(engine) as connection:
                told = _told(connection, asked, [one.report for one in some])
            for one in some:
                yield facts.row(one, told[one.report])
        after, left = found[-1].report, None if left is None else left - len(found)


def rows_of(connection: Connection, asked: Asked, found: Sequence[Found]) -> Iterator[Row]:
    """The wide rows of these reports, in their order."""
    told = _told(connection, asked, [one.report for one in found])
    facts = Facts(asked, found)
    for one in found:
        yield facts.row(one, told[one.report])


class Facts:
    """What the mirror knows of some reports beside what they said: their bits, places, teams and checklists."""

    def __init__(self, asked: Asked, found: Sequence[Found]) -> None:
        mirror = asked.mirror
        self._asked, self._bits = asked, _bits(asked, found)
        self._forms = {form.number: form for form in mirror.forms.values()}
        frame = mirror.frames.at(asked.at, {})
        self._places = {number: _place(mirror, number, frame) for number in {one.place for one in found}}
        teams: Mapping[str, Fact] = mirror.team_lists.at(asked.at, {})
        self._teams = {number: _team(mirror.teams.text(number), teams) for number in {one.team for one in found}}
        self._read = {key: self._reading(*key) for key in {(one.form, one.version) for one in found}}

    def row(self, one: Found, told: Told) -> Row:
        """The wide row of one of these reports."""
        reading, bits, answers = self._read[one.form, one.version], self._bits[one.report], told.state["answers"]
        values: Values = {}
        blanks: dict[str, str] = {}
        for code, column in reading.columns:
            own = bits[column]
            if own >= OBSERVED:
                values[code] = answers.get(code)
            else:
                blanks[code] = NAMES[own]
        return Row(self._head(one, told, reading), values, blanks)

    def _head(self, one: Found, told: Told, reading: "Reading") -> Values:
        return {
            "report_id": told.report_id,
            "server_seq": one.report,
            "version_seq": one.from_seq,
            "received_at": utc(EPOCH_START + timedelta(microseconds=one.received_us)),
            "status": STATUSES[one.status],
            "form": reading.form,
            "form_version": one.version,
            "stage": reading.stage,
            **self._teams[one.team],
            "hour": one.hour,
            "complete": COMPLETE[one.complete],
            **about(told.report, told.state),
            **self._places[one.place],
        }

    def _reading(self, form_number: int, version: int) -> "Reading":
        form = self._forms[form_number]
        checklist = form.version(version, self._asked.at)
        assert checklist is not None, "the mirror reads a report by a published version"
        columns = tuple((item.code, form.columns[item.code]) for item in questions(checklist))
        return Reading(form.code, checklist.stage, columns)


class Reading(NamedTuple):
    """How a version of a checklist is read: its questions with their columns in the mirror."""

    form: str
    stage: str
    columns: tuple[tuple[str, int], ...]


def _bits(asked: Asked, found: Sequence[Found]) -> dict[int, Sequence[int]]:
    """Report -> the bits of its answers, by column."""
    bits: dict[int, Sequence[int]] = {}
    cursor = asked.mirror.cursor()
    for form in asked.mirror.forms.values():
        own = [one.report for one in found if one.form == form.number]
        if own:
            columns = "".join(f", q{column}" for column in range(len(form.columns)))
            standing = f"from_seq <= {asked.at} AND to_seq > {asked.at}"
            among = "report IN (SELECT unnest(?::BIGINT[]))"
            query = f"SELECT report{columns} FROM {form.table} WHERE {standing} AND {among}"  # noqa: S608
            bits |= {row[0]: row[1:] for row in cursor.execute(query, [own]).fetchall()}
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


def _place(mirror: Mirror, number: int | None, frame: Mapping[tuple[str, str], Fact]) -> Values:
    key = None if number is None else mirror.place_key(number)
    found = dimensions(key, frame[key]) if key is not None and key in frame else {}
    return {name: found.get(name) for name in PLACE_DIMENSIONS}


def _team(code: str | None, teams: Mapping[str, Fact]) -> Values:
    return {"team": code, "team_type": teams.get(code or "", {}).get("type")}
