"""The worlds see mistakes: each that others made is planted once and found by some seed, else the worlds went blind."""

from pathlib import Path

import pytest

from tests.simulation.core import cores
from tests.simulation.core_mistakes import CORE_MISTAKES
from tests.simulation.mutations import MISTAKES
from tests.simulation.truth import ViolationError
from tests.simulation.world import World

SEEDS = 400
SHOWS_IN = {
    "late answer applied to another attempt": 130,
    "rejected items dropped locally": 182,
    "rejected items not offered again after restore": 182,
    "an epoch that came back is trusted": 237,
}
"""Seeds to look at first, for mistakes that show in few worlds."""

CORE_SEEDS = 60
SHOWS_IN_CORE = {
    "kept is said before it is on the disk": 17,
    "a clock set back silences the phone": 396,
    "an epoch that came back is trusted": 273,
}


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


@pytest.mark.parametrize("name", CORE_MISTAKES)
def test_a_mistake_planted_in_the_phones_own_core_is_seen(name: str, tmp_path: Path) -> None:
    with cores(tmp_path, name) as running:
        for seed in (SHOWS_IN_CORE.get(name, 0), *range(CORE_SEEDS)):
            try:
                World(seed, running.phones).run()
            except ViolationError:
                return
    pytest.fail(f"{CORE_SEEDS} worlds did not see it")
