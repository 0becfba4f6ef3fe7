"""Intervals of shares of stations, where the method allows one: a declared design, and only stations of its sample."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any

from app.results.bits import OBSERVED
from app.results.duck import Connection
from app.results.measures import Measure
from app.results.query import PLACE_DIMENSIONS, Query
from app.results.source import Source
from app.results.statistics import Interval, Stratum, design_effect, simple_size, stratified, wilson
from app.results.tables import Cell, Group, by_station

NOT_A_SHARE = "not_a_station_share"
NO_SAMPLE = "non_probability_sample"
NOTHING = "nothing_observed"
TOO_FEW = "stratum_too_small"
ONE_CLUSTER = "one_cluster"
DESIGNS = ("srs", "stratified")
FRAME_FILTERS = frozenset({*PLACE_DIMENSIONS, "form", "stage"})
"""What may narrow or split a query without making the number of stations behind a row unknown."""
FREE = frozenset({"question", "by", "unit", "shape", "lang", "as_of", "since", "any", "bands", "ratio", "format"})

Ci = tuple[dict[str, Interval] | None, str | None]
"""Intervals by option (and "negative"), or why there are none."""


@dataclass
class _Sample:
    """Observed stations of one cell: stratum -> bits -> count, cluster -> bits -> count."""

    outside: int = 0
    """Observed stations that the sample does not hold."""
    strata: dict[int | None, dict[int, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    clusters: dict[int | None, dict[int, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))


@dataclass(frozen=True)
class Design:
    """What the mission declares, and the stations of each group's frame by stratum."""

    stratified: bool
    clustered: bool
    frame: Mapping[Group, Mapping[int | None, int]]
    samples: Mapping[Cell, _Sample]


def declared(settings: Mapping[str, Any], query: Query) -> bool:
    """Whether the mission declares a sample and the query keeps to its frame."""
    sampling = settings.get("sampling")
    design = sampling.get("design") if isinstance(sampling, Mapping) else None
    narrowed = set(query.normal()) - FREE - FRAME_FILTERS
    return query.unit == "station" and design in DESIGNS and not narrowed and set(query.by) <= FRAME_FILTERS


def design_of(cursor: Connection, settings: Mapping[str, Any], source: Source, frame: str, at: int) -> Design:
    """Read frame and sample. `frame`: the WHERE of the stations of the frame, whose alias is p."""
    sampling = settings["sampling"]
    is_stratified = sampling["design"] == "stratified"
    return Design(
        is_stratified,
        bool(sampling.get("clusters")),
        _frame(cursor, source, frame, is_stratified),
        _samples(cursor, source, at, is_stratified),
    )


def interval_of(design: Design | None, measure: Measure, cell: Cell) -> Ci:
    """The intervals of one row."""
    if not measure.is_share:
        return None, NOT_A_SHARE
    sample = design.samples.get(cell) if design else None
    if design is None or (sample is not None and sample.outside):
        return None, NO_SAMPLE
    if sample is None or not sample.strata:
        return None, NOTHING
    found: dict[str, Interval] = {}
    frame = design.frame.get(cell[:2], {})
    named = [*measure.options, *([("negative", measure.negative_bits)] if measure.negative_bits else [])]
    for name, bits in named:
        interval = _interval(design, frame, sample, bits)
        if isinstance(interval, str):
            return None, interval
        found[name] = interval
    return found, None


def _interval(design: Design, frame: Mapping[int | None, int], sample: _Sample, bits: int) -> Interval | str:
    strata = [_stratum(stations, sample.strata.get(key, {}), bits) for key, stations in frame.items()]
    if design.stratified:
        estimate = stratified(strata)
        if estimate is None:
            return TOO_FEW
        share, worth = estimate
    else:
        observed = sum(stratum.observed for stratum in strata)
        share = sum(stratum.negative for stratum in strata) / observed
        worth = simple_size(observed, sum(stratum.stations for stratum in strata))
    if not design.clustered or worth == inf:
        return wilson(share, worth)
    effect = design_effect(share, [_counts(spread, bits) for spread in sample.clusters.values()])
    return ONE_CLUSTER if effect is None else wilson(share, worth / effect)


def _stratum(stations: int, spread: Mapping[int, int], bits: int) -> Stratum:
    return Stratum(stations, *_counts(spread, bits))


def _counts(spread: Mapping[int, int], bits: int) -> tuple[int, int]:
    """(observed, with any of the bits)."""
    return sum(spread.values()), sum(count for found, count in spread.items() if found & bits)


def _frame(cursor: Connection, source: Source, frame: str, by_stratum: bool) -> dict[Group, dict[int | None, int]]:
    groups = [dimension.sql for dimension in source.dimensions] + ["0", "0"]
    stratum = "p.stratum" if by_stratum else "0"
    query = f"SELECT {groups[0]}, {groups[1]}, {stratum}, count(*) FROM place p WHERE {frame} GROUP BY ALL"  # noqa: S608
    found: dict[Group, dict[int | None, int]] = defaultdict(dict)
    for first, second, key, stations in cursor.execute(query).fetchall():
        found[first, second][key] = stations
    return found


def _samples(cursor: Connection, source: Source, at: int, by_stratum: bool) -> dict[Cell, _Sample]:
    bits = ", ".join(f"s.m{place}" for place in range(len(source.measures)))
    place = f"JOIN place p ON p.place = s.place AND p.from_seq <= {at} AND p.to_seq > {at}"
    stratum = "p.stratum" if by_stratum else "0"
    rows = f"SELECT s.d0, s.d1, {stratum} AS h, s.team, coalesce(p.sampled, false) AS sampled"
    long = f"{rows}, unnest(range({len(source.measures)})) AS i, unnest([{bits}]) AS m FROM ({by_station(source)}) s"
    query = f"SELECT d0, d1, i, h, team, sampled, m, count(*) FROM ({long} {place}) WHERE m >= {OBSERVED} GROUP BY ALL"  # noqa: S608
    return _gathered(cursor.execute(query).fetchall())


def _gathered(rows: Iterable[tuple[Any, ...]]) -> dict[Cell, _Sample]:
    found: dict[Cell, _Sample] = defaultdict(_Sample)
    for first, second, measure, stratum, team, sampled, bits, count in rows:
        sample = found[first, second, measure]
        sample.outside += 0 if sampled else count
        sample.strata[stratum][bits] += count
        sample.clusters[team][bits] += count
    return found
