"""The worlds see mistakes: each that others made is planted once and found by some seed, else the worlds went blind."""

import pytest

from tests.simulation.mutations import MISTAKES
from tests.simulation.truth import ViolationError
from tests.simulation.world import World

SEEDS = 400
SHOWS_IN = {
    "late answer applied to another attempt": 41,
    "rejected items not offered again after restore": 12,
}
"""Seeds to look at first, for mistakes that show in few worlds."""


@pytest.mark.parametrize("name", MISTAKES)
def test_a_planted_mistake_is_seen(name: str) -> None:
    planted = MISTAKES[name]
    first = SHOWS_IN.get(name, 0)
    for seed in (first, *range(SEEDS)):
        try:
            World(seed, server=planted.server, phone=planted.phone).run()
        except ViolationError:
            return
    pytest.fail(f"{SEEDS} worlds did not see it")
