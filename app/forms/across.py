"""Checks that look across reports: K10, K11, K14, K15, K16, K18, K20 (shared/method.md section 2, domain.md 2.6).

Pure, and functions of the *set* of visits: neither their order nor their number matters, so a caller may give all
visits of a station (K10, K11, K16, K18), of a team (K14, K15, K20) or of the mission. Each returns what it finds as
`Across`, in a fixed order; what has nothing to compare with gives nothing. As in the checks of one report, a blank of
any kind makes a check not computable, and only `not_applicable` counts, as 0.

Visit, Across, number           across_shapes.py
k10, k10_visit, k11, k16, k18   across_figures.py
k14, k15, k20                   across_visits.py
"""

from collections.abc import Collection, Iterable, Mapping

from app.forms.across_figures import FIGURES, PER_DESK_PER_HOUR, k10, k10_visit, k11, k16, k18
from app.forms.across_shapes import Across, Visit, number
from app.forms.across_visits import SAME_VISIT, k14, k15, k20

__all__ = [
    "FIGURES",
    "PER_DESK_PER_HOUR",
    "SAME_VISIT",
    "Across",
    "Visit",
    "across",
    "k10",
    "k10_visit",
    "k11",
    "k14",
    "k15",
    "k16",
    "k18",
    "k20",
    "number",
]


def across(
    visits: Iterable[Visit],
    frame: Collection[str],
    *,
    areas: Mapping[str, Collection[str]] | None = None,
    numbers: Mapping[str, str] | None = None,
    per_desk_per_hour: float = PER_DESK_PER_HOUR,
) -> list[Across]:
    """Everything that the checks find in the visits, by check."""
    seen = list(visits)
    return [
        *k10(seen, per_desk_per_hour),
        *k10_visit(seen, per_desk_per_hour),
        *k11(seen),
        *k14(seen, frame, areas),
        *k15(seen),
        *k16(seen, numbers),
        *k18(seen),
        *k20(seen),
    ]
