"""What a phone's team needs, as changes since a cursor: set-up, the team's reports, releases of held operations.

Everything has a `rev`, the number of the log that last changed it, and is sent as it stands now; a thing that changes
while a phone pages comes again later, and none is stepped over, for numbers appear in their order.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, func, select

from app.forms.report import STAFF_RELEASE
from app.store.checkpoints import Checkpoint, sign_checkpoint
from app.store.log import BLOB, HEAD, LOG
from app.store.seal import Seal
from app.store.tables import ChecklistVersion, Mission, Plan, Region, Report, Team, table
from app.sync.cursor import START, Position, read_cursor, write_cursor

MISSIONS, TEAMS, PLANS, REGIONS = table(Mission), table(Team), table(Plan), table(Region)
CHECKLISTS, REPORTS = table(ChecklistVersion), table(Report)
SETUP = "setup"
"""Author of the entries that set a mission up."""
MISSION_FACTS = ("code", "name", "day", "zone", "languages", "settings")
TEAM_FACTS = ("code", "region", "members", "type")
# Every pull asks these: built once, they cost half of what they cost when built each time.
_EPOCH = select(HEAD.c.epoch).where(HEAD.c.mission == bindparam("of"))
_SET_UP = (
    select(LOG.c.kind, func.max(LOG.c.server_seq))
    .where(LOG.c.mission == bindparam("of"), LOG.c.author == SETUP)
    .group_by(LOG.c.kind)
)
_REPORTS = (
    select(REPORTS.c.report_id, REPORTS.c.last_seq, REPORTS.c.state)
    .where(REPORTS.c.mission == bindparam("of"), REPORTS.c.team == bindparam("team"))
    .where(REPORTS.c.last_seq >= bindparam("rev"))
    .order_by(REPORTS.c.last_seq, REPORTS.c.report_id)
    .limit(bindparam("at_most"))
)
_MISSION = select(MISSIONS).where(MISSIONS.c.code == bindparam("of"))
_TEAM = select(TEAMS).where(TEAMS.c.mission == bindparam("of"), TEAMS.c.code == bindparam("team"))
_REGIONS = select(REGIONS).where(
    REGIONS.c.mission == bindparam("of"), REGIONS.c.from_seq >= bindparam("rev"), REGIONS.c.blob.is_not(None)
)
_FORMS = (
    select(CHECKLISTS).where(CHECKLISTS.c.mission == bindparam("of")).order_by(CHECKLISTS.c.version, CHECKLISTS.c.code)
)
_PLAN = (
    select(PLANS.c.position, PLANS.c.place, PLANS.c.stage)
    .where(PLANS.c.mission == bindparam("of"), PLANS.c.team == bindparam("team"))
    .order_by(PLANS.c.position)
)
_RELEASES = (
    select(LOG.c.server_seq, LOG.c.body)
    .where(LOG.c.mission == bindparam("of"), LOG.c.report_id.in_(bindparam("ids", expanding=True)))
    .where(LOG.c.kind == STAFF_RELEASE, LOG.c.server_seq >= bindparam("rev"))
    .order_by(LOG.c.server_seq)
)
_USED_FORMS = (
    select(REPORTS.c.form, REPORTS.c.form_version)
    .where(REPORTS.c.mission == bindparam("of"), REPORTS.c.report_id.in_(bindparam("ids", expanding=True)))
    .distinct()
)


@dataclass(frozen=True)
class Change:
    position: Position
    data: Any

    def as_plain(self) -> dict[str, Any]:
        rev, kind, id_ = self.position
        return {"type": kind, "id": id_, "rev": rev, "deleted": False, "data": self.data}


@dataclass(frozen=True)
class Page:
    epoch: str
    changes: list[Change]
    cursor: str
    more: bool

    def as_json(self, checkpoint: Checkpoint | None = None) -> bytes:
        changes = [change.as_plain() for change in self.changes]
        said = {"kind": "urna.pull", "epoch": self.epoch, "changes": changes, "cursor": self.cursor, "more": self.more}
        return orjson.dumps({**said, "checkpoint": asdict(checkpoint) if checkpoint else None})


def pull(connection: Connection, mission: str, team: str, cursor: str | None, limit: int) -> Page | None:
    """Up to `limit` changes after `cursor`, and what goes with them; None for a cursor of another epoch or team."""
    epoch = connection.execute(_EPOCH, {"of": mission}).scalar_one()
    after = START if cursor is None else read_cursor(cursor, epoch, mission, team)
    if after is None:
        return None
    found = [change for change in _changes(connection, mission, team, after, limit) if change.position > after]
    found.sort(key=lambda change: change.position)
    changes = found[:limit]
    stand = changes[-1].position if changes else after
    beside = _beside(connection, mission, changes, after)
    return Page(epoch, [*beside, *changes], write_cursor(epoch, mission, team, stand), len(found) > limit)


def checkpoint(connection: Connection, seal: Seal, mission: str) -> Checkpoint:
    """Where the log and the audit trail stand in this very snapshot, signed: every phone holds the whole to account."""
    return sign_checkpoint(connection, seal, mission, datetime.now(UTC))


def read_blob(connection: Connection, mission: str, sha256: str) -> tuple[bytes, str] | None:
    """Bytes and media type of a blob of this mission."""
    query = select(BLOB.c.content, BLOB.c.media_type).where(BLOB.c.mission == mission, BLOB.c.hash == sha256)
    row = connection.execute(query).one_or_none()
    return (bytes(row.content), row.media_type) if row else None


def _changes(connection: Connection, mission: str, team: str, after: Position, limit: int) -> Iterator[Change]:
    """More than the limit of any one kind is not needed: the page is cut from all of them together."""
    set_up = _set_up(connection, mission)
    if max(set_up.values(), default=0) >= after.rev:
        yield from _frame(connection, mission, team, after)
        yield from _plan(connection, mission, team, set_up.get("setup.plan"))
    given = {"of": mission, "team": team, "rev": after.rev, "at_most": limit + 2}
    for row in connection.execute(_REPORTS, given):
        yield Change(Position(row.last_seq, "report", row.report_id), orjson.Fragment(row.state))


def _set_up(connection: Connection, mission: str) -> dict[str, int]:
    """Kind of set-up entry -> number of the newest."""
    return {row[0]: row[1] for row in connection.execute(_SET_UP, {"of": mission})}


def _frame(connection: Connection, mission: str, team: str, after: Position) -> Iterator[Change]:
    for row in connection.execute(_MISSION, {"of": mission}):
        yield Change(Position(row.from_seq, "mission", mission), {name: getattr(row, name) for name in MISSION_FACTS})
    for row in connection.execute(_TEAM, {"of": mission, "team": team}):
        yield Change(Position(row.from_seq, "team", team), {name: getattr(row, name) for name in TEAM_FACTS})
    for row in connection.execute(_REGIONS, {"of": mission, "rev": after.rev}):
        data = {"code": row.code, "name": row.name, "zone": row.zone, "hash": row.blob}
        yield Change(Position(row.from_seq, "stations", row.code), data)
    for row in _newest_forms(connection, mission):
        yield _form(row.from_seq, row)


def _newest_forms(connection: Connection, mission: str) -> Collection[Any]:
    return {row.code: row for row in connection.execute(_FORMS, {"of": mission})}.values()


def _form(rev: int, row: Any) -> Change:
    data = {"code": row.code, "version": row.version, "hash": row.hash}
    return Change(Position(rev, "form", f"{row.code}.{row.version}"), data)


def _plan(connection: Connection, mission: str, team: str, rev: int | None) -> Iterator[Change]:
    """The whole plan of the team as one thing, so that a visit that is taken out is gone."""
    if rev is None:
        return
    visits = [dict(row) for row in connection.execute(_PLAN, {"of": mission, "team": team}).mappings()]
    yield Change(Position(rev, "plan", team), {"team": team, "visits": visits})


def _beside(connection: Connection, mission: str, changes: Sequence[Change], after: Position) -> list[Change]:
    """What reports of this page bring with them: releases of operations, and the older forms that they used."""
    reports = {change.position.id: change.position.rev for change in changes if change.position.type == "report"}
    if not reports:
        return []
    return [*_releases(connection, mission, reports, after), *_older_forms(connection, mission, reports)]


def _releases(connection: Connection, mission: str, reports: Collection[str], after: Position) -> Iterator[Change]:
    for row in connection.execute(_RELEASES, {"of": mission, "ids": list(reports), "rev": after.rev}):
        for op_id in orjson.loads(row.body).get("op_ids", ()):
            yield Change(Position(row.server_seq, "op", op_id), {"state": "accepted", "code": None})


def _older_forms(connection: Connection, mission: str, reports: Collection[str]) -> Iterator[Change]:
    rows = connection.execute(_FORMS, {"of": mission}).all()
    newest = {row.code: row.version for row in rows}
    used = connection.execute(_USED_FORMS, {"of": mission, "ids": list(reports)})
    older = {(row.form, row.form_version) for row in used if newest.get(row.form) != row.form_version}
    for row in rows:
        if (row.code, row.version) in older:
            yield _form(row.from_seq, row)
