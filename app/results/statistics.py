"""Shares, whole per cents and intervals, pure. The rules stand in docs/results.md under "Numbers on paper".

Sources: E. B. Wilson, JASA 22 (1927); B. O'Neill, "Mathematical properties and finite-population correction for the
Wilson score interval" (2021); C. Franco et al., JSSAM 7 (2019) for the effective sample size of a complex design.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, sqrt

Z_95 = 1.959963984540054
"""The 97.5th percentile of the standard normal."""
SMALL_N = 30
"""Below it a statement prints "k of n" and no percentage."""

Interval = tuple[float, float]


@dataclass(frozen=True)
class Stratum:
    """A stratum of the frame: stations in it, stations observed of the sample, negative ones among them."""

    stations: int
    observed: int
    negative: int


def share(count: int, observed: int) -> float | None:
    """count / observed in full precision; None where nothing was observed."""
    return count / observed if observed else None


def whole_per_cent(count: int, observed: int) -> int:
    """Whole per cents, half away from zero, in integers: 53 of 131 is 40. Raises ValueError for no observation."""
    return int(per_cent(count, observed, 0))


def per_cent(count: int, observed: int, decimals: int) -> str:
    """Per cents with `decimals` places, rounded from the two integers and never from a rounded share."""
    if observed <= 0:
        raise ValueError("a percentage of nothing: print the counts")
    scaled = (2 * 100 * 10**decimals * count + observed) // (2 * observed)
    whole, rest = divmod(scaled, 10**decimals)
    return f"{whole}.{rest:0{decimals}d}" if decimals else str(whole)


def wilson(share: float, n: float, z: float = Z_95) -> Interval:
    """The score interval of a share over n independent observations; n = inf is a full count and gives [p, p]."""
    if n == inf:
        return share, share
    shrink = 1 + z * z / n
    centre = (share + z * z / (2 * n)) / shrink
    half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / shrink
    return max(0.0, centre - half), min(1.0, centre + half)


def simple_size(observed: int, stations: float) -> float:
    """n*: what `observed` of `stations` drawn at random are worth; inf for a full count, n for an endless frame."""
    if stations == inf:
        return float(observed)
    return inf if observed >= stations else observed * (stations - 1) / (stations - observed)


def stratified(strata: Sequence[Stratum]) -> tuple[float, float] | None:
    """(share, n*) of a stratified sample, or None where a stratum that is not full has fewer than two stations."""
    strata = [stratum for stratum in strata if stratum.stations]
    if not strata or any(s.observed < min(2, s.stations) for s in strata):
        return None
    total = sum(s.stations for s in strata)
    weights = [s.stations / total for s in strata]
    p = sum(w * s.negative / s.observed for w, s in zip(weights, strata, strict=True))
    terms = [(w * w / s.observed * _unseen(s), s.negative / s.observed) for w, s in zip(weights, strata, strict=True)]
    variance = sum(term * q * (1 - q) for term, q in terms)
    if variance:
        return p, p * (1 - p) / variance
    spread = sum(term for term, _ in terms)
    return p, 1 / spread if spread else inf


def post_stratified(strata: Sequence[Stratum]) -> float | None:
    """The share that the frame would have if each stratum were as its observed stations; None where one was not seen.

    It stands beside the share that was observed and never in its place.
    """
    strata = [stratum for stratum in strata if stratum.stations]
    if not strata or not all(s.observed for s in strata):
        return None
    total = sum(s.stations for s in strata)
    return sum(s.stations / total * (s.negative / s.observed) for s in strata)


def design_effect(share: float, clusters: Sequence[tuple[int, int]]) -> float | None:
    """How much less a clustered sample is worth, at least 1; None for fewer than two clusters.

    `clusters` holds (observed, negative) for each.
    """
    if len(clusters) < 2:
        return None
    if share in (0.0, 1.0):
        return 1.0
    m, n = len(clusters), sum(observed for observed, _ in clusters)
    between = m / (m - 1) * sum((negative - observed * share) ** 2 for observed, negative in clusters) / n**2
    return max(1.0, between / (share * (1 - share) / n))


def _unseen(stratum: Stratum) -> float:
    """The finite population correction (N_h - n_h) / (N_h - 1); 0 for a full stratum."""
    unseen = stratum.stations - stratum.observed
    return unseen / (stratum.stations - 1) if unseen > 0 else 0.0
