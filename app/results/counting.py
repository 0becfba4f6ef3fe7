"""The counting itself: a source of rows -> figures by group and measure. One statement a kind of figure.

Or-ing the bits of a place is the fastest way found to count distinct stations for every option at once.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from app.results.bits import OBSERVED
from app.results.duck import Connection
from app.results.measures import UNION, WORST, Measure, first_blank
from app.results.source import Source

BUNDLE = 4
"""Measures counted together: 35 ms instead of 85 one by one, with 40 of them over 100,000 reports."""
NARROW_BITS, WIDE_BITS, RANK_BITS = 32, 90, 30
"""The visit that speaks for a station is the greatest of (is negative, rank, bits) packed into one number."""
Group = tuple[int | None, int | None]
Cell = tuple[int | None, int | None, int]
"""A group and the place of a measure."""
Spread = dict[int, int]
"""Bits -> how many visits, or stations, have just these."""


class Totals(NamedTuple):
    """What a group holds, whatever the question."""

    visits: int = 0
    stations: int = 0
    teams: int = 0
    place_unknown: int = 0


class Numbers(NamedTuple):
    """Of the observed values of a number, a time, or the two numbers of a ratio."""

    n: int
    zeros: int
    sum: Decimal
    min: float
    max: float
    quartiles: tuple[float, float, float]
    second: Decimal | None


@dataclass
class Figures:
    """Everything that the rows of a result are written from."""

    totals: dict[Group, Totals]
    visits: dict[Cell, Spread]
    """Of the unit asked for."""
    instances: dict[Cell, Spread]
    """Of visits, whatever the unit."""
    stations: dict[Cell, Spread]
    """All bits of a place's observed visits together."""
    numbers: dict[Cell, Numbers]
    disputes: dict[Cell, int] = field(default_factory=dict)


def figures(cursor: Connection, source: Source, unit: str) -> Figures:
    """Count a source. `unit`: visit, or station (method: one answer a place, by the measure's rule)."""
    rows = source.sql
    instances = spreads(cursor, rows, source.measures)
    counted = rows if unit == "visit" else by_station(source)
    return Figures(
        totals=totals(cursor, rows),
        visits=instances if unit == "visit" else spreads(cursor, counted, source.measures),
        instances=instances,
        stations=_spreads(cursor.execute(_stations(rows, source.measures)).fetchall()),
        numbers=numbers(cursor, counted, source.measures),
        disputes=disputes(cursor, source),
    )


def totals(cursor: Connection, rows: str) -> dict[Group, Totals]:
    """Distinct places and teams stand beside the visits; a visit without a place is one of `place_unknown`."""
    counts = "count(*), count(DISTINCT place), count(DISTINCT team), count(*) FILTER (place IS NULL)"
    found = cursor.execute(f"SELECT d0, d1, {counts} FROM ({rows}) GROUP BY d0, d1").fetchall()  # noqa: S608
    return {(row[0], row[1]): Totals(*row[2:]) for row in found}


def spreads(cursor: Connection, rows: str, measures: Sequence[Measure]) -> dict[Cell, Spread]:
    """How many rows have which bits."""
    places = range(len(measures))
    bundles = [places[start : start + BUNDLE] for start in range(0, len(places), BUNDLE)]
    if not bundles:
        return {}
    long = " UNION ALL ".join(_bundle(list(bundle)) for bundle in bundles)
    query = f"WITH s AS MATERIALIZED ({rows}) SELECT d0, d1, i, m, sum(n)::BIGINT FROM ({long}) GROUP BY d0, d1, i, m"  # noqa: S608
    return _spreads(cursor.execute(query).fetchall())


def _bundle(places: list[int]) -> str:
    """Some measures counted together, then taken apart: their combinations are few beside the rows."""
    names = ", ".join(f"m{place}" for place in places)
    wide = ", ".join(f"m{place}::HUGEINT" for place in places)
    together = f"SELECT d0, d1, {names}, count(*) AS n FROM s GROUP BY d0, d1, {names}"  # noqa: S608
    return f"SELECT d0, d1, n, unnest({places}) AS i, unnest([{wide}]) AS m FROM ({together})"  # noqa: S608


def _stations(rows: str, measures: Sequence[Measure]) -> str:
    """How many places have which bits, taking all their observed visits together."""
    places = range(len(measures))
    together = ", ".join(f"bit_or(m{place}) AS m{place}" for place in places)
    observed = ", ".join(f"m{place}::HUGEINT >> 5 << 5" for place in places)
    own = f"SELECT d0, d1, place, {together} FROM ({rows}) WHERE place IS NOT NULL GROUP BY d0, d1, place"  # noqa: S608
    long = f"SELECT d0, d1, unnest(range({len(measures)})) AS i, unnest([{observed}]) AS m FROM ({own})"  # noqa: S608
    return f"SELECT d0, d1, i, m, count(*) FROM ({long}) WHERE m > 0 GROUP BY d0, d1, i, m"  # noqa: S608


