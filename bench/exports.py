"""Every file of 100,000 reports from a running server: `python -m bench.exports` prints seconds and memory of each.

Memory is what the server and the processes that it starts hold more while a file leaves, sampled; a plain pass reads
the same reports from the database and writes them as lines of JSON.
"""

import json
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import psutil
from sqlalchemy import Engine, select

from app.people.keys import make_key
from app.store.database import connect, reading, writing
from app.store.schema import migrate
from app.store.tables import Report, table
from app.store.writer import Job, Writer
from app.sync.follower import Follower
from app.sync.project import project
from bench.figures import Figure
from bench.results import ITEMS, REGIONS, REPORTS, STATIONS, checklist, draft
from tests.cast import MISSION
from tests.golden.night import Night
from tests.serving import Server, serving

FORMATS = ("csv", "ndjson", "xlsx", "parquet", "geojson", "sav", "dta")
GOALS = {"xlsx": "<= 20"}
MEMORY_GOAL_MB = "<= 300"
GROUP = 1000


def fill(engine: Engine, reports: int) -> str:
    """A mission with that many finished reports, their projections and findings; a key."""
    migrate(engine)
    night = Night.of(engine, checklist(ITEMS))
    night.frame(*({"code": f"{n:05d}", "region": f"R{n % REGIONS:02d}"} for n in range(STATIONS)))
    writer = Writer(engine, project)
    writer.start()
    for start in range(0, reports, GROUP):
        drafts = [draft(n, MISSION) for n in range(start, min(start + GROUP, reports))]
        writer.submit(Job(MISSION, drafts)).result(120)
    writer.stop()
    Follower(engine).catch_up()
    with writing(engine) as connection:
        return make_key(connection, MISSION, ["results:read"], 1, datetime.now(UTC))


def plain_pass_s(engine: Engine) -> float:
    """The same reports out of the database and written as lines of JSON, nothing else."""
    started = time.perf_counter()
    with reading(engine) as connection, tempfile.TemporaryFile() as file:
        for row in connection.execution_options(yield_per=500).execute(select(table(Report).c.state)):
            file.write(json.dumps(json.loads(row.state)).encode() + b"\n")
    return time.perf_counter() - started


class Memory:
    """The most that a server and its children hold, in MB, while it is watched."""

    def __init__(self, server: Server) -> None:
        self._process, self._over = psutil.Process(server.pid), threading.Event()
        self.most = 0.0

    @contextmanager
    def watched(self) -> Iterator["Memory"]:
        self._over.clear()
        self.most = before = self._held()
        thread = threading.Thread(target=self._watch)
        thread.start()
        try:
            yield self
        finally:
            self._over.set()
            thread.join()
            self.most -= before

    def _watch(self) -> None:
        while not self._over.wait(0.05):
            self.most = max(self.most, self._held())

    def _held(self) -> float:
        found = 0
        for process in (self._process, *self._process.children(recursive=True)):
            try:
                found += process.memory_info().rss
            except psutil.NoSuchProcess:
                continue
        return found / 1e6


def download(client: httpx.Client, path: str) -> int:
    """Bytes of an answer, thrown away."""
    with client.stream("GET", path) as answer:
        answer.raise_for_status()
        return sum(len(part) for part in answer.iter_raw())


def measure(reports: int = REPORTS) -> list[Figure]:
    """Everything that this file measures."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'urna.db'}"
        engine = connect(url)
        key = fill(engine, reports)
        plain_s = plain_pass_s(engine)
        engine.dispose()
        figures = [Figure(f"plain JSON pass over {reports:,} stored reports", plain_s, "s", "")]
        with serving(url, Path(folder)) as server:
            headers = {"Authorization": f"Bearer {key}", "Accept-Encoding": "identity"}
            with httpx.Client(base_url=server.url, headers=headers, timeout=900) as client:
                _wait(client)
                for format in FORMATS:
                    figures += _figures(client, server, format, reports, plain_s)
    return figures


def _figures(client: httpx.Client, server: Server, format: str, reports: int, plain_s: float) -> list[Figure]:
    started = time.perf_counter()
    with Memory(server).watched() as memory:
        size = download(client, f"/v1/answers.{format}?form=B")
    took_s = time.perf_counter() - started
    name = f"{reports:,} reports of {ITEMS} items as {format}, {size / 1e6:,.0f} MB"
    return [
        Figure(name, took_s, "s", GOALS.get(format, "")),
        Figure(f"{format} / plain pass", took_s / plain_s, "x", ""),
        Figure(f"memory while {format} leaves", memory.most, "MB", MEMORY_GOAL_MB),
    ]


def _wait(client: httpx.Client) -> None:
    """Until the mirror is filled."""
    while client.get("/v1/answers?limit=1").status_code != 200:
        time.sleep(1)


if __name__ == "__main__":
    for figure in measure(int(sys.argv[1]) if len(sys.argv) > 1 else REPORTS):
        print(f"{figure.name:60} {figure.value:12,.2f} {figure.unit:10} {figure.goal}", flush=True)
