"""Run worlds: `python -m tests.simulation --seeds 1000-1999`, or one of them with its story: `--seeds 1017 --story`."""

import argparse
import logging
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path

from tests.simulation.core import cores
from tests.simulation.handset import Handset
from tests.simulation.mutations import MISTAKES, Mistake
from tests.simulation.truth import ViolationError
from tests.simulation.world import World


def main() -> int:
    asked = argparse.ArgumentParser(prog="python -m tests.simulation")
    asked.add_argument("--seeds", default="0-99", help="one seed, or the first and the last")
    asked.add_argument("--story", action="store_true", help="tell what happened")
    asked.add_argument("--mistake", choices=MISTAKES, help="with one of the mistakes planted")
    asked.add_argument("--core", action="store_true", help="with the phone's own core in place of the model")
    given = asked.parse_args()
    planted = MISTAKES.get(given.mistake, Mistake())
    with tempfile.TemporaryDirectory() as folder, cores(Path(folder)) if given.core else nullcontext() as running:
        return live(given, planted, running.phones if running else None)


def live(given: argparse.Namespace, planted: Mistake, phones: Callable[[World], Sequence[Handset]] | None) -> int:
    first, _, last = given.seeds.partition("-")
    logging.disable(logging.CRITICAL)
    failed, started = 0, time.process_time()
    seeds = range(int(first), int(last or first) + 1)
    for seed in seeds:
        world = World(seed, phones, planted.server, planted.phone)
        try:
            world.run()
        except ViolationError as violation:
            failed += 1
            print(f"seed {seed}: {violation}")
        if given.story:
            print(*world.story, sep="\n")
    took_s = time.process_time() - started
    print(f"{len(seeds)} worlds, {failed} violations, {took_s / len(seeds) * 1000:.1f} ms of processor time each")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
