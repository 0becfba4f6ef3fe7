"""Phones and the server with a network between them that fails on purpose: whatever it does, each operation is there
once, and a phone says "received" of nothing else."""

import json
import os
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from typing import Any, get_args

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rehearsal.proxy import FaultProxy, proxied
from app.rehearsal.weather import CALM, REFUSALS, STORM, Fate, Weather, fortune
from app.store.database import connect, reading
from app.store.log import LOG
from app.store.schema import migrate
from app.sync.rebuild import rebuild_reports
from tests.cast import AMA, EFUA, KOFI, MISSION, Phone
from tests.remote_phone import RemotePhone, build_phone
from tests.sending import Hand, set_out, uuid
from tests.serving import serving
from tests.test_phone_core import DOOR, Mission

FATES = get_args(Fate)
seeds = st.integers(0, 2**32)


@given(seeds, st.dictionaries(st.sampled_from(FATES), st.floats(0, 1)))
def test_the_same_seed_brings_the_same_weather(seed: int, shares: dict[Fate, float]) -> None:
    weather = Weather(shares, delay_s_max=2)
    once, again = Random(seed), Random(seed)
    assert [fortune(weather, once) for _ in range(5)] == [fortune(weather, again) for _ in range(5)]


@given(seeds)
def test_a_fortune_is_within_its_bounds_and_calm_weather_lets_all_pass(seed: int) -> None:
    drawn = fortune(Weather({"cut_answer": 1.0}, delay_s_max=2), Random(seed))
    assert drawn.fate == "cut_answer"
    assert 0 <= drawn.before_s <= 2
    assert 0 <= drawn.after_s <= 2
    assert 0 <= drawn.cut < 1
    assert drawn.status in REFUSALS
    assert fortune(CALM, Random(seed)).fate == "pass"


def test_fates_come_as_often_as_their_shares_say() -> None:
    dice = Random(5)
    met = Counter(fortune(STORM, dice).fate for _ in range(20_000))
    for fate in FATES:
        share = STORM.shares.get(fate, 1 - sum(STORM.shares.values()))
        assert abs(met[fate] / 20_000 - share) < 0.01, fate


class Upstream(ThreadingHTTPServer):
    """Answers each POST with what it was sent, and counts."""

    def __init__(self) -> None:
        self.got: list[bytes] = []
        super().__init__(("127.0.0.1", 0), _Echo)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Echo(BaseHTTPRequestHandler):
    server: Upstream

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if len(body) < int(self.headers["Content-Length"]):
            return
        self.server.got.append(body)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def ask(proxy: FaultProxy, content: bytes = b"x" * 5000) -> httpx.Response | None:
    """The answer; None where none came whole."""
    try:
        return httpx.post(proxy.url, content=content, timeout=5)
    except httpx.TransportError:
        return None


@pytest.mark.parametrize(
    ("fate", "status", "arrives"),
    [
        ("pass", 200, 1),
        ("drop", None, 0),
        ("reset", None, 0),
        ("cut_request", None, 0),
        ("lose", None, 1),
        ("cut_answer", None, 1),
        ("twice", 200, 2),
        ("again_later", 200, 2),
        ("portal", 200, 0),
        ("redirect", 302, 0),
    ],
)
def test_each_fate_is_what_it_says(upstream: Upstream, fate: Fate, status: int | None, arrives: int) -> None:
    with proxied(upstream.url, Weather({fate: 1.0})) as proxy:
        answer = ask(proxy)
        for _ in range(100):
            if len(upstream.got) == arrives:
                break
            threading.Event().wait(0.02)
    assert (answer.status_code if answer else None) == status
    assert upstream.got == [b"x" * 5000] * arrives
    assert (answer is not None and answer.content == b"x" * 5000) == (fate in ("pass", "twice", "again_later"))
    assert proxy.met == {fate: 1}


def test_a_refusal_is_a_page_of_somebody_else(upstream: Upstream) -> None:
    with proxied(upstream.url, Weather({"refuse": 1.0})) as proxy:
        answers = [ask(proxy) for _ in range(60)]
    assert {answer.status_code for answer in answers if answer} == set(REFUSALS)
    assert all(answer and answer.headers["content-type"] == "text/html" for answer in answers)


def test_a_slow_network_is_as_slow_as_it_was_told(upstream: Upstream) -> None:
    with proxied(upstream.url, Weather(bytes_per_s=100_000)) as proxy:
        answer = ask(proxy, b"x" * 20_000)
    assert answer is not None
    assert answer.elapsed.total_seconds() >= 0.4


