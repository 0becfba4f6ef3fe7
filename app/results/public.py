"""What the public may see of a row: nothing of a cell in which a single team could be read. Pure.

A cell is a row by place or stage. Below five observations or three teams its figures are null, and so are those of the
next smallest in its group, or the total would give it away; totals stay.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

Row = dict[str, Any]
OBSERVED_MIN, TEAMS_MIN = 5, 3


def veiled(rows: Sequence[Row]) -> list[Row]:
    """The rows of one question, each with `suppressed`: whether its figures were made null."""
    hidden = hidden_places(rows)
    return [_veil(row) if place in hidden else {**row, "suppressed": False} for place, row in enumerate(rows)]


def hidden_places(rows: Sequence[Row]) -> set[int]:
    """Places in `rows` of the cells that are hidden. A group is what adds up to a total: the rows that differ in one
    dimension alone."""
    groups = list(_groups(rows))
    small = {place for place, row in enumerate(rows) if row["by"] and _is_small(row)}
    hidden = set(small)
    for group in groups:
        if small & set(group):
            hidden |= _next(rows, group, hidden)
    while alone := [group for group in groups if len(group) > 1 and len(hidden & set(group)) == 1]:
        for group in alone:
            hidden |= _next(rows, group, hidden)
    return hidden


def _groups(rows: Sequence[Row]) -> Iterable[list[int]]:
    for dimension in rows[0]["by"] if rows else ():
        found: defaultdict[str, list[int]] = defaultdict(list)
        for place, row in enumerate(rows):
            found[repr({name: value for name, value in row["by"].items() if name != dimension})].append(place)
        yield from found.values()


def _is_small(row: Row) -> bool:
    return bool(row["observed"] < OBSERVED_MIN or row["teams"] < TEAMS_MIN)


def _next(rows: Sequence[Row], group: Sequence[int], hidden: set[int]) -> set[int]:
    """The smallest cell of a group that still stands; none where all are hidden."""
    standing = [(rows[place]["observed"], place) for place in group if place not in hidden]
    return {min(standing)[1]} if standing else set()


def _veil(row: Row) -> Row:
    return {**{name: _null(value) for name, value in row.items()}, "by": row["by"], "suppressed": True}


def _null(value: Any) -> Any:
    """Nothing, under the same names."""
    return dict.fromkeys(value) if isinstance(value, dict) else None
