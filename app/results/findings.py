"""What the checks find over all counted reports: those of one report, worked out behind the writer, and those that look
across reports, worked out here from the counted states as they stand.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import Connection, and_, func, select

from app.forms.across import Across, Visit, across
from app.store.log import LOG
from app.store.tables import Commission, Mission, Region, Report, ReportFindings, Station, table

REPORTS, FOUND, STATIONS = table(Report), table(ReportFindings), table(Station)
REGIONS, COMMISSIONS, MISSIONS = table(Region), table(Commission), table(Mission)
Finding = dict[str, Any]
Place = tuple[Any, Any]
"""Kind and code, as a report names them."""
SETUP = "setup"
"""Who writes set-up into the log."""


def findings(
    connection: Connection, mission: str, checks: tuple[str, ...] = (), regions: tuple[str, ...] = ()
) -> dict[str, Any]:
    """How often each check passed, failed and could not be told, and every fail; only of `checks` where some are named.

    `regions`: of reports from places of these alone, and across those. A rule may have several codes (K04a, K04b): a
    check is named by its first three characters.
    """
    reports = _counted(connection, mission)
    if regions:
        places = _places(connection, mission, regions)
        reports = [report for report in reports if _place(report) in places]
    every = [*_of_each(reports), *map(_plain, _across(connection, mission, reports))]
    chosen = [one for one in every if not checks or one["check"][:3] in checks]
    return {
        "checks": _counts(chosen),
        "findings": [
            {name: one[name] for name in one if name != "result"} for one in chosen if one["result"] == "fail"
        ],
        "waiting": sum(row["waits"] for row in reports),
    }


def _counts(every: Iterable[Finding]) -> list[dict[str, Any]]:
    counted = Counter((one["check"], one["result"]) for one in every)
    results = ("pass", "fail", "not_computable")
    return [
        {"check": check, **{result: counted[check, result] for result in results}}
        for check in sorted({check for check, _ in counted})
    ]


def _counted(connection: Connection, mission: str) -> list[dict[str, Any]]:
    """Finished reports: their counted state, what was last found in it, and whether it `waits` to be judged anew,
    for it or the set-up has changed since."""
    due = connection.execute(
        select(func.max(LOG.c.server_seq)).where(LOG.c.mission == mission, LOG.c.author == SETUP)
    ).scalar()
    same = and_(FOUND.c.mission == REPORTS.c.mission, FOUND.c.report_id == REPORTS.c.report_id)
    columns = (REPORTS.c.report_id, REPORTS.c.team, REPORTS.c.state, REPORTS.c.last_seq, FOUND.c.findings)
    query = (
        select(*columns, FOUND.c.last_seq.label("judged_at"))
        .select_from(REPORTS.outerjoin(FOUND, same))
        .where(REPORTS.c.mission == mission, REPORTS.c.status == "finished")
    )
    rows = connection.execute(query.order_by(REPORTS.c.report_id))
    return [
        {
            **_read(row.report_id, row.team, orjson.loads(row.state), row.findings),
            "waits": row.judged_at is None or row.judged_at < max(row.last_seq, due or 0),
        }
        for row in rows
    ]


def _read(report_id: str, team: str | None, report: Mapping[str, Any], found: bytes | None) -> dict[str, Any]:
    judged = orjson.loads(found) if found else {}
    first = min(report["finishes"], default=["", 0])
    return {
        "id": report_id,
        "team": team or "",
        "device": first[0],
        "state": report["counted"] or {},
        "found": judged.get("counted"),
    }


def _places(connection: Connection, mission: str, regions: tuple[str, ...]) -> set[Place]:
    """Stations and commissions of these regions."""
    kinds = (("station", STATIONS), ("commission", COMMISSIONS))
    return {
        (kind, code)
        for kind, places in kinds
        for code in connection.execute(
            select(places.c.code).where(places.c.mission == mission, places.c.region.in_(regions))
        ).scalars()
    }


def _place(report: Mapping[str, Any]) -> Place:
    said = report["state"].get("place")
    return (said.get("kind"), said.get("id")) if isinstance(said, Mapping) else (None, None)


def _of_each(reports: Iterable[Mapping[str, Any]]) -> Iterator[Finding]:
    for report in reports:
        for one in (report["found"] or {}).get("checks", ()):
            yield {**one, "reports": [report["id"]], "field": ""}


def _plain(one: Across) -> Finding:
    return {**vars(one), "reports": list(one.reports)}


def _across(connection: Connection, mission: str, reports: list[dict[str, Any]]) -> list[Across]:
    query = select(STATIONS.c.code, STATIONS.c.number, STATIONS.c.region, STATIONS.c.zone)
    rows = connection.execute(query.where(STATIONS.c.mission == mission)).all()
    own = select(REGIONS.c.code, REGIONS.c.zone).where(REGIONS.c.mission == mission)
    regions = {row.code: row.zone for row in connection.execute(own)}
    default = connection.execute(select(MISSIONS.c.zone).where(MISSIONS.c.code == mission)).scalar() or "UTC"
    zones = {row.code: row.zone or regions.get(row.region or "") or default for row in rows}
    visits = [_visit(report, zones, default) for report in reports if report["state"]]
    boards = connection.execute(select(COMMISSIONS.c.code).where(COMMISSIONS.c.mission == mission)).scalars()
    bearers = Counter(row.number for row in rows)
    numbers = {row.number: row.code for row in rows if bearers[row.number] == 1}
    return across(visits, {*zones, *boards}, numbers=numbers)


def _visit(report: Mapping[str, Any], zones: Mapping[str, str], default: str) -> Visit:
    state = report["state"]
    said = state.get("place")
    place = said if isinstance(said, Mapping) else {}
    code = place.get("id")
    zone = ZoneInfo(zones.get(code or "", default))
    hidden = set((report["found"] or {}).get("irrelevant", ()))
    return Visit(
        report_id=report["id"],
        form=str(state.get("form")),
        team=report["team"],
        device=report["device"],
        place=code,
        place_text=place.get("text") or "",
        arrived_at=_at(state.get("arrived_at"), zone),
        departed_at=_at(state.get("departed_at"), zone),
        answers={name: value for name, value in state["answers"].items() if name not in hidden},
    )


def _at(wall: Any, zone: ZoneInfo) -> datetime | None:
    """A wall time at the place; an offset that was sent moves nothing."""
    try:
        return datetime.fromisoformat(wall).replace(tzinfo=zone) if isinstance(wall, str) else None
    except ValueError:
        return None
