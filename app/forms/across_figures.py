"""Checks that compare figures of several reports: K10, K11, K16, K18. Used through across.py."""

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import pairwise

from app.forms.across_shapes import Across, Visit, by_arrival, groups, ids, in_order, number, stay
from app.forms.answers import Severity
from app.forms.catalogue import PROTOCOLS_MAX

PER_DESK_PER_HOUR = 40.0
"""Voters whom one issuing desk serves in an hour; a setting of the mission."""
FIGURES = (
    "01_voters", "02_received", "03_issued", "04_mobile", "05_signatures", "06_unused", "07_spoiled", "08_stationary",
    "09_mobile_boxes", "10_invalid", "11_valid", "13_against_all", "14_requests",
)  # fmt: skip
"""Figures of a protocol besides the votes of candidates: `r` + figure in form C, `t` + figure + `_n` in form D."""
_VOTES = "12_"


def k10(visits: Iterable[Visit], per_desk_per_hour: float = PER_DESK_PER_HOUR) -> list[Across]:
    """Signatures at the count less voters at the last voting visit that has a number: no more than the issuing desks
    could serve until the doors closed."""
    found = []
    for group in groups(visits, lambda visit: visit.place):
        voting = sorted((visit for visit in group if visit.form == "B"), key=by_arrival)
        found += [_rush(count, voting, per_desk_per_hour) for count in group if count.form == "C" and voting]
    return found


def _rush(count: Visit, voting: list[Visit], per_desk_per_hour: float) -> Across:
    known = [visit for visit in voting if visit.arrived_at and number(visit, "b17_voted_so_far") is not None]
    last = known[-1] if known else voting[-1]
    reports = (last.report_id, count.report_id)
    signed, voted = number(count, "r05_signatures"), number(last, "b17_voted_so_far")
    desks = max((number(visit, "b46_issuing_desks") or 0.0 for visit in voting), default=0.0)
    hours = _hours(last.arrived_at, count.answers.get("c02_close_time"))
    if signed is None or voted is None or not desks or hours is None or hours <= 0:
        return Across("K10", "not_computable", reports)
    return _limited("K10", reports, signed - voted, desks * per_desk_per_hour * hours)


def _hours(since: datetime | None, until: object) -> float | None:
    """From a moment to a wall time at the same place."""
    if since is None or not isinstance(until, str):
        return None
    try:
        moment = datetime.fromisoformat(until)
    except ValueError:
        return None
    return (moment.replace(tzinfo=since.tzinfo) - since).total_seconds() / 3600


def k10_visit(visits: Iterable[Visit], per_desk_per_hour: float = PER_DESK_PER_HOUR) -> list[Across]:
    """K10 for one visit: voters who voted during it, no more than its issuing desks could serve."""
    return [_pace(visit, per_desk_per_hour) for visit in in_order(visits) if visit.form == "B"]


def _pace(visit: Visit, per_desk_per_hour: float) -> Across:
    voted, desks = number(visit, "b19_voted_in_visit"), number(visit, "b46_issuing_desks")
    stayed = stay(visit)
    if voted is None or not desks or stayed is None:
        return Across("K10", "not_computable", (visit.report_id,))
    return _limited("K10", (visit.report_id,), voted, desks * per_desk_per_hour * (stayed.total_seconds() / 3600))


def _limited(check: str, reports: tuple[str, ...], value: float, limit: float) -> Across:
    beyond = math.ceil(value - limit - 1e-9)
    return Across(check, "pass", reports) if beyond <= 0 else Across(check, "fail", reports, beyond, "key")


def k11(visits: Iterable[Visit]) -> list[Across]:
    """Ballots received on the protocol are those of the opening, where one team saw both at one station."""
    found = []
    for group in groups(visits, lambda visit: visit.place and (visit.team, visit.place)):
        openings = [visit for visit in group if visit.form == "A"]
        counts = [visit for visit in group if visit.form == "C"]
        found += [
            _equal("K11", (opening, "a15_ballots_received"), (count, "r02_received"), "none")
            for opening in openings
            for count in counts
        ]
    return found


def _equal(check: str, left: tuple[Visit, str], right: tuple[Visit, str], severity: Severity, name: str = "") -> Across:
    """Two figures are one. The difference is right less left."""
    reports = (left[0].report_id, right[0].report_id)
    before, after = number(*left), number(*right)
    if before is None or after is None:
        return Across(check, "not_computable", reports, field=name)
    if before == after:
        return Across(check, "pass", reports, field=name)
    return Across(check, "fail", reports, int(after - before), severity, name)


def k16(visits: Iterable[Visit], numbers: Mapping[str, str] | None = None) -> list[Across]:
    """Each figure that a commission entered is that of the station's protocol. Gives D25: the fails are the figures
    that differ, difference = entered less protocol. `numbers`: what teams type for a station -> its code; a code
    stands for itself. A protocol whose station has no form C gives nothing."""
    ordered = in_order(visits)
    counts = [visit for visit in ordered if visit.form == "C" and visit.place]
    found: list[Across] = []
    for tabulation in (visit for visit in ordered if visit.form == "D"):
        for copy in range(1, PROTOCOLS_MAX + 1):
            typed = str(tabulation.answers.get(f"d23_station_{copy}", "")).strip()
            code = (numbers or {}).get(typed, typed)
            for count in counts:
                if count.place == code:
                    found += _compared(tabulation, copy, count)
    return found


def _compared(tabulation: Visit, copy: int, count: Visit) -> Iterator[Across]:
    for figure in (*FIGURES, *_candidates(tabulation, copy, count)):
        entered = f"t{figure}_{copy}"
        yield _equal("K16", (count, f"r{figure}"), (tabulation, entered), "key", entered)


def _candidates(tabulation: Visit, copy: int, count: Visit) -> list[str]:
    entered = {code.removesuffix(f"_{copy}")[1:] for code in tabulation.answers if code.endswith(f"_{copy}")}
    read = {code[1:] for code in count.answers if code.startswith("r")}
    return sorted(figure for figure in entered | read if figure.startswith(_VOTES))


def k18(visits: Iterable[Visit]) -> list[Across]:
    """Voters who have voted so far never become fewer, over all visits to one station, whatever the team. One result
    for each two visits that follow each other with a number; one `not_computable` for each visit without."""
    found: list[Across] = []
    for group in groups((visit for visit in visits if visit.form == "B"), lambda visit: visit.place):
        told = [visit for visit in group if visit.arrived_at and number(visit, "b17_voted_so_far") is not None]
        told.sort(key=lambda visit: (by_arrival(visit)[0], number(visit, "b17_voted_so_far"), visit.report_id))
        found += [Across("K18", "not_computable", (visit.report_id,)) for visit in group if visit not in told]
        found += [_risen(*pair) for pair in pairwise(told)]
    return found


def _risen(earlier: Visit, later: Visit) -> Across:
    before, after = number(earlier, "b17_voted_so_far"), number(later, "b17_voted_so_far")
    assert before is not None
    assert after is not None
    return _limited("K18", ids((earlier, later)), before, after)
