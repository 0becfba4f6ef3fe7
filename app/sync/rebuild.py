"""Every report folded again from the log, compared to the last bit with what is stored, and put in its place."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from app.store.log import HEAD, LOG
from app.sync.project import IDS_AT_ONCE, REPORTS, entries_of
from app.sync.report_rows import report_row


def rebuild_reports(connection: Connection, mission: str) -> list[str]:
    """Ids of the reports whose stored row was missing, other, or of no operation; afterwards all rows are right."""
    differing: list[str] = []
    known: set[str] = set()
    for ids in _report_ids(connection, mission):
        known.update(ids)
        differing += _rebuild_some(connection, mission, ids)
    return differing + _remove_unknown(connection, mission, known)


def missions_of(connection: Connection) -> list[str]:
    """Missions that have a log, by code."""
    return list(connection.execute(select(HEAD.c.mission).order_by(HEAD.c.mission)).scalars())


def _report_ids(connection: Connection, mission: str) -> Iterator[Sequence[str]]:
    query = select(LOG.c.report_id).where(LOG.c.mission == mission, LOG.c.report_id.is_not(None)).distinct()
    ids = list(connection.execute(query.order_by(LOG.c.report_id)).scalars())
    for start in range(0, len(ids), IDS_AT_ONCE):
        yield ids[start : start + IDS_AT_ONCE]


def _rebuild_some(connection: Connection, mission: str, ids: Sequence[str]) -> list[str]:
    right = {key: report_row(mission, entries) for key, entries in entries_of(connection, mission, ids).items()}
    own = (REPORTS.c.mission == mission) & REPORTS.c.report_id.in_(ids)
    stored: dict[str, dict[str, Any]] = {
        row["report_id"]: dict(row) for row in connection.execute(select(REPORTS).where(own)).mappings()
    }
    differing = sorted(key for key in right.keys() | stored.keys() if right.get(key) != stored.get(key))
    if differing:
        connection.execute(delete(REPORTS).where(REPORTS.c.mission == mission, REPORTS.c.report_id.in_(differing)))
        rows = [right[key] for key in differing if key in right]
        if rows:
            connection.execute(insert(REPORTS), rows)
    return differing


def _remove_unknown(connection: Connection, mission: str, known: set[str]) -> list[str]:
    stored = connection.execute(select(REPORTS.c.report_id).where(REPORTS.c.mission == mission)).scalars()
    unknown = sorted(set(stored) - known)
    for start in range(0, len(unknown), IDS_AT_ONCE):
        some = unknown[start : start + IDS_AT_ONCE]
        connection.execute(delete(REPORTS).where(REPORTS.c.mission == mission, REPORTS.c.report_id.in_(some)))
    return unknown
