"""Chance that comes out the same each time: every thing drawn has its own dice, named after it."""

import random
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeAlias, TypeVar
from uuid import UUID

SEED = "urna demo 2022-11-20"
Dice: TypeAlias = random.Random
T = TypeVar("T")


def dice_of(*names: object) -> Dice:
    """The dice of what is named, the same on every machine and in every run."""
    return random.Random(":".join([SEED, *map(str, names)]))  # noqa: S311  a demo has no secrets


def weighted(dice: Dice, weights: Mapping[T, float]) -> T:
    """One of the keys, as often as its weight says."""
    return dice.choices(list(weights), list(weights.values()))[0]


def binomial(dice: Dice, n: int, p: float) -> int:
    """About as many of n as p says: a normal law, held to 0..n."""
    spread = (n * p * (1 - p)) ** 0.5
    return max(0, min(n, round(dice.gauss(n * p, spread))))


def apportioned(total: int, weights: Sequence[float]) -> list[int]:
    """Whole numbers in the ratio of the weights that sum to `total` (largest remainders)."""
    whole = sum(weights)
    exact = [total * weight / whole for weight in weights]
    parts = [int(part) for part in exact]
    by_remainder = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for i in by_remainder[: total - sum(parts)]:
        parts[i] += 1
    return parts


def uuid7(at: datetime, dice: Dice) -> str:
    """A UUIDv7 (RFC 9562) of a moment, its random part thrown."""
    milliseconds = int(at.timestamp() * 1000)
    rest = dice.getrandbits(74)
    value = milliseconds << 80 | 7 << 76 | (rest >> 62) << 64 | 2 << 62 | (rest & ((1 << 62) - 1))
    return str(UUID(int=value))
