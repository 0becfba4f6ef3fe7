"""Checks of where and when teams were: K14, K15, K20. Used through across.py."""

import math
from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from itertools import combinations

from app.forms.across_shapes import Across, Visit, groups, ids, in_order, stay

SAME_VISIT = timedelta(minutes=60)
"""Arrivals of one team at one place this close are probably one visit, typed twice."""


def k14(
    visits: Iterable[Visit], frame: Collection[str], areas: Mapping[str, Collection[str]] | None = None
) -> list[Across]:
    """The place is on the mission's list, and in the area of responsibility of the team where it has one.
    `frame`: codes of stations and commissions; `areas`: team -> codes. A place typed off the list fails; incidents
    (form E) may happen anywhere."""
    return [_placed(visit, frame, (areas or {}).get(visit.team)) for visit in in_order(visits) if visit.form != "E"]


def _placed(visit: Visit, frame: Collection[str], area: Collection[str] | None) -> Across:
    if visit.place is None and not visit.place_text:
        return Across("K14", "not_computable", (visit.report_id,))
    inside = visit.place in frame and (area is None or visit.place in area)
    return Across("K14", "pass" if inside else "fail", (visit.report_id,))


def k15(visits: Iterable[Visit]) -> list[Across]:
    """No team is at two places at once. A fail for each pair that overlaps, with the minutes; a pass for each visit
    that overlaps with none; incidents (form E) are no visits."""
    found: list[Across] = []
    for group in groups((visit for visit in visits if visit.form != "E"), lambda visit: visit.team):
        timed = [visit for visit in group if visit.place and stay(visit)]
        overlaps = [
            Across("K15", "fail", ids(pair), minutes) for pair in combinations(timed, 2) if (minutes := _overlap(*pair))
        ]
        caught = {report for overlap in overlaps for report in overlap.reports}
        found += overlaps
        found += [Across("K15", "not_computable", (visit.report_id,)) for visit in group if visit not in timed]
        found += [Across("K15", "pass", (visit.report_id,)) for visit in timed if visit.report_id not in caught]
    return found


def _overlap(one: Visit, other: Visit) -> int:
    """Minutes that two visits to different places have in common, begun ones counted."""
    assert one.arrived_at
    assert one.departed_at
    assert other.arrived_at
    assert other.departed_at
    if one.place == other.place:
        return 0
    common = min(one.departed_at, other.departed_at) - max(one.arrived_at, other.arrived_at)
    return max(0, math.ceil(common.total_seconds() / 60))


def k20(visits: Iterable[Visit]) -> list[Across]:
    """Probable duplicates: one team, place and form, arrivals at most 60 minutes apart, different devices. Who counts
    is decided in the results (method.md section 4)."""
    found: list[Across] = []
    for group in groups(visits, lambda visit: (visit.team, visit.form)):
        timed = [visit for visit in group if visit.place and visit.arrived_at]
        found += [Across("K20", "not_computable", (visit.report_id,)) for visit in group if visit not in timed]
        found += [twin for pair in combinations(timed, 2) if (twin := _twins(*pair))]
    return found


def _twins(one: Visit, other: Visit) -> Across | None:
    assert one.arrived_at
    assert other.arrived_at
    apart = abs(other.arrived_at - one.arrived_at)
    if one.place != other.place or one.device == other.device or apart > SAME_VISIT:
        return None
    return Across("K20", "fail", ids((one, other)), int(apart.total_seconds() // 60))
