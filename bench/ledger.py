"""How long `urna verify` reads 100,000 operations, signatures included: `python -m bench.ledger`.

The log is filled as phones fill it: minted, signed, read, judged and chained; folding is left out, for it is not read.
"""

import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from app.ledger.verify import verify
from app.store.database import connect, reading, writing
from app.store.log import append
from app.sync.push import prepare
from bench.figures import Figure
from bench.push import PHONES, batches, postgresql, stage
from tests.cast import MISSION
from tests.sending import LIMITS, SEAL

OPERATIONS, BATCH, ROUNDS = 100_000, 100, 3
GOAL_S = 3


def measure() -> list[Figure]:
    """On both databases."""
    with tempfile.TemporaryDirectory() as folder, postgresql() as uri:
        places = {"SQLite": f"sqlite:///{Path(folder) / 'urna.db'}", "PostgreSQL": uri}
        return [figure for name, url in places.items() for figure in _measured(name, url)]


def _measured(name: str, url: str) -> Iterator[Figure]:
    hands = stage(url)
    engine = connect(url)
    for _ in range(OPERATIONS // BATCH // PHONES):
        for batch in batches(hands, PHONES, BATCH):
            _store(engine, batch.phone.device_id, batch.body)
    spent = [_verified_s(engine) for _ in range(ROUNDS)]
    engine.dispose()
    whole_s, worked_s = (statistics.median(some) for some in zip(*spent, strict=True))
    yield Figure(f"verify, {OPERATIONS:,} operations, {name}", whole_s, "s", f"<= {GOAL_S}")
    yield Figure(f"of that, processor time of the command, {name}", worked_s, "s", "")


def _store(engine: Engine, device_id: str, body: bytes) -> None:
    jobs = prepare(engine, SEAL, MISSION, device_id, body, LIMITS).jobs
    with writing(engine) as connection:
        for job in jobs:
            append(connection, MISSION, job.drafts, datetime.now(UTC))


def _verified_s(engine: Engine) -> tuple[float, float]:
    """Seconds by the clock, and of the processor."""
    started, worked = time.perf_counter(), time.process_time()
    with reading(engine) as connection:
        verdict = verify(connection, MISSION, SEAL.verifies)
    assert (verdict.entries, verdict.signatures, verdict.faults) == (OPERATIONS, OPERATIONS, [])
    return time.perf_counter() - started, time.process_time() - worked


if __name__ == "__main__":
    for figure in measure():
        print(f"{figure.name:60} {figure.value:12,.2f} {figure.unit:14} {figure.goal}", flush=True)
