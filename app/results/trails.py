"""A report's entries of the log -> its row for the mirror, as of the newest of them. Pure but for names it makes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.forms.fold import fold
from app.forms.model import Checklist
from app.forms.report import DECISIONS, FINISH, STAFF_FINISH, Operation, Report, State
from app.results.mirror import Mirror, micros
from app.results.visits import Trail, Visit, place_of, visit_of
from app.store.bodies import operation_of

FINISHES = (FINISH, STAFF_FINISH)


@dataclass(frozen=True, slots=True)
class Step:
    """One entry that touches a report."""

    server_seq: int
    team: str | None
    received_at: datetime
    operation: Operation

    @classmethod
    def of(cls, entry: Any) -> "Step":
        """From a row of the log."""
        return cls(entry.server_seq, entry.team, entry.received_at, operation_of(entry))


def folded(steps: Sequence[Step]) -> Report:
    """The report that these entries make. One of which everything is held shows what it would say."""
    report = fold([step.operation for step in steps])
    if report.status != "held":
        return report
    return replace(fold([replace(step.operation, held=None) for step in steps]), status="held", counted=None)


def standing(report: Report) -> State:
    """What figures are made of: the counted state, of an unfinished report the latest."""
    return report.counted or report.latest


def checklist_of(mirror: Mirror, state: State, at: int) -> Checklist | None:
    """The checklist that a state was filled in by; the newest where its version is not known here."""
    form = mirror.forms.get(str(state.header.get("form")))
    if form is None:
        return None
    return form.version(state.form_version, at) or form.newest(at)


def visit_at(mirror: Mirror, steps: Sequence[Step]) -> Visit | None:
    """The row of a report as of its last step; None where no checklist fits."""
    report, at = folded(steps), steps[-1].server_seq
    state = standing(report)
    checklist = checklist_of(mirror, state, at)
    if checklist is None:
        return None
    context = context_of(mirror, state, checklist, at)
    encoders = mirror.forms[checklist.code].encoders[checklist.version]
    return visit_of(report, trail_of(steps), checklist, encoders, context, mirror.day(), zone_of(mirror, context, at))


def context_of(mirror: Mirror, state: State, checklist: Checklist, at: int) -> Mapping[str, Any]:
    """What expressions may ask beside the answers."""
    place = place_of(state, checklist.place)
    frame = mirror.frames.at(at, {})
    station = frame.get(place, {}) if place else {}
    return {"header": state.header, "station": station, "settings": mirror.settings(at)}


def zone_of(mirror: Mirror, context: Mapping[str, Any], at: int) -> ZoneInfo:
    """The zone of the report's place, else of its region, else of the mission."""
    station = context["station"]
    region = mirror.regions.at(at, {}).get(station.get("region"), {})
    facts = mirror.facts.at(at) or {}
    return zone_info(station.get("zone") or region.get("zone") or facts.get("zone") or "UTC")


@lru_cache
def zone_info(name: str) -> ZoneInfo:
    """UTC for a name that no zone bears."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return ZoneInfo("UTC")


def trail_of(steps: Sequence[Step]) -> Trail:
    first = steps[0]
    finish = next((step for step in steps if step.operation.kind in FINISHES), first)
    decisions = [step.operation for step in steps if step.operation.kind in DECISIONS]
    newest = max(decisions, key=lambda operation: (operation.number, operation.link), default=None)
    return Trail(
        from_seq=steps[-1].server_seq,
        first_seq=first.server_seq,
        received_us=micros(finish.received_at),
        team=_owner(steps),
        device=first.operation.author,
        decided=newest is not None and DECISIONS[newest.kind] is None,
    )


def _owner(steps: Sequence[Step]) -> str | None:
    """The team of the first operation that was accepted; where none was, of the first."""
    teams = [(step.operation.held is not None, step.server_seq, step.team) for step in steps if step.team]
    return min(teams)[2] if teams else None
