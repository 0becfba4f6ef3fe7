"""Post-stratification: a second column of shares, how the frame would answer if each cell of it were as observed.

Cells are region, settlement or type of station (and strata of a stratified design). Only where an interval may stand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.results.counting import Cell, Group
from app.results.duck import Connection
from app.results.intervals import (
    NO_SAMPLE,
    NOT_A_SHARE,
    NOTHING,
    STRATUM,
    Key,
    Sample,
    frame_of,
    named_bits,
    samples_of,
    stratum_of,
)
from app.results.measures import Measure
from app.results.source import Source
from app.results.statistics import post_stratified

NOT_SEEN = "cell_not_observed"
Weighted = tuple[dict[str, float | None] | None, str | None]
"""Shares by option (and "negative"), or why there are none."""


@dataclass(frozen=True)
class Weights:
    """Stations of each group's frame by cell, and the observed ones."""

    frame: Mapping[Group, Mapping[Key, int]]
    samples: Mapping[Cell, Sample]


def weights_of(
    cursor: Connection, settings: Mapping[str, Any], source: Source, frame: str, at: int, by: Sequence[str]
) -> Weights:
    """Read the cells. `by`: dimensions of places; `frame`: the WHERE of the stations of the frame, whose alias is p."""
    columns = [f"p.{name}" for name in by]
    columns += [STRATUM] if settings["sampling"]["design"] == "stratified" else []
    key = " || '|' || ".join(f"coalesce({column}::VARCHAR, '')" for column in columns)
    return Weights(frame_of(cursor, source, frame, key), samples_of(cursor, source, at, key))


def weighted_of(weights: Weights | None, measure: Measure, cell: Cell) -> Weighted:
    """The second column of one row."""
    if not measure.is_share:
        return None, NOT_A_SHARE
    sample = weights.samples.get(cell) if weights else None
    if weights is None or (sample is not None and sample.outside):
        return None, NO_SAMPLE
    if sample is None or not sample.strata:
        return None, NOTHING
    frame = weights.frame.get(cell[:2], {})
    found = {name: _share(frame, sample, bits) for name, bits in named_bits(measure)}
    return (None, NOT_SEEN) if None in found.values() else (found, None)


def _share(frame: Mapping[Key, int], sample: Sample, bits: int) -> float | None:
    return post_stratified([stratum_of(n, sample.strata.get(key, {}), bits) for key, n in frame.items()])
