"""What the checks of a report's checklist find in it, worked out after the commit, from what is stored.

A finding never refuses and never delays: the push is answered before. A report is judged again when it changes, and all
of a mission's reports when its set-up does, for a check may read the station's and the mission's facts.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, Row, and_, delete, func, insert, or_, select

from app.forms.answers import judge, outside
from app.forms.model import Checklist
from app.store.log import BLOB, LOG
from app.store.tables import ChecklistVersion, Mission, Report, ReportFindings, Station, table
from app.sync.pull import SETUP

logger = logging.getLogger("urna.sync")
REPORTS, FINDINGS, CHECKLISTS = table(Report), table(ReportFindings), table(ChecklistVersion)
MISSIONS, STATIONS = table(Mission), table(Station)
IDS_AT_ONCE = 500
Entry = Row[*tuple[Any, ...]]


class Shelf:
    """Published checklists of one mission, each read once: a version never changes."""

    def __init__(self, mission: str) -> None:
        self._mission = mission
        self._read: dict[tuple[str, int], Checklist] = {}
        self._newest: dict[str, int] = {}

    def refresh(self, connection: Connection) -> None:
        """Read the versions that have come since."""
        columns = (CHECKLISTS.c.code, CHECKLISTS.c.version, BLOB.c.content)
        same = (CHECKLISTS.c.mission == BLOB.c.mission) & (CHECKLISTS.c.hash == BLOB.c.hash)
        here = select(CHECKLISTS.c.code, CHECKLISTS.c.version).where(CHECKLISTS.c.mission == self._mission)
        if all((row.code, row.version) in self._read for row in connection.execute(here)):
            return
        query = select(*columns).select_from(CHECKLISTS.join(BLOB, same)).where(CHECKLISTS.c.mission == self._mission)
        for row in connection.execute(query):
            self._newest[row.code] = max(row.version, self._newest.get(row.code, 0))
            if (row.code, row.version) not in self._read:
                self._read[row.code, row.version] = Checklist.model_validate_json(row.content)

    def of(self, state: Mapping[str, Any]) -> Checklist | None:
        """The checklist of a state; the newest where its version is not known here."""
        code, version = str(state.get("form")), state.get("form_version")
        newest = self._read.get((code, self._newest.get(code, 0)))
        return self._read.get((code, version), newest) if isinstance(version, int) else newest


def set_up_number(connection: Connection, mission: str) -> int:
    """Number of the newest entry of set-up."""
    query = select(func.max(LOG.c.server_seq)).where(LOG.c.mission == mission, LOG.c.author == SETUP)
    return connection.execute(query).scalar() or 0


def stale_reports(connection: Connection, mission: str, after: int, limit: int) -> dict[str, int]:
    """Reports whose `last_seq` is above `after` and whose findings are older than they or the set-up are, the lowest
    first, each with that number."""
    due = set_up_number(connection, mission)
    same = and_(FINDINGS.c.mission == REPORTS.c.mission, FINDINGS.c.report_id == REPORTS.c.report_id)
    old = or_(FINDINGS.c.last_seq.is_(None), FINDINGS.c.last_seq < REPORTS.c.last_seq, FINDINGS.c.last_seq < due)
    query = select(REPORTS.c.report_id, REPORTS.c.last_seq).select_from(REPORTS.outerjoin(FINDINGS, same))
    chosen = query.where(REPORTS.c.mission == mission, REPORTS.c.last_seq > after, old)
    found = connection.execute(chosen.order_by(REPORTS.c.last_seq).limit(limit))
    return {row.report_id: row.last_seq for row in found}


def findings_rows(
    connection: Connection, shelf: Shelf, mission: str, report_ids: Sequence[str]
) -> list[dict[str, Any]]:
    """The rows of findings of these reports. `last_seq`: the newest number that they take into account."""
    shelf.refresh(connection)
    due = set_up_number(connection, mission)
    settings = connection.execute(select(MISSIONS.c.settings).where(MISSIONS.c.code == mission)).scalar() or {}
    own = (REPORTS.c.mission == mission) & REPORTS.c.report_id.in_(report_ids)
    columns = (REPORTS.c.report_id, REPORTS.c.last_seq, REPORTS.c.state)
    reports = connection.execute(select(*columns).where(own)).all()
    states = {row.report_id: orjson.loads(row.state) for row in reports}
    stations = _stations(connection, mission, [*states.values()])
    return [
        {
            "mission": mission,
            "report_id": row.report_id,
            "last_seq": max(row.last_seq, due),
            "findings": _canonical(_of_report(shelf, states[row.report_id], stations, settings)),
        }
        for row in reports
    ]


def put_findings(connection: Connection, mission: str, rows: Sequence[Mapping[str, Any]]) -> None:
    ids = [row["report_id"] for row in rows]
    for start in range(0, len(ids), IDS_AT_ONCE):
        some = FINDINGS.c.report_id.in_(ids[start : start + IDS_AT_ONCE])
        connection.execute(delete(FINDINGS).where(FINDINGS.c.mission == mission, some))
    if rows:
        connection.execute(insert(FINDINGS), rows)


def _of_report(
    shelf: Shelf, report: Mapping[str, Any], stations: Mapping[str, Any], settings: Mapping[str, Any]
) -> dict[str, Any]:
    latest, counted = report["latest"], report["counted"]
    found = _of_state(shelf, latest, stations, settings)
    same = found if counted == latest else None
    return {
        "latest": found,
        "counted": same or (_of_state(shelf, counted, stations, settings) if counted is not None else None),
    }


def _of_state(
    shelf: Shelf, state: Mapping[str, Any], stations: Mapping[str, Any], settings: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Findings of the checks; codes of questions that are not asked, not known, or answered out of their bounds.

    None where no checklist fits, or where the answers are such that it cannot be run: that is for a person to look at.
    """
    checklist = shelf.of(state)
    if checklist is None:
        return None
    station = stations.get(_station_of(state) or "", {})
    answers = state["answers"]
    try:
        found = judge(checklist, answers, {"header": state, "station": station, "settings": settings})
        items = {item.code: item for item in checklist.items()}
        return {
            "checks": [vars(finding) for finding in found.findings],
            "irrelevant": sorted(found.irrelevant & answers.keys()),
            "outside": sorted(code for code in items.keys() & answers.keys() if outside(items[code], answers[code])),
            "unknown": sorted(answers.keys() - items.keys()),
        }
    except Exception as error:
        logger.error("a report cannot be judged: %s", type(error).__name__)
        return None


def _stations(connection: Connection, mission: str, reports: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    states = [state for report in reports for state in (report["latest"], report["counted"]) if state is not None]
    codes = sorted({code for state in states if (code := _station_of(state)) is not None})
    found: dict[str, Any] = {}
    for start in range(0, len(codes), IDS_AT_ONCE):
        some = STATIONS.c.code.in_(codes[start : start + IDS_AT_ONCE])
        for row in connection.execute(select(STATIONS).where(STATIONS.c.mission == mission, some)).mappings():
            found[row["code"]] = dict(row)
    return found


def _station_of(state: Mapping[str, Any]) -> str | None:
    match state.get("place"):
        case {"kind": "station", "id": str(code)} if "\0" not in code:
            return code
    return None


def _canonical(content: Any) -> bytes:
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
