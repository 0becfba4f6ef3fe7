"""Snapshots: a number of the log under a name. What is asked `as_of` a name is asked as of its number, for ever.

A snapshot also keeps the bytes of the mission's data package as it was counted then (`packages.py`), so that another
release of the rules changes nothing of it.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, insert, select

from app.errors import UrnaError
from app.results.mirror import Mirror
from app.results.query import Query, wrong
from app.results.stamp import RELEASE, utc
from app.store.audit import Actor, write_audit
from app.store.database import reading, writing
from app.store.results_tables import Snapshot, SnapshotPart
from app.store.tables import table

SNAPSHOTS, PARTS = table(Snapshot), table(SnapshotPart)
Found = Row[*tuple[Any, ...]]


def pinned(connection: Connection, mission: str, query: Query) -> Query:
    """The query with names of snapshots turned into numbers. Raises UrnaError `invalid_parameter` for unknown ones."""
    if isinstance(query.as_of, str):
        query = replace(query, as_of=_number_of(connection, mission, "as_of", query.as_of))
    if isinstance(query.since, str):
        query = replace(query, since=_number_of(connection, mission, "since", query.since))
    return query


def find(connection: Connection, mission: str, name: str) -> Found:
    """The row of a snapshot. Raises UrnaError `not_found`."""
    here = select(SNAPSHOTS).where(SNAPSHOTS.c.mission == mission, SNAPSHOTS.c.name == name)
    row = connection.execute(here).one_or_none()
    if row is None:
        raise UrnaError("not_found", "No snapshot of this mission bears that name; /v1/snapshots lists them.")
    return row


def every(connection: Connection, mission: str) -> list[dict[str, Any]]:
    """All snapshots, the oldest number first."""
    here = select(SNAPSHOTS).where(SNAPSHOTS.c.mission == mission)
    rows = connection.execute(here.order_by(SNAPSHOTS.c.server_seq, SNAPSHOTS.c.name))
    return [shown(row) for row in rows]


def shown(row: Found) -> dict[str, Any]:
    """A snapshot as JSON. `sha256` and `size_bytes` are null until its package is kept."""
    return {
        "name": row.name,
        "data_version": row.server_seq,
        "as_of": utc(row.as_of),
        "epoch": row.epoch,
        "made_at": utc(row.made_at),
        "made_by": row.made_by,
        "release": row.release,
        "sha256": row.sha256,
        "size_bytes": row.size_bytes,
        "links": {"package": f"/v1/package.zip?as_of={row.name}"},
    }


def make(engine: Engine, mirror: Mirror, name: str, at: int, by: str, reason: str, now: datetime) -> dict[str, Any]:
    """Put a name to a number. The same name again answers the same snapshot; to another number it is refused.

    Raises UrnaError `snapshot_taken`.
    """
    row = {"mission": mirror.mission, "name": name, "epoch": mirror.epoch, "server_seq": at}
    when = {"as_of": mirror.received_at(at), "made_at": now, "made_by": by, "release": RELEASE}
    with writing(engine) as connection:
        here = select(SNAPSHOTS).where(SNAPSHOTS.c.mission == mirror.mission, SNAPSHOTS.c.name == name)
        known = connection.execute(here).one_or_none()
        if known is None:
            connection.execute(insert(SNAPSHOTS).values(**row, **when))
            facts = {"data_version": at, "epoch": mirror.epoch}
            write_audit(
                connection,
                mirror.mission,
                Actor("staff", by),
                "snapshot.made",
                name,
                now=now,
                reason=reason,
                facts=facts,
            )
            known = connection.execute(here).one()
        elif known.server_seq != at:
            raise UrnaError("snapshot_taken", f"This name stands for {known.server_seq}; choose another.")
        return shown(known)


def kept_name(connection: Connection, mission: str, name: str) -> bool:
    """Whether a word is the name of a snapshot whose package is kept."""
    here = select(SNAPSHOTS.c.sha256).where(SNAPSHOTS.c.mission == mission, SNAPSHOTS.c.name == name)
    return connection.execute(here).scalar() is not None


def kept(engine: Engine, mission: str, name: str) -> Iterator[bytes]:
    """The bytes of a snapshot's package, a stretch at a time."""
    position = 0
    while True:
        key = (PARTS.c.mission == mission) & (PARTS.c.name == name) & (PARTS.c.position == position)
        with reading(engine) as connection:
            part = connection.execute(select(PARTS.c.content).where(key)).scalar()
        if part is None:
            return
        yield bytes(part)
        position += 1


def _number_of(connection: Connection, mission: str, parameter: str, name: str) -> int:
    here = select(SNAPSHOTS.c.server_seq).where(SNAPSHOTS.c.mission == mission, SNAPSHOTS.c.name == name)
    number = connection.execute(here).scalar()
    if number is None:
        raise wrong(parameter, "no snapshot of this mission bears that name; /v1/snapshots lists them")
    return int(number)