def test_without_a_server_nobody_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}"
    with proxied(nobody) as proxy:
        assert ask(proxy) is None
    assert proxy.met["unreached"] == 1


def test_simulated_phones_in_a_storm_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'urna.db'}"
    engine = connect(url)
    migrate(engine)
    set_out(engine)
    minted = {
        someone: [
            Hand(someone).finish({"b17_voted_so_far": n}, report_id=uuid(f"{someone.token} {n}")) for n in range(30)
        ]
        for someone in (AMA, KOFI, EFUA)
    }
    received: set[str] = set()
    with (
        serving(url, tmp_path, URNA_PUSH_BURST_PER_DEVICE="10000") as server,
        proxied(server.url, STORM, seed=7) as proxy,
    ):
        senders = [
            threading.Thread(target=send_all, args=(proxy.url, someone, ops, received))
            for someone, ops in minted.items()
        ]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join(60)
    texts = {op["op_id"]: op["body"] for ops in minted.values() for op in ops}
    with reading(engine) as connection:
        rows = [(row.op_id, row.body.decode()) for row in connection.execute(LOG.select())]
    assert received == set(texts)
    assert len(rows) == len(texts)
    assert dict(rows) == texts
    assert rebuild_reports(engine, MISSION) == []
    assert set(STORM.shares) <= set(proxy.met), "the storm was too short to prove anything"
    engine.dispose()


def send_all(url: str, someone: Phone, ops: list[dict[str, Any]], received: set[str]) -> None:
    """Send until each operation has an outcome, two at a time, whatever comes back."""
    for attempt in range(2000):
        waiting = [op for op in ops if op["op_id"] not in received]
        if not waiting:
            return
        envelope = {"protocol": 1, "attempt_id": str(attempt), "ops": waiting[:2]}
        try:
            answer = httpx.post(f"{url}/v1/sync/push", json=envelope, headers=someone.headers, timeout=10)
            said = json.loads(answer.content) if answer.status_code == 200 else {}
        except (httpx.TransportError, ValueError):
            continue
        if said.get("attempt_id") == str(attempt):
            received.update(result["op_id"] for result in said["results"] if result["outcome"] != "retry")


@pytest.mark.parametrize("seed", [3, 11] if os.environ.get("URNA_SOAK") else [3])
def test_real_phones_in_a_storm_lose_nothing_and_double_nothing(tmp_path: Path, seed: int) -> None:
    mission = Mission(tmp_path)
    mission.set_up()
    mission.server.start()
    program = build_phone(tmp_path)
    with proxied(mission.server.url, seed=seed) as proxy:
        phones = [RemotePhone(program, proxy.url) for _ in range(2)]
        try:
            weather_a_day(mission, phones, proxy)
        finally:
            for phone in phones:
                phone.end()
            mission.server.kill()


def weather_a_day(mission: Mission, phones: list[RemotePhone], proxy: FaultProxy) -> None:
    for phone in phones:
        phone.enrol(mission.card())
        phone.sync()
    proxy.weather = STORM
    reports: dict[str, dict[str, int]] = {}
    for visit in range(5):
        for phone in phones:
            report_id = phone.start("B", DOOR)
            reports[report_id] = {}
            for code in ("b17_voted_so_far", "b16_registered"):
                phone.answer(report_id, code, visit)
                reports[report_id][code] = visit
                phone.sync()
                if visit == 2:
                    phone.restart()
            phone.finish(report_id)
            phone.sync()
    check_nothing_false(mission, phones)
    proxy.weather = CALM
    for phone in phones:
        phone.sync()
        phone.sync()
        assert phone.state()["sync"]["waiting"] == 0
        assert {item["state"] for item in phone.outbox()} == {"received"}
    check_nothing_false(mission, phones)
    ops = [item for phone in phones for item in phone.outbox()]
    assert sorted(row["op_id"] for row in mission.rows("SELECT op_id FROM log WHERE author_kind = 'device'")) == sorted(
        item["op_id"] for item in ops
    )
    for report_id, answers in reports.items():
        folded = mission.report(report_id)
        assert folded["status"] == "finished"
        assert folded["counted"]["answers"] == answers
        assert folded["latest"]["disagreement"] == {}
    assert sum(proxy.met[fate] for fate in STORM.shares) > 10, "the storm was too short to prove anything"


def check_nothing_false(mission: Mission, phones: list[RemotePhone]) -> None:
    """What a phone shows as received is in the log."""
    stored = {row["op_id"] for row in mission.rows("SELECT op_id FROM log")}
    shown = {item["op_id"] for phone in phones for item in phone.outbox() if item["state"] == "received"}
    assert shown <= stored
