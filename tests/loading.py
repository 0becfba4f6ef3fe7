"""Phones of the cast that send on and on, whatever becomes of the server, and keep every receipt they get."""

import random
import threading
import time
from collections import Counter
from collections.abc import Sequence
from types import TracebackType
from typing import Any

import httpx
from sqlalchemy import Engine, select

from app.store.database import reading
from app.store.log import LOG
from app.store.unbroken import first_break
from app.sync.rebuild import rebuild_reports
from tests.cast import AMA, EFUA, KOFI, MISSION, Phone
from tests.sending import Hand, uuid

PUSH = "/v1/sync/push"
BATCH_MAX, PAUSE_S = 6, 0.02
ENVIRONMENT = {"URNA_PUSH_BURST_PER_DEVICE": "1000000"}


class Load:
    """Three phones under way while the block runs; `settle` sends the rest of what was made."""

    def __init__(self, url: str, seed: int = 7, timeout_s: float = 30, verify: Any = True) -> None:
        self.receipts: dict[str, int] = {}
        """op_id -> number, as answered."""
        self.texts: dict[str, str] = {}
        self.answers: Counter[int | str] = Counter()
        """By status, or by the name of the network's error."""
        self.took_s: list[float] = []
        self.contradictions: list[str] = []
        self._client = httpx.Client(base_url=url, timeout=timeout_s, trust_env=False, verify=verify)
        self._making, self._over, self._lock = threading.Event(), threading.Event(), threading.Lock()
        self._making.set()
        self._threads = [
            threading.Thread(target=self._send_on, args=(one, seed + n)) for n, one in enumerate((AMA, KOFI, EFUA))
        ]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()
        self._client.close()

    def settle(self, within_s: float = 60) -> None:
        """Make nothing more; returns when everything that was made has its receipt."""
        self._making.clear()
        until = time.monotonic() + within_s
        for thread in self._threads:
            thread.join(max(0, until - time.monotonic()))
        assert self.receipts.keys() == self.texts.keys(), f"after {within_s} s some wait: {self.answers}"

    def check(self, engine: Engine) -> None:
        """Every operation that a phone holds a receipt for is stored, once, under that number."""
        with self._lock:
            held = dict(self.receipts)
        rows = self._rows(engine)
        stored = {row.op_id: row.server_seq for row in rows}
        assert len(stored) == len(rows)
        assert {op_id: stored.get(op_id) for op_id in held} == held
        assert self.contradictions == []

    def check_all(self, engine: Engine) -> None:
        """After `settle`: nothing else is stored, every byte is as sent, log and projections are whole."""
        self.check(engine)
        assert {row.op_id: bytes(row.body).decode() for row in self._rows(engine, LOG.c.body)} == self.texts
        with reading(engine) as connection:
            assert first_break(connection, MISSION) is None
        assert rebuild_reports(engine, MISSION) == []

    def _rows(self, engine: Engine, *more: Any) -> Sequence[Any]:
        with reading(engine) as connection:
            query = select(LOG.c.op_id, LOG.c.server_seq, *more).where(LOG.c.author_kind == "device")
            return connection.execute(query).all()

    def _send_on(self, someone: Phone, seed: int) -> None:
        dice, hand = random.Random(seed), Hand(someone)
        waiting: list[dict[str, Any]] = []
        while (waiting or self._making.is_set()) and not self._over.is_set():
            if self._making.is_set():
                waiting += [self._mint(hand) for _ in range(dice.randint(1, BATCH_MAX))]
            batch = waiting[: dice.randint(1, 50)]
            self._over.wait(PAUSE_S if self._send(someone, batch) else 5 * PAUSE_S)
            waiting = [op for op in waiting if op["op_id"] not in self.receipts]

    def _mint(self, hand: Hand) -> dict[str, Any]:
        number = hand.number + 1
        said = hand.finish({"b17_voted_so_far": number}, report_id=uuid(f"{hand.phone.token} {number // 2}"))
        with self._lock:
            self.texts[said["op_id"]] = said["body"]
        return said

    def _send(self, someone: Phone, batch: list[dict[str, Any]]) -> bool:
        begun = time.monotonic()
        body = {"protocol": 1, "attempt_id": "a", "ops": batch}
        try:
            answer = self._client.post(PUSH, json=body, headers=someone.headers)
        except httpx.HTTPError as error:
            self.answers[type(error).__name__] += 1
            return False
        self.answers[answer.status_code] += 1
        if answer.status_code != 200:
            return False
        self.took_s.append(time.monotonic() - begun)
        with self._lock:
            for result in answer.json()["results"]:
                assert result["outcome"] in ("accepted", "duplicate"), result
                known = self.receipts.setdefault(result["op_id"], result["server_seq"])
                self.contradictions += [] if known == result["server_seq"] else [result["op_id"]]
        return True
