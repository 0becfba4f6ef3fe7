"""What a phone's team needs, as changes since a cursor: set-up, the team's reports, releases of held operations.

Everything has a `rev`, the number of the log that last changed it, and is sent as it stands now; a thing that changes
while a phone pages comes again later, and none is stepped over, for numbers appear in their order.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import Connection, func, select

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
    epoch = connection.execute(select(HEAD.c.epoch).where(HEAD.c.mission == mission)).scalar_one()
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
    own = (REPORTS.c.mission == mission) & (REPORTS.c.team == team) & (REPORTS.c.last_seq >= after.rev)
    columns = (REPORTS.c.report_id, REPORTS.c.last_seq, REPORTS.c.state)
    query = select(*columns).where(own).order_by(REPORTS.c.last_seq, REPORTS.c.report_id).limit(limit + 2)
    for row in connection.execute(query):
        yield Change(Position(row.last_seq, "report", row.report_id), orjson.Fragment(row.state))


def _set_up(connection: Connection, mission: str) -> dict[str, int]:
    """Kind of set-up entry -> number of the newest."""
    query = select(LOG.c.kind, func.max(LOG.c.server_seq)).where(LOG.c.mission == mission, LOG.c.author == SETUP)
    return {row[0]: row[1] for row in connection.execute(query.group_by(LOG.c.kind))}


def _frame(connection: Connection, mission: str, team: str, after: Position) -> Iterator[Change]:
    for row in connection.execute(select(MISSIONS).where(MISSIONS.c.code == mission)):
        yield Change(Position(row.from_seq, "mission", mission), {name: getattr(row, name) for name in MISSION_FACTS})
    for row in connection.execute(select(TEAMS).where(TEAMS.c.mission == mission, TEAMS.c.code == team)):
        yield Change(Position(row.from_seq, "team", team), {name: getattr(row, name) for name in TEAM_FACTS})
    newer = (REGIONS.c.mission == mission) & (REGIONS.c.from_seq >= after.rev) & REGIONS.c.blob.is_not(None)
    for row in connection.execute(select(REGIONS).where(newer)):
        data = {"code": row.code, "name": row.name, "zone": row.zone, "hash": row.blob}
        yield Change(Position(row.from_seq, "stations", row.code), data)
    for row in _newest_forms(connection, mission):
        yield _form(row.from_seq, row)


def _newest_forms(connection: Connection, mission: str) -> Collection[Any]:
    query = select(CHECKLISTS).where(CHECKLISTS.c.mission == mission).order_by(CHECKLISTS.c.version)
    return {row.code: row for row in connection.execute(query)}.values()


def _form(rev: int, row: Any) -> Change:
    data = {"code": row.code, "version": row.version, "hash": row.hash}
    return Change(Position(rev, "form", f"{row.code}.{row.version}"), data)


def _plan(connection: Connection, mission: str, team: str, rev: int | None) -> Iterator[Change]:
    """The whole plan of the team as one thing, so that a visit that is taken out is gone."""
    if rev is None:
        return
    columns = (PLANS.c.position, PLANS.c.place, PLANS.c.stage)
    query = select(*columns).where(PLANS.c.mission == mission, PLANS.c.team == team).order_by(PLANS.c.position)
    visits = [dict(row) for row in connection.execute(query).mappings()]
    yield Change(Position(rev, "plan", team), {"team": team, "visits": visits})


def _beside(connection: Connection, mission: str, changes: Sequence[Change], after: Position) -> list[Change]:
    """What reports of this page bring with them: releases of operations, and the older forms that they used."""
    reports = {change.position.id: change.position.rev for change in changes if change.position.type == "report"}
    if not reports:
        return []
    return [*_releases(connection, mission, reports, after), *_older_forms(connection, mission, reports)]


def _releases(connection: Connection, mission: str, reports: Collection[str], after: Position) -> Iterator[Change]:
    columns = (LOG.c.server_seq, LOG.c.body)
    about = (LOG.c.mission == mission) & LOG.c.report_id.in_(reports) & (LOG.c.kind == STAFF_RELEASE)
    query = select(*columns).where(about, LOG.c.server_seq >= after.rev).order_by(LOG.c.server_seq)
    for row in connection.execute(query):
        for op_id in orjson.loads(row.body).get("op_ids", ()):
            yield Change(Position(row.server_seq, "op", op_id), {"state": "accepted", "code": None})


def _older_forms(connection: Connection, mission: str, reports: dict[str, int]) -> Iterator[Change]:
    newest = {(row.code, row.version) for row in _newest_forms(connection, mission)}
    of_reports = (REPORTS.c.mission == mission) & REPORTS.c.report_id.in_(reports)
    used = select(REPORTS.c.form, REPORTS.c.form_version).where(of_reports).distinct()
    older = {(row.form, row.form_version) for row in connection.execute(used)} - newest
    if not older:
        return
    query = select(CHECKLISTS).where(CHECKLISTS.c.mission == mission).order_by(CHECKLISTS.c.code, CHECKLISTS.c.version)
    for row in connection.execute(query):
        if (row.code, row.version) in older:
            yield _form(row.from_seq, row)
