"""Intervals of shares of stations, where the method allows one: a declared design, and only stations of its sample."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any

from app.results.bits import OBSERVED
from app.results.counting import Cell, Group, by_station
from app.results.duck import Connection
from app.results.measures import Measure
from app.results.query import PLACE_DIMENSIONS, Query
from app.results.source import Source
from app.results.statistics import Interval, Stratum, design_effect, simple_size, stratified, wilson

NOT_A_SHARE = "not_a_station_share"
NO_SAMPLE = "non_probability_sample"
NOTHING = "nothing_observed"
TOO_FEW = "stratum_too_small"
ONE_CLUSTER = "one_cluster"
DESIGNS = ("srs", "stratified")
FRAME_FILTERS = frozenset({*PLACE_DIMENSIONS, "form", "stage"})
"""What may narrow or split a query without making the number of stations behind a row unknown."""
FREE = frozenset({"question", "by", "unit", "shape", "lang", "as_of", "since", "any", "bands", "ratio", "format"})
PRINTED = frozenset({"weights", "part", "written"})
"""What says nothing about which rows are counted."""

Ci = tuple[dict[str, Interval] | None, str | None]
"""Intervals by option (and "negative"), or why there are none."""

Key = int | str | None
"""A stratum as the mirror knows it."""
STRATUM = "p.stratum"


@dataclass
class Sample:
    """Observed stations of one cell: stratum -> bits -> count, cluster -> bits -> count."""

    outside: int = 0
    """Observed stations that the sample does not hold."""
    strata: dict[Key, dict[int, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    clusters: dict[int | None, dict[int, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))


@dataclass(frozen=True)
class Design:
    """What the mission declares, and the stations of each group's frame by stratum."""

    stratified: bool
    clustered: bool
    frame: Mapping[Group, Mapping[Key, int]]
    samples: Mapping[Cell, Sample]


def declared(settings: Mapping[str, Any], query: Query) -> bool:
    """Whether the mission declares a sample and the query keeps to its frame."""
    sampling = settings.get("sampling")
    design = sampling.get("design") if isinstance(sampling, Mapping) else None
    narrowed = set(query.normal()) - FREE - PRINTED - FRAME_FILTERS
    return query.unit == "station" and design in DESIGNS and not narrowed and set(query.by) <= FRAME_FILTERS


def design_of(cursor: Connection, settings: Mapping[str, Any], source: Source, frame: str, at: int) -> Design:
    """Read frame and sample. `frame`: the WHERE of the stations of the frame, whose alias is p."""
    sampling = settings["sampling"]
    is_stratified = sampling["design"] == "stratified"
    return Design(
        is_stratified,
        bool(sampling.get("clusters")),
        frame_of(cursor, source, frame, STRATUM if is_stratified else "0"),
        samples_of(cursor, source, at, STRATUM if is_stratified else "0"),
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
    for name, bits in named_bits(measure):
        interval = _interval(design, frame, sample, bits)
        if isinstance(interval, str):
            return None, interval
        found[name] = interval
    return found, None


def named_bits(measure: Measure) -> list[tuple[str, int]]:
    """The options of a measure and "negative", where it has one, with their bits."""
    return [*measure.options, *([("negative", measure.negative_bits)] if measure.negative_bits else [])]


def _interval(design: Design, frame: Mapping[Key, int], sample: Sample, bits: int) -> Interval | str:
    strata = [stratum_of(stations, sample.strata.get(key, {}), bits) for key, stations in frame.items()]
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


def stratum_of(stations: int, spread: Mapping[int, int], bits: int) -> Stratum:
    """A stratum as the statistics take it."""
    return Stratum(stations, *_counts(spread, bits))


def _counts(spread: Mapping[int, int], bits: int) -> tuple[int, int]:
    """(observed, with any of the bits)."""
    return sum(spread.values()), sum(count for found, count in spread.items() if found & bits)


def frame_of(cursor: Connection, source: Source, frame: str, stratum: str) -> dict[Group, dict[Key, int]]:
    """Stations of each group's frame by stratum, an expression over the place p."""
    groups = [dimension.sql for dimension in source.dimensions] + ["0", "0"]
    query = f"SELECT {groups[0]}, {groups[1]}, {stratum}, count(*) FROM place p WHERE {frame} GROUP BY ALL"  # noqa: S608
    found: dict[Group, dict[Key, int]] = defaultdict(dict)
    for first, second, key, stations in cursor.execute(query).fetchall():
        found[first, second][key] = stations
    return found


def samples_of(cursor: Connection, source: Source, at: int, stratum: str) -> dict[Cell, Sample]:
    """Observed stations of each cell by stratum and by team."""
    bits = ", ".join(f"s.m{place}" for place in range(len(source.measures)))
    place = f"JOIN place p ON p.place = s.place AND p.from_seq <= {at} AND p.to_seq > {at}"
    rows = f"SELECT s.d0, s.d1, {stratum} AS h, s.team, coalesce(p.sampled, false) AS sampled"
    long = f"{rows}, unnest(range({len(source.measures)})) AS i, unnest([{bits}]) AS m FROM ({by_station(source)}) s"
    query = f"SELECT d0, d1, i, h, team, sampled, m, count(*) FROM ({long} {place}) WHERE m >= {OBSERVED} GROUP BY ALL"  # noqa: S608
    return _gathered(cursor.execute(query).fetchall())


def _gathered(rows: Iterable[tuple[Any, ...]]) -> dict[Cell, Sample]:
    found: dict[Cell, Sample] = defaultdict(Sample)
    for first, second, measure, stratum, team, sampled, bits, count in rows:
        sample = found[first, second, measure]
        sample.outside += 0 if sampled else count
        sample.strata[stratum][bits] += count
        sample.clusters[team][bits] += count
    return found
