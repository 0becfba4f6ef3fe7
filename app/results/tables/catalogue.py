"""The fifteen tables by their codes."""

from collections.abc import Callable, Mapping

from app.errors import UrnaError
from app.results.query import wrong
from app.results.tables.arithmetic import t07, t08
from app.results.tables.covered import t09
from app.results.tables.flow import t10, t12
from app.results.tables.items import t02, t05, t06
from app.results.tables.listed import t13, t14
from app.results.tables.presence import t11
from app.results.tables.quality import t15
from app.results.tables.shape import Part, Table
from app.results.tables.splits import t03, t04
from app.results.tables.stages import t01
from app.results.tables.work import Work

Builder = Callable[[Work], tuple[Part, ...]]
BUILDERS: Mapping[str, Builder] = {
    "T1": t01, "T2": t02, "T3": t03, "T4": t04, "T5": t05, "T6": t06, "T7": t07, "T8": t08, "T9": t09, "T10": t10,
    "T11": t11, "T12": t12, "T13": t13, "T14": t14, "T15": t15,
}  # fmt: skip
NOTES: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("T1", "T2", "T3", "T4", "T5", "T11"), ("share", "visits")),
    "T6": ("instances",),
    "T7": ("arithmetic",),
    "T8": ("arithmetic",),
    "T12": ("turnout",),
    "T14": ("incidents",),
}
ON_THE_CLOCK = ("T9", "T14")
"""Tables that depend on what time it is: teams fall silent, incidents stay open."""


def table(code: str, work: Work) -> Table:
    """A table, with the part that is asked for first. Raises UrnaError: not_found, invalid_parameter."""
    if code not in BUILDERS:
        raise UrnaError("not_found", f"The tables are {', '.join(BUILDERS)}.")
    parts = BUILDERS[code](work)
    wanted = work.query.part
    if wanted is not None and wanted not in [part.name for part in parts]:
        raise wrong("part", f"{code} has {', '.join(part.name for part in parts)}")
    chosen = sorted(parts, key=lambda part: wanted is not None and part.name != wanted)
    return Table(code, tuple(chosen), NOTES.get(code, ()))
