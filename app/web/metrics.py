"""Figures for operators, in Prometheus' format, on a port of their own that no phone and no analyst reaches.

Requests are counted by the template of their route, never by path, and nothing here names a person, a device or an
answer. With several workers each writes its counts into a folder, and the process that started them adds them up.
"""

import os
import tempfile
import time
from collections import Counter as Counts
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from shutil import disk_usage
from typing import Any

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, start_http_server
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.exc import SQLAlchemyError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.store.backup import backups_in, read_manifest
from app.store.database import reading
from app.store.tables import Device, LogHead, table
from app.web.ground import Ground

SHARED = "PROMETHEUS_MULTIPROC_DIR"
BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
SILENT_S = 2 * 3600

REQUESTS = Counter("urna_requests", "Requests answered", ("route", "method", "status"))
SECONDS = Histogram(
    "urna_request_seconds", "From the first byte of a request to its answer", ("route",), buckets=BUCKETS_S
)
OPERATIONS = Counter("urna_operations", "Operations of phones, by what became of them", ("outcome",))
WAITING = Gauge("urna_writer_waiting", "Requests that wait for the writer", multiprocess_mode="livesum")
IN_USE = Gauge("urna_database_connections", "Connections in use", multiprocess_mode="livesum")
HEADS, DEVICES = table(LogHead), table(Device)


class Metered:
    """Around the application: counts every request, once it is answered."""

    def __init__(self, app: ASGIApp, ground: Ground) -> None:
        self._app, self._ground = app, ground

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            route = getattr(scope.get("route"), "path", "-")
            REQUESTS.labels(route, _method(scope), status).inc()
            SECONDS.labels(route).observe(time.perf_counter() - started)
            self._note_load()

    def _note_load(self) -> None:
        WAITING.set(self._ground.writer._queue.qsize())
        pool: Any = self._ground.engine.pool
        IN_USE.set(pool.checkedout())


METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def _method(scope: Scope) -> str:
    """A caller may write any word there; each would be a series of its own for ever."""
    return scope["method"] if scope["method"] in METHODS else "-"


def count_operations(outcomes: Iterable[str]) -> None:
    for outcome, count in Counts(outcomes).items():
        OPERATIONS.labels(outcome).inc(count)


class Standing(Collector):
    """What is asked of the database and the disk when somebody scrapes."""

    def __init__(self, engine: Engine, data_dir: Path) -> None:
        self._engine, self._data_dir = engine, data_dir

    def collect(self) -> Iterator[Metric]:
        yield from self._of_database()
        yield _gauge("urna_disk_free_bytes", "Room where the data folder lies", disk_usage(_there(self._data_dir)).free)
        newest = backups_in(self._data_dir / "backups")[-1:]
        manifest = read_manifest(newest[0]) if newest else None
        if manifest is not None:
            made = datetime.fromisoformat(manifest.made_at)
            yield _gauge(
                "urna_backup_age_seconds", "Age of the newest backup", (datetime.now(UTC) - made).total_seconds()
            )

    def _of_database(self) -> Iterator[Metric]:
        try:
            with reading(self._engine) as connection:
                found = [*_logs(connection), *_phones(connection), *_standbys(connection)]
        except SQLAlchemyError:
            found = []
        yield _gauge("urna_database_up", "1 where the database answers", 1 if found else 0)
        yield from found


def _logs(connection: Connection) -> Iterator[Metric]:
    number = GaugeMetricFamily("urna_log_number", "Number of the log's newest entry", labels=["mission"])
    age = GaugeMetricFamily("urna_log_age_seconds", "Since the log's newest entry", labels=["mission"])
    for row in connection.execute(select(HEADS)):
        number.add_metric([row.mission], row.server_seq)
        age.add_metric([row.mission], (datetime.now(UTC) - row.received_at).total_seconds())
    yield from (number, age)


def _phones(connection: Connection) -> Iterator[Metric]:
    """Phones by mission, those that were not heard of for two hours, and what phones said they still hold."""
    kinds = {"phones": "Phones enrolled", "phones_silent": "Not heard of for two hours", "unsent": "Held by phones"}
    found = {name: GaugeMetricFamily(f"urna_{name}", said, labels=["mission"]) for name, said in kinds.items()}
    now = datetime.now(UTC)
    counts: dict[str, list[int]] = {}
    for row in connection.execute(select(DEVICES.c.mission, DEVICES.c.last_contact_at, DEVICES.c.queue)):
        called = row.last_contact_at
        silent = called is None or (now - called).total_seconds() > SILENT_S
        unsent = (row.queue or {}).get("ops")
        known = counts.setdefault(row.mission, [0, 0, 0])
        counts[row.mission] = [known[0] + 1, known[1] + silent, known[2] + (unsent if isinstance(unsent, int) else 0)]
    for mission, values in counts.items():
        for family, value in zip(found.values(), values, strict=True):
            family.add_metric([mission], value)
    yield from found.values()


def _standbys(connection: Connection) -> Iterator[Metric]:
    if connection.dialect.name == "postgresql":
        query = text("SELECT count(*) FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum')")
        yield _gauge("urna_standbys_in_step", "Standbys that confirm commits", connection.execute(query).scalar_one())


def _gauge(name: str, said: str, value: float) -> Metric:
    return GaugeMetricFamily(name, said, value=value)


def _there(folder: Path) -> Path:
    return folder if folder.exists() else Path()


def serve_metrics(host: str, port: int, collectors: Sequence[Collector]) -> int:
    """Listen for scrapes in a thread of this process; the port that was taken. Raises OSError where none can be."""
    registry = CollectorRegistry() if SHARED in os.environ else REGISTRY
    if SHARED in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    for collector in collectors:
        registry.register(collector)
    server, _ = start_http_server(port, host, registry)
    return int(server.server_port)


def share_between_workers() -> None:
    """Before workers are started: the folder in which they count."""
    os.environ[SHARED] = tempfile.mkdtemp(prefix="urna-metrics-")
