"""Reports folded from the log as of a number, for what the mirror does not keep: texts, checks, protocols."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from app.forms.model import Checklist
from app.forms.report import Report, State
from app.results.feed import LOG, steps_of
from app.results.forms import FormColumns
from app.results.query import PLACE_DIMENSIONS
from app.results.setup import PlaceKey, dimensions
from app.results.source import Asked, rows_from
from app.results.trails import checklist_of, context_of, folded, standing, zone_of
from app.results.visits import place_of

AT_ONCE = 500


class Known(NamedTuple):
    """A report as the mirror knows it."""

    report: int
    from_seq: int
    team: int | None
    received_us: int


@dataclass(frozen=True)
class Told:
    """A report that counts, with what it was judged by."""

    report_id: str
    number: int
    """Of its first operation."""
    team: str | None
    received_us: int
    report: Report
    state: State
    checklist: Checklist
    context: Mapping[str, Any]
    """With its header."""
    place: PlaceKey | None
    where: Mapping[str, str | None]
    """Region, commission... of its place."""
    zone: ZoneInfo

    def moment(self, name: str) -> datetime | None:
        """A wall time of its header at its place; an offset that was sent moves nothing."""
        wall = self.state.header.get(name)
        try:
            return datetime.fromisoformat(wall).replace(tzinfo=self.zone) if isinstance(wall, str) else None
        except ValueError:
            return None


def told_of(
    connection: Connection,
    asked: Asked,
    forms: Sequence[FormColumns],
    narrowed: str = "true",
    after: int = -1,
    limit: int | None = None,
) -> Iterator[Told]:
    """The reports of a query in the order of the log. `narrowed`: one more condition over the visits v."""
    names = "v.report, v.from_seq, v.team, v.received_us"
    parts = [f"SELECT {names} FROM {rows_from(asked, form)} AND {narrowed}" for form in forms]  # noqa: S608
    if not parts:
        return
    ordered = f"SELECT * FROM ({' UNION ALL '.join(parts)}) WHERE report > ? ORDER BY report LIMIT ?"  # noqa: S608
    rows = asked.mirror.cursor().execute(ordered, [after, 2**62 if limit is None else limit]).fetchall()
    for start in range(0, len(rows), AT_ONCE):
        yield from _folded(connection, asked, [Known(*row) for row in rows[start : start + AT_ONCE]])


def _folded(connection: Connection, asked: Asked, known: Sequence[Known]) -> Iterator[Told]:
    mission = asked.mirror.mission
    numbers = [one.report for one in known]
    query = select(LOG.c.server_seq, LOG.c.report_id).where(LOG.c.mission == mission, LOG.c.server_seq.in_(numbers))
    ids = {row.server_seq: row.report_id for row in connection.execute(query)}
    steps = steps_of(connection, mission, sorted(ids.values()), asked.at)
    for one in known:
        report = folded(steps[ids[one.report]])
        state = standing(report)
        checklist = checklist_of(asked.mirror, state, one.from_seq)
        if checklist is not None:
            yield _told(asked, one, ids[one.report], report, state, checklist)


def _told(asked: Asked, one: Known, report_id: str, report: Report, state: State, checklist: Checklist) -> Told:
    mirror = asked.mirror
    place = place_of(state, checklist.place)
    fact = mirror.frames.at(asked.at, {}).get(place) if place else None
    own = dimensions(place, fact) if place and fact else {}
    where = {name: own.get(name) for name in PLACE_DIMENSIONS}
    context = context_of(mirror, state, checklist, one.from_seq)
    team, zone = mirror.teams.text(one.team), zone_of(mirror, context, one.from_seq)
    return Told(report_id, one.report, team, one.received_us, report, state, checklist, context, place, where, zone)
