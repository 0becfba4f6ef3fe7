"""Keeps one mirror a mission: fills it, follows the log, drops it when the log is another one.

A reader takes the mirror once and works on it; a fresh one may stand in its place meanwhile.
"""

import logging
import threading
from collections.abc import Callable
from time import monotonic
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, Row, select

from app.results.feed import HEAD, feed, head_of
from app.results.mirror import Mirror
from app.results.pace import Pace
from app.results.shelf import Shelf
from app.store.database import reading

logger = logging.getLogger("urna.results")
CATCH_UP_S = 1.0
"""How long an answer waits for the head."""
FILL_S = 5.0
"""How long it waits for a mirror that is being filled, as after a start."""
FOLLOW_EVERY_S, FOLLOW_STEP_S, FOLLOW_STEP_WHILE_BUSY_S = 0.5, 0.2, 0.05
GIVE_WAY_S = 1.0
"""How long a step waits at most for a moment without a push."""


class Caught(NamedTuple):
    """A mirror, and the number at which the log stood when it was asked for."""

    mirror: Mirror
    head: int
    filled: bool
    """Whether this mirror has stood at a head once; before that its figures are those of an earlier time."""


class Keeper:
    """The mirror of one mission."""

    def __init__(self, mission: str) -> None:
        self._mission, self._lock = mission, threading.Lock()
        self._mirror = Mirror(mission)
        self._filled = False
        self._pace = Pace()

    def stand(self, connection: Connection) -> Caught:
        """Like `catch_up`, for an answer of now: while entries pour in, all that are asked for within a moment stand on
        one number, so that one count does for them.
        """
        mirror = self._mirror
        if self._filled and self._pace.shares(monotonic()):
            head = head_of(connection, self._mission)
            if head.epoch == mirror.epoch:
                return Caught(mirror, max(head.server_seq, mirror.applied), True)
        return self.catch_up(connection)

    def catch_up(self, connection: Connection, timeout_s: float | None = None) -> Caught:
        """The mirror, at the head that this transaction sees or as near to it as the time allows.

        Whoever asks lends its own transaction, so that no request needs two. Raises LookupError for a mission without
        a log.
        """
        timeout_s = timeout_s or (CATCH_UP_S if self._filled else FILL_S)
        started_s = monotonic()
        head = head_of(connection, self._mission)
        if not self._stands_at(head) and self._lock.acquire(timeout=timeout_s):
            try:
                while not self._step(connection, head) and monotonic() < started_s + timeout_s:
                    pass
            finally:
                self._lock.release()
        mirror = self._mirror
        if mirror.applied >= head.server_seq:
            self._pace.note(mirror.applied, started_s)
        return Caught(mirror, max(head.server_seq, mirror.applied), self._filled)

    @property
    def is_filled(self) -> bool:
        return self._filled

    def _stands_at(self, head: Row[Any, Any]) -> bool:
        """Another transaction may have brought it further than this one sees."""
        mirror = self._mirror
        return bool(self._filled and head.epoch == mirror.epoch and head.server_seq <= mirror.applied)

    def _step(self, connection: Connection, head: Row[Any, Any]) -> bool:
        if head.epoch != self._mirror.epoch:
            self._drop(head)
        try:
            at_head = feed(connection, self._mirror, head.server_seq)
        except Exception:
            self._drop(head)
            raise
        self._filled = self._filled or at_head
        return at_head

    def _drop(self, head: Row[Any, Any]) -> None:
        """Begin again at nought, on the log that stands now."""
        self._filled = False
        self._mirror = Mirror(self._mission, head.epoch)


class Keepers:
    """The mirrors of a process. `start` follows the log of every mission, so that a first question finds them full."""

    def __init__(
        self,
        engine: Engine,
        is_busy: Callable[[], bool] = lambda: False,
        give_way: Callable[[float], object] = lambda _: None,
    ) -> None:
        self._engine, self._is_busy, self._give_way = engine, is_busy, give_way
        self.shelf = Shelf()
        self._keepers: dict[str, Keeper] = {}
        self._lock, self._stop = threading.Lock(), threading.Event()
        self._thread: threading.Thread | None = None

    def of(self, mission: str) -> Keeper:
        with self._lock:
            if mission not in self._keepers:
                self._keepers[mission] = Keeper(mission)
            return self._keepers[mission]

    def start(self) -> None:
        self._stop.clear()
        self._thread = threading.Thread(target=self._follow, name="urna-mirror", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _follow(self) -> None:
        filled = False
        while not self._stop.wait(FOLLOW_EVERY_S if filled else 0):
            try:
                each = [self._follow_one(mission) for mission in self._missions()]
                filled = all(each)
            except Exception as error:
                filled = True
                logger.error("the mirror does not follow: %s", type(error).__name__)

    def _follow_one(self, mission: str) -> bool:
        """In short steps once it is filled: while phones send, their door comes first, and who asks catches up."""
        keeper = self.of(mission)
        if keeper.is_filled:
            self._give_way(GIVE_WAY_S)
        step_s = FOLLOW_STEP_WHILE_BUSY_S if self._is_busy() else FOLLOW_STEP_S
        with reading(self._engine) as connection:
            return keeper.catch_up(connection, step_s if keeper.is_filled else CATCH_UP_S).filled

    def _missions(self) -> list[str]:
        with reading(self._engine) as connection:
            return list(connection.execute(select(HEAD.c.mission)).scalars())