def _spreads(rows: Iterable[tuple[int | None, int | None, int, int, int]]) -> dict[Cell, Spread]:
    found: dict[Cell, Spread] = defaultdict(dict)
    for first, second, place, bits, count in rows:
        found[first, second, place][bits] = count
    return found


def by_station(source: Source) -> str:
    """SQL: one row a group and place, as the method lets a station speak for its visits."""
    inner = ["d0", "d1", "place", "arg_max(team, ord) AS team"]
    outer = ["d0", "d1", "place", "team"]
    for place, measure in enumerate(source.measures):
        chosen, spoken = _spoken(f"m{place}", f"k{place}", measure)
        inner += [f"bit_or(m{place}) AS b{place}", f"{chosen} AS k{place}"]
        outer.append(f"CASE WHEN k{place} IS NULL THEN {first_blank(f'b{place}')} ELSE {spoken} END AS m{place}")
        if measure.numeric:
            latest = f"FILTER (m{place} >= {OBSERVED})"
            inner += [f"arg_max({name}{place}, ord) {latest} AS {name}{place}" for name in "xy"]
            outer += [f"x{place}", f"y{place}"]
    ranked = f"SELECT *, row_number() OVER (ORDER BY ord) AS r FROM ({source.sql}) WHERE place IS NOT NULL"  # noqa: S608
    own = f"SELECT {', '.join(inner)} FROM ({ranked}) GROUP BY d0, d1, place"  # noqa: S608
    return f"SELECT {', '.join(outer)} FROM ({own})"  # noqa: S608


def _spoken(bits: str, key: str, measure: Measure) -> tuple[str, str]:
    """SQL of what to gather from a place's observed visits (null where there is none), and of the bits in it."""
    if measure.station_rule == UNION:
        every = f"bit_or(CASE WHEN {bits} >= {OBSERVED} THEN {bits}::HUGEINT END)"
        others = sum(bit for _, bit in measure.options) & ~measure.exclusive_bits
        return every, f"CASE WHEN ({key} & {others}) <> 0 THEN {key} & {others} ELSE {key} END"
    is_wide = any(bit >= 1 << NARROW_BITS for _, bit in measure.options)
    width, type = (WIDE_BITS, "HUGEINT") if is_wide else (NARROW_BITS, "BIGINT")
    speaker = f"(r::{type} << {width}) + {bits}"
    if measure.station_rule == WORST:
        is_negative = f"({bits}::{type} & {measure.negative_bits}) <> 0"
        speaker = f"(CASE WHEN {is_negative} THEN 1::{type} << {width + RANK_BITS} ELSE 0 END) + {speaker}"
    return f"max(CASE WHEN {bits} >= {OBSERVED} THEN {speaker} END)", f"{key} & {(1 << width) - 1}"


def numbers(cursor: Connection, rows: str, measures: Sequence[Measure]) -> dict[Cell, Numbers]:
    """Sums are exact to six decimals, so that no order of adding changes a digit; quantiles are linear."""
    places = [place for place, measure in enumerate(measures) if measure.numeric]
    if not places:
        return {}
    lists = ", ".join(f"unnest([{', '.join(f'{name}{place}' for place in places)}]) AS {name}" for name in "xy")
    long = f"SELECT d0, d1, unnest({places}) AS i, {lists} FROM ({rows})"  # noqa: S608
    exact = "sum({0}::DECIMAL(38, 6))"
    spread = f"count(*), count(*) FILTER (x = 0), {exact.format('x')}, min(x), max(x)"
    quartiles = "quantile_cont(x, [0.25, 0.5, 0.75])"
    query = f"SELECT d0, d1, i, {spread}, {quartiles}, {exact.format('y')} FROM ({long})"  # noqa: S608
    found = cursor.execute(f"{query} WHERE x IS NOT NULL GROUP BY d0, d1, i").fetchall()
    return {
        (d0, d1, i): Numbers(n, zeros, total, low, high, tuple(quarters), second)
        for d0, d1, i, n, zeros, total, low, high, quarters, second in found
    }


def disputes(cursor: Connection, source: Source) -> dict[Cell, int]:
    """Visits in whose question several values stand against each other."""
    places = {number: place for place, number in enumerate(source.codes) if number is not None}
    joined = f"({source.sql}) s JOIN dispute d ON d.report = s.report AND d.from_seq = s.from_seq"
    found = cursor.execute(f"SELECT d0, d1, d.code, count(*) FROM {joined} GROUP BY d0, d1, d.code").fetchall()  # noqa: S608
    return {(row[0], row[1], places[row[2]]): row[3] for row in found if row[2] in places}
