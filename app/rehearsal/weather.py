"""What a bad network does to a request, drawn from a seed. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Literal

Fate = Literal[
    "pass", "drop", "reset", "cut_request", "lose", "cut_answer", "twice", "again_later", "portal", "redirect", "refuse"
]
"""What becomes of a request and its answer.

drop: nobody gets it, the connection closes. reset: the same, by a TCP reset. cut_request: the server gets its first
part. lose: the server does it, the answer is lost. cut_answer: the first part of the answer comes. twice: the server
gets it twice at once, the second answer comes. again_later: it is answered, and gets there once more afterwards.
portal: a page with status 200 answers in the server's place. redirect: one with 302. refuse: one of `REFUSALS`.
"""
REFUSALS = (413, 429, 500, 502, 503, 511)
"""Statuses that proxies and portals answer with pages of their own."""


@dataclass(frozen=True)
class Weather:
    """`shares`: fate -> share of all requests; the rest passes. Delays are drawn evenly up to `delay_s_max`, before and
    after the server. `bytes_per_s` bounds both ways; None: as fast as the machine."""

    shares: Mapping[Fate, float] = field(default_factory=dict)
    delay_s_max: float = 0.0
    bytes_per_s: int | None = None


CALM = Weather()
STORM = Weather(
    {
        "drop": 0.06, "reset": 0.04, "cut_request": 0.06, "lose": 0.1, "cut_answer": 0.06, "twice": 0.06,
        "again_later": 0.06, "portal": 0.05, "redirect": 0.03, "refuse": 0.06,
    },
    delay_s_max=0.05,
)  # fmt: skip


@dataclass(frozen=True)
class Fortune:
    """What becomes of one request. `cut`: the share of the bytes that passes where something is cut off."""

    fate: Fate
    before_s: float
    after_s: float
    cut: float
    status: int


def fortune(weather: Weather, dice: Random) -> Fortune:
    """The same dice give the same fortunes; every fortune takes as many throws."""
    thrown, before, after, cut, status = (dice.random() for _ in range(5))
    waits = (before * weather.delay_s_max, after * weather.delay_s_max)
    return Fortune(_fate(weather, thrown), *waits, cut, REFUSALS[int(status * len(REFUSALS))])


def _fate(weather: Weather, thrown: float) -> Fate:
    for fate, share in weather.shares.items():
        thrown -= share
        if thrown < 0:
            return fate
    return "pass"
