"""Two thousand worlds from two thousand seeds: phones and people in a storm, with the real push, fold and pull inside.
`python -m tests.simulation --seeds 17 --story` replays one of them; `make soak` runs fifty thousand."""

import pytest

from tests.simulation.network import passage
from tests.simulation.server import Server
from tests.simulation.truth import ViolationError
from tests.simulation.wire import Request
from tests.simulation.world import World, script

SEEDS, AT_ONCE = 2000, 125


def live_through(seed: int) -> World:
    world = World(seed)
    try:
        world.run()
    except ViolationError as violation:
        pytest.fail(f"{violation}\nreplay: python -m tests.simulation --seeds {seed} --story")
    return world


@pytest.mark.parametrize("first", range(0, SEEDS, AT_ONCE))
def test_no_world_breaks_a_law(first: int) -> None:
    for seed in range(first, first + AT_ONCE):
        live_through(seed)


def test_a_world_repeats_from_its_seed() -> None:
    for seed in (3, 17, 101):
        assert live_through(seed).story == live_through(seed).story


def test_worlds_are_hostile_enough_to_prove_something() -> None:
    """In sixty worlds every kind of trouble happens, requests meet every fate, and phones send a lot."""
    troubles = {what for seed in range(60) for _, what, _, _ in script(seed)}
    fates = {passage(seed, Request("ama", key, "POST", ""), False).fate for seed in range(60) for key in range(10)}
    assert len(troubles) == 19
    assert len(fates) == 11


def test_a_world_ends_with_operations_in_the_log() -> None:
    worlds = [World(seed) for seed in range(20)]
    for world in worlds:
        world.run()
    assert sum(len(world.truth.minted) for world in worlds) > 100
    assert all(isinstance(world.server, Server) for world in worlds)
