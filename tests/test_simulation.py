"""Two thousand worlds from two thousand seeds: phones and people in a storm, with the real push, fold and pull inside;
and two hundred of them with the phone's own core. `python -m tests.simulation --seeds 17 --story` replays one of them,
with `--core` for the phone's own; `make soak` lives through fifty thousand (`URNA_WORLDS`)."""

import os
from collections.abc import Iterator

import pytest

from tests.simulation.core import Cores, cores
from tests.simulation.network import WEIGHTS, passage
from tests.simulation.truth import ViolationError
from tests.simulation.wire import Request
from tests.simulation.world import ACTS, TROUBLES, World, script

SEEDS, AT_ONCE = int(os.environ.get("URNA_WORLDS", "2000")), 50
CORE_SEEDS, CORE_AT_ONCE = SEEDS // 10, 20
"""A world with the phone's own core takes twice as long."""
FOUND = (309, 396, 553, 937, 1155, 1837, 4124)
"""Worlds in which the phone's own core, or the laws as they were written down, once failed."""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cores]:
    """The phone's own core, for one world after another."""
    with cores(tmp_path_factory.mktemp("core")) as started:
        yield started


def live_through(seed: int, running: Cores | None = None) -> World:
    world = World(seed, running.phones if running else None)
    try:
        world.run()
    except ViolationError as violation:
        core = " --core" if running else ""
        pytest.fail(f"{violation}\nreplay: python -m tests.simulation --seeds {seed}{core} --story")
    return world


@pytest.mark.parametrize("first", range(0, SEEDS, AT_ONCE))
def test_no_world_breaks_a_law(first: int) -> None:
    for seed in range(first, first + AT_ONCE):
        live_through(seed)


@pytest.mark.parametrize("first", range(0, CORE_SEEDS, CORE_AT_ONCE))
def test_no_world_breaks_a_law_with_the_phones_own_core(first: int, running: Cores) -> None:
    for seed in range(first, first + CORE_AT_ONCE):
        live_through(seed, running)


def test_worlds_that_once_showed_a_fault_show_none(running: Cores) -> None:
    for seed in FOUND:
        live_through(seed, running)


def test_a_world_with_the_phones_own_core_repeats_from_its_seed(running: Cores) -> None:
    assert live_through(17, running).story == live_through(17, running).story


def test_a_world_repeats_from_its_seed() -> None:
    for seed in (3, 17, 101):
        one, again = live_through(seed), live_through(seed)
        assert (one.story, one.ends_with) == (again.story, again.ends_with)


def test_worlds_are_hostile_enough_to_prove_something() -> None:
    """In sixty worlds every kind of trouble happens, requests meet every fate, and phones send a lot."""
    troubles = {what for seed in range(60) for _, what, _, _ in script(seed)}
    fates = {passage(seed, Request("ama", key, "POST", ""), False).fate for seed in range(60) for key in range(10)}
    assert troubles == {*ACTS, *TROUBLES}
    assert fates == {*WEIGHTS}


def test_a_world_ends_with_operations_in_the_log() -> None:
    worlds = [live_through(seed) for seed in range(20)]
    assert sum(len(world.truth.minted) for world in worlds) > 100
