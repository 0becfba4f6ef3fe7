"""What a table is: parts of named columns and plain rows, whatever it is written as. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from app.results.statistics import SMALL_N, share

Row = dict[str, Any]
WORD, COUNT, SHARE, NUMBER, TEXT, TIME, FLAG = "word", "count", "share", "number", "text", "time", "flag"
FIGURES = (COUNT, SHARE, NUMBER)
"""Kinds of column that are figures of a cube."""


@dataclass(frozen=True)
class Column:
    """`of`: the columns of a share's count and of its denominator, from which paper rounds."""

    name: str
    kind: str = COUNT
    of: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Part:
    """Rows under one heading. `dimensions` name a row, and no two rows alike where it is a cube; else it is a list.

    `sentence` names the sentence that a statement makes of a row.
    """

    name: str
    dimensions: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: Sequence[Row]
    is_cube: bool = True
    sentence: str = ""

    def figures(self) -> list[Column]:
        """The columns that a cube holds, its dimensions aside."""
        return [c for c in self.columns if c.kind in FIGURES and c.name not in self.dimensions]


@dataclass(frozen=True)
class Table:
    """A table of a mission. The first part is the one that a single sheet of figures shows."""

    code: str
    parts: tuple[Part, ...]
    notes: tuple[str, ...] = ()
    """Names of notes, printed in the language asked for."""


def words(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, WORD) for name in names)


def counts(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name) for name in names)


def shared(name: str, count: str, observed: str) -> Column:
    """A share of two columns of its row."""
    return Column(name, SHARE, (count, observed))


def with_share(row: Row, name: str, count: str, observed: str) -> Row:
    """A row with a share in full precision, null where nothing was observed."""
    counted = row[count]
    return {**row, name: None if counted is None else share(counted, row[observed] or 0)}


def ranked(rows: Iterable[Row], count: str, observed: str) -> list[Row]:
    """Rows with `rank` by falling share, equal shares sharing one; those of nothing observed have none and go last."""
    known = list(rows)
    shares = [Fraction(row[count], row[observed]) for row in known if row[observed] and row[count] is not None]
    return [
        {**row, "rank": _rank(Fraction(row[count], row[observed]), shares)}
        if row[observed] and row[count] is not None
        else {**row, "rank": None}
        for row in known
    ]


def by_rank(rows: Iterable[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (row["rank"] is None, row["rank"] or 0))


def is_small(observed: int | None) -> bool:
    """Whether paper says "k of n" and no percentage."""
    return (observed or 0) < SMALL_N


def _rank(own: Fraction, shares: Sequence[Fraction]) -> int:
    return 1 + sum(other > own for other in shares)
