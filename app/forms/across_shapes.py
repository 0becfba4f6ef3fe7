"""What the checks across reports read and give, and how they put visits together. Used through across.py."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from app.forms.answers import Result, Severity
from app.forms.status import WHOLE_MAX


@dataclass(frozen=True)
class Visit:
    """One counted report, as these checks see it."""

    report_id: str
    form: str
    team: str
    device: str
    """Of its first finish."""
    place: str | None
    """Code of the station or commission; None where it is blank or off the list."""
    place_text: str = ""
    """What the team typed for a place off the list."""
    arrived_at: datetime | None = None
    """With the zone of the place, so that places of different zones compare."""
    departed_at: datetime | None = None
    answers: Mapping[str, Any] = field(default_factory=dict)
    """Effective answers, as on the wire."""


@dataclass(frozen=True)
class Across:
    """What a check found between reports. Difference and severity belong to a `fail` alone."""

    check: str
    result: Result
    reports: tuple[str, ...]
    difference: int | None = None
    """K10, K11, K16, K18: ballots or voters; K15: minutes of overlap; K20: minutes between arrivals."""
    severity: Severity = "none"
    field: str = ""
    """K16: the question in form D."""


def number(visit: Visit, code: str) -> float | None:
    """The value of a number question; 0 for `not_applicable`, None for every other blank."""
    answer = visit.answers.get(code)
    if isinstance(answer, Mapping):
        return 0.0 if answer.get("blank") == "not_applicable" else None
    if not isinstance(answer, int | float) or isinstance(answer, bool) or not abs(answer) <= WHOLE_MAX:
        return None
    return float(answer)


def stay(visit: Visit) -> timedelta | None:
    """How long the visit lasted; None where a time is blank or departure is not after arrival (K12 tells that)."""
    if visit.arrived_at is None or visit.departed_at is None or visit.departed_at <= visit.arrived_at:
        return None
    return visit.departed_at - visit.arrived_at


_Key = TypeVar("_Key", bound=Hashable)


def groups(visits: Iterable[Visit], key: Callable[[Visit], _Key | None]) -> list[list[Visit]]:
    """Visits with the same key, in a fixed order; those without a key belong to none."""
    together: dict[_Key, list[Visit]] = defaultdict(list)
    for visit in in_order(visits):
        name = key(visit)
        if name is not None:
            together[name].append(visit)
    return list(together.values())


def in_order(visits: Iterable[Visit]) -> list[Visit]:
    return sorted(visits, key=lambda visit: visit.report_id)


def by_arrival(visit: Visit) -> tuple[float, str]:
    return (visit.arrived_at.timestamp() if visit.arrived_at else 0.0), visit.report_id


def ids(visits: Iterable[Visit]) -> tuple[str, ...]:
    return tuple(visit.report_id for visit in visits)
