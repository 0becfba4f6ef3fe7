"""Analysts beside phones: `python -m bench.ingest` prints how far figures lag, and what polling costs a push.

Eight phones send 500 reports a second to a whole server over loopback, in batches of ten. Rounds with and without
fifty analysts, who ask for the full table by region every five seconds, take turns.
"""

import http.client
import json
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Engine, insert

from app.people.keys import make_key
from app.store.database import connect, writing
from app.store.schema import migrate
from app.store.tables import Device, table
from bench.figures import Figure
from bench.push import ENVIRONMENT, PHONES, Batch
from bench.results import ITEMS, REGIONS, STATIONS, body, checklist
from tests.cast import MISSION, _device_row, phone
from tests.golden.night import Night
from tests.sending import Hand, uuid
from tests.serving import serving

REPORTS_A_SECOND, SIZE, ROUND_S, ROUNDS = 500, 10, 8, 3
ANALYSTS, EVERY_S = 50, 5.0
STORED_BATCHES = 400


@dataclass
class Seen:
    """What a round saw: seconds of each push, the newest number that was answered and when, and the lags."""

    pushes_s: list[float] = field(default_factory=list)
    lags_s: list[float] = field(default_factory=list)
    polls: int = 0
    newest: tuple[int, float] = (0, 0.0)


def stage(engine: Engine) -> tuple[list[Hand], list[str]]:
    """A mission with stations in twenty regions, eight phones, and a key for each analyst and one more."""
    migrate(engine)
    night = Night.of(engine, checklist(ITEMS))
    night.frame(*({"code": f"{n:05d}", "region": f"R{n % REGIONS:02d}"} for n in range(STATIONS)))
    night.teams({"code": "0001"})
    phones = [phone(f"bench {n}", "0001") for n in range(PHONES)]
    with writing(engine) as connection:
        connection.execute(insert(table(Device)), [_device_row(one, MISSION) for one in phones])
        keys = [make_key(connection, MISSION, ["results:read"], 1, datetime.now(UTC)) for _ in range(ANALYSTS + 1)]
    return [Hand(one) for one in phones], keys


def batches(hand: Hand, how_many: int) -> Iterator[Batch]:
    """Batches of one phone, each report its own and at another station."""
    for _ in range(how_many):
        ops = [hand.finish(**_report(hand)) for _ in range(SIZE)]
        sent = json.dumps({"protocol": 1, "attempt_id": "bench", "ops": ops}).encode()
        yield Batch(hand.phone, sent, tuple(op["body"] for op in ops))


def _report(hand: Hand) -> dict[str, Any]:
    said = body(hand.number * PHONES + int(hand.phone.device_id[-4:], 16) % PHONES)
    said.pop("form")
    return {**said, "report_id": uuid(f"{hand.phone.device_id} report {hand.number}")}


def push(url: str, waiting: Sequence[Batch], every_s: float, seen: Seen) -> None:
    """Send batch after batch, one each `every_s`; 0: as fast as they are taken."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    due = time.perf_counter()
    for batch in waiting:
        time.sleep(max(0.0, due - time.perf_counter()))
        due += every_s
        started = time.perf_counter()
        headers = {"Content-Type": "application/json", **batch.phone.headers}
        connection.request("POST", "/v1/sync/push", batch.body, headers)
        answer = connection.getresponse()
        said = json.loads(answer.read())
        assert answer.status == 200, said
        now = time.perf_counter()
        seen.pushes_s.append(now - started)
        seen.newest = max(seen.newest, (max(result["server_seq"] for result in said["results"]), now))
    connection.close()


def poll(url: str, key: str, start_s: float, until: Callable[[], bool], seen: Seen) -> None:
    """An analyst: the full table, as a browser asks for it again."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    headers = {"Authorization": f"Bearer {key}"}
    time.sleep(start_s)
    while not until():
        due = time.perf_counter() + EVERY_S
        connection.request("GET", "/v1/results?by=region", headers=headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status in (200, 304), answer.status
        headers["If-None-Match"] = answer.headers["ETag"]
        seen.polls += 1
        while not until() and time.perf_counter() < due:
            time.sleep(0.05)
    connection.close()


def watch(url: str, key: str, until: Callable[[], bool], seen: Seen) -> None:
    """How long after its commit a report is in the figures, over and over."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    while not until():
        number, committed_at = seen.newest
        applied = 0
        while number and applied < number:
            connection.request("GET", "/v1/results?question=q00", headers={"Authorization": f"Bearer {key}"})
            applied = json.loads(connection.getresponse().read())["data_version"]
            time.sleep(0.02)  # a reader has twenty requests a second on end, and 600 at once
        if number:
            seen.lags_s.append(time.perf_counter() - committed_at)
        time.sleep(0.2)
    connection.close()


def play(url: str, hands: Sequence[Hand], readers: Sequence[Callable[[Callable[[], bool], Seen], None]]) -> Seen:
    """One round: the phones send for `ROUND_S` seconds while the readers read."""
    seen, over = Seen(), threading.Event()
    every_s = SIZE * PHONES / REPORTS_A_SECOND
    lanes = [list(batches(hand, int(ROUND_S / every_s))) for hand in hands]
    with ThreadPoolExecutor(len(readers) + len(lanes)) as threads:
        reading = [threads.submit(read, over.is_set, seen) for read in readers]
        sending = [threads.submit(push, url, lane, every_s, seen) for lane in lanes]
        wait(sending)
        over.set()
    for one in (*sending, *reading):
        one.result()
    return seen


@contextmanager
def running() -> Iterator[tuple[str, list[Hand], list[str]]]:
    """A server that holds some thousand reports already."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'urna.db'}"
        engine = connect(url)
        hands, keys = stage(engine)
        engine.dispose()
        with serving(url, Path(folder), **ENVIRONMENT) as server:
            for hand in hands:
                push(server.url, list(batches(hand, STORED_BATCHES // PHONES)), 0, Seen())
            yield server.url, hands, keys


def measure() -> list[Figure]:
    """Everything that this file measures."""
    alone, beside, lags_s = [], [], []
    with running() as (url, hands, keys):
        analysts = [
            lambda until, seen, n=n, key=key: poll(url, key, n * EVERY_S / ANALYSTS, until, seen)
            for n, key in enumerate(keys[1:])
        ]
        for _ in range(ROUNDS):
            alone.append(_p95(play(url, hands, []).pushes_s))
            beside.append(_p95(play(url, hands, analysts).pushes_s))
            lags_s += play(url, hands, [lambda until, seen: watch(url, keys[0], until, seen)]).lags_s
    quiet_s, busy_s = statistics.median(alone), statistics.median(beside)
    rate = f"{REPORTS_A_SECOND} reports/s"
    return [
        Figure(f"figures behind a commit at {rate}, p95", 1000 * _p95(lags_s), "ms", "<= 1000"),
        Figure(f"figures behind a commit at {rate}, longest", 1000 * max(lags_s), "ms", "<= 1000"),
        Figure(f"push at {rate}, p95", 1000 * quiet_s, "ms", ""),
        Figure(f"the same while {ANALYSTS} analysts poll every {EVERY_S:.0f} s", 1000 * busy_s, "ms", ""),
        Figure("p95 of a push with analysts / without", busy_s / quiet_s, "", "<= 1.3"),
    ]


def _p95(seconds: Sequence[float]) -> float:
    return statistics.quantiles(seconds, n=20)[18]


if __name__ == "__main__":
    for figure in measure():
        print(f"{figure.name:60} {figure.value:12,.2f} {figure.unit:10} {figure.goal}", flush=True)
