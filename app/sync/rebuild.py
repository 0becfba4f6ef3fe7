"""Projections made again from the log, compared to the last bit with what is stored, and put in their place.

In pieces, each under the mission's head: phones go on sending meanwhile, and nothing is compared while it changes.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, select

from app.store.database import reading, writing
from app.store.log import HEAD, LOG, take_head
from app.sync.findings import FINDINGS, Shelf, findings_rows, put_findings
from app.sync.project import REPORTS, entries_of
from app.sync.report_rows import report_row

REPORTS_AT_ONCE = 500
Rows = dict[str, dict[str, Any]]


def missions_of(engine: Engine) -> list[str]:
    """Missions that have a log, by code."""
    with reading(engine) as connection:
        return list(connection.execute(select(HEAD.c.mission).order_by(HEAD.c.mission)).scalars())


def rebuild_reports(engine: Engine, mission: str) -> list[str]:
    """Ids of the reports whose stored row was missing, other, or of no operation; afterwards all rows are right."""
    differing: list[str] = []
    for ids in _pieces(engine, mission):
        with writing(engine) as connection:
            take_head(connection, mission, datetime.now(UTC))
            differing += _rebuild_some(connection, mission, ids)
    return differing


def rebuild_findings(engine: Engine, mission: str) -> list[str]:
    """Ids of the reports whose findings were other, or of no report. Findings that had not been made yet are made."""
    differing: list[str] = []
    shelf = Shelf(mission)
    for ids in _pieces(engine, mission):
        with writing(engine) as connection:
            take_head(connection, mission, datetime.now(UTC))
            differing += _judge_some(connection, shelf, mission, ids)
    return differing


def _pieces(engine: Engine, mission: str) -> Iterator[Sequence[str]]:
    """Every report that the log, the reports or the findings name."""
    ids: set[str] = set()
    with reading(engine) as connection:
        for one in (LOG, REPORTS, FINDINGS):
            query = select(one.c.report_id).where(one.c.mission == mission, one.c.report_id.is_not(None)).distinct()
            ids.update(connection.execute(query).scalars())
    ordered = sorted(ids)
    for start in range(0, len(ordered), REPORTS_AT_ONCE):
        yield ordered[start : start + REPORTS_AT_ONCE]


def _rebuild_some(connection: Connection, mission: str, ids: Sequence[str]) -> list[str]:
    right = {key: report_row(mission, entries) for key, entries in entries_of(connection, mission, ids).items()}
    own = (REPORTS.c.mission == mission) & REPORTS.c.report_id.in_(ids)
    stored = _by_report(connection, select(REPORTS).where(own))
    differing = sorted(key for key in right.keys() | stored.keys() if right.get(key) != stored.get(key))
    if differing:
        connection.execute(delete(REPORTS).where(REPORTS.c.mission == mission, REPORTS.c.report_id.in_(differing)))
    rows = [right[key] for key in differing if key in right]
    if rows:
        connection.execute(insert(REPORTS), rows)
    return differing


def _judge_some(connection: Connection, shelf: Shelf, mission: str, ids: Sequence[str]) -> list[str]:
    right = {row["report_id"]: row for row in findings_rows(connection, shelf, mission, ids)}
    own = (FINDINGS.c.mission == mission) & FINDINGS.c.report_id.in_(ids)
    stored = _by_report(connection, select(FINDINGS).where(own))
    wrong = {key for key in right.keys() | stored.keys() if right.get(key) != stored.get(key)}
    late = {key for key in right if key not in stored or stored[key]["last_seq"] < right[key]["last_seq"]}
    put_findings(connection, mission, [right[key] for key in sorted(wrong) if key in right])
    gone = sorted(stored.keys() - right.keys())
    if gone:
        connection.execute(delete(FINDINGS).where(FINDINGS.c.mission == mission, FINDINGS.c.report_id.in_(gone)))
    return sorted(wrong - late)


def _by_report(connection: Connection, query: Any) -> Rows:
    return {row["report_id"]: dict(row) for row in connection.execute(query).mappings()}
