"""Set-up entries of the log -> the tables of what a mission is made of.

One path for writing and for rebuilding: an import appends its entry and applies it with `apply`, `urna rebuild` empties
the tables and applies the same entries in their order. `from_seq` of a row is the number of the entry that last changed
it; a row that an entry repeats unchanged keeps its own.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Table, delete, insert, select, tuple_

from app.setup.frame import read_frame
from app.store.tables import (
    Blob,
    Candidate,
    ChecklistVersion,
    Commission,
    LogEntry,
    Mission,
    Plan,
    Region,
    Station,
    Team,
    table,
)

BLOBS, LOG = table(Blob), table(LogEntry)
MISSIONS, REGIONS, COMMISSIONS, STATIONS = table(Mission), table(Region), table(Commission), table(Station)
TEAMS, CANDIDATES, PLANS, CHECKLISTS = table(Team), table(Candidate), table(Plan), table(ChecklistVersion)
PROJECTED = (MISSIONS, REGIONS, COMMISSIONS, STATIONS, TEAMS, CANDIDATES, PLANS, CHECKLISTS)
KEYS_AT_ONCE = 400

Row = dict[str, Any]


def apply(connection: Connection, mission: str, kind: str, body: bytes, server_seq: int) -> None:
    """Bring the tables to where the entry `kind` with this body leaves them. The entry's blobs are stored already."""
    _APPLY[kind](connection, mission, json.loads(body)["blob"], server_seq)


def rebuild(connection: Connection, mission: str) -> list[str]:
    """Empty the mission's set-up tables and fill them again from its log; the names of those that were not the same."""
    before = {projected.name: _rows_with_numbers(connection, projected, mission) for projected in PROJECTED}
    for projected in PROJECTED:
        connection.execute(delete(projected).where(_mission_column(projected) == mission))
    entries = select(LOG.c.server_seq, LOG.c.kind, LOG.c.body).where(LOG.c.mission == mission)
    setup = entries.where(LOG.c.kind.in_(_APPLY)).order_by(LOG.c.server_seq)
    for entry in connection.execute(setup).all():
        apply(connection, mission, entry.kind, entry.body, entry.server_seq)
    return [one.name for one in PROJECTED if before[one.name] != _rows_with_numbers(connection, one, mission)]


def _rows_with_numbers(connection: Connection, projected: Table, mission: str) -> list[Row]:
    query = select(projected).where(_mission_column(projected) == mission).order_by(*projected.primary_key)
    return [dict(row) for row in connection.execute(query).mappings()]


def blob(connection: Connection, mission: str, digest: str) -> bytes:
    """The bytes under a hash. Raises NoResultFound where the database lost them."""
    query = select(BLOBS.c.content).where(BLOBS.c.mission == mission, BLOBS.c.hash == digest)
    return bytes(connection.execute(query).scalar_one())


def _apply_mission(connection: Connection, mission: str, digest: str, server_seq: int) -> None:
    _replace(connection, MISSIONS, mission, [json.loads(blob(connection, mission, digest))], server_seq)


def _apply_frame(connection: Connection, mission: str, digest: str, server_seq: int) -> None:
    frame, blobs = read_frame(blob(connection, mission, digest), lambda one: blob(connection, mission, one))
    regions = [{**region, "blob": blobs[code]} for code, region in frame.regions.items()]
    _replace(connection, REGIONS, mission, regions, server_seq)
    _replace(connection, COMMISSIONS, mission, frame.commissions.values(), server_seq)
    _replace(connection, STATIONS, mission, frame.stations.values(), server_seq)


def _apply_list(target: Table) -> Callable[[Connection, str, str, int], None]:
    def apply_list(connection: Connection, mission: str, digest: str, server_seq: int) -> None:
        _replace(connection, target, mission, json.loads(blob(connection, mission, digest))["rows"], server_seq)

    return apply_list


def _apply_form(connection: Connection, mission: str, digest: str, server_seq: int) -> None:
    """A version is added; the ones before it stay, for phones that still hold them."""
    checklist = json.loads(blob(connection, mission, digest))
    row = {"mission": mission, "code": checklist["code"], "version": checklist["version"], "hash": digest}
    connection.execute(insert(CHECKLISTS).values(**row, from_seq=server_seq))


_APPLY: dict[str, Callable[[Connection, str, str, int], None]] = {
    "setup.mission": _apply_mission,
    "setup.stations": _apply_frame,
    "setup.teams": _apply_list(TEAMS),
    "setup.plan": _apply_list(PLANS),
    "setup.candidates": _apply_list(CANDIDATES),
    "setup.form": _apply_form,
}


def _mission_column(projected: Table) -> Any:
    return projected.c.mission if "mission" in projected.c else projected.c.code


def _replace(connection: Connection, target: Table, mission: str, wanted: Iterable[Row], server_seq: int) -> None:
    """Leave exactly the rows `wanted`; those that are there already are not touched."""
    scope = _mission_column(target)
    keys = [column.name for column in target.primary_key]
    before = {_key(row, keys): row for row in rows_of(connection, target, mission)}
    after = {_key(row, keys): row for row in ({scope.name: mission, **row} for row in wanted)}
    changed = [row for key, row in after.items() if before.get(key) != row]
    stale = [key for key, row in before.items() if after.get(key) != row]
    for start in range(0, len(stale), KEYS_AT_ONCE):
        some = tuple_(*target.primary_key).in_(stale[start : start + KEYS_AT_ONCE])
        connection.execute(delete(target).where(some))
    if changed:
        connection.execute(insert(target), [{**row, "from_seq": server_seq} for row in changed])


def rows_of(connection: Connection, target: Table, mission: str) -> list[Row]:
    """The mission's rows of a set-up table, without `from_seq`, in the order of their keys."""
    query = select(*(column for column in target.c if column.name != "from_seq"))
    ordered = query.where(_mission_column(target) == mission).order_by(*target.primary_key)
    return [dict(row) for row in connection.execute(ordered).mappings()]


def _key(row: Row, keys: Sequence[str]) -> tuple[Any, ...]:
    return tuple(row[name] for name in keys)
