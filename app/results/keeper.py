"""Keeps one mirror a mission: fills it, follows the log, drops it when the log is another one.

A reader takes the mirror once and works on it; a fresh one may stand in its place meanwhile.
"""

import logging
import threading
from time import monotonic

from sqlalchemy import Engine, select

from app.results.feed import HEAD, OtherLogError, feed, head_of
from app.results.mirror import Mirror
from app.store.database import reading

logger = logging.getLogger("urna.results")
CATCH_UP_S = 1.0
"""How long an answer waits for the head."""
FOLLOW_EVERY_S = 0.5


class Keeper:
    """The mirror of one mission."""

    def __init__(self, engine: Engine, mission: str) -> None:
        self._engine, self._lock = engine, threading.Lock()
        self.mirror = Mirror(mission)
        self.filled = False
        """Whether it has stood at the head once since it was last dropped."""

    def catch_up(self, timeout_s: float = CATCH_UP_S) -> Mirror:
        """The mirror, at the head that stands now or as near to it as the time allows.

        Raises LookupError for a mission without a log.
        """
        deadline = monotonic() + timeout_s
        if not self._is_current() and self._lock.acquire(timeout=timeout_s):
            try:
                while not self._step() and monotonic() < deadline:
                    pass
            finally:
                self._lock.release()
        return self.mirror

    def _is_current(self) -> bool:
        with reading(self._engine) as connection:
            head = head_of(connection, self.mirror.mission)
        return bool(head.epoch == self.mirror.epoch and head.server_seq == self.mirror.applied)

    def _step(self) -> bool:
        try:
            at_head = feed(self._engine, self.mirror)
        except OtherLogError:
            self._drop()
            return False
        except Exception:
            self._drop()
            raise
        self.filled = self.filled or at_head
        return at_head

    def _drop(self) -> None:
        """Begin again at nought, on the log that stands now."""
        self.filled = False
        with reading(self._engine) as connection:
            self.mirror = Mirror(self.mirror.mission, head_of(connection, self.mirror.mission).epoch)


class Keepers:
    """The mirrors of a process. `start` follows the log of every mission, so that a first question finds them full."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._keepers: dict[str, Keeper] = {}
        self._lock, self._stop = threading.Lock(), threading.Event()
        self._thread = threading.Thread(target=self._follow, name="urna-mirror", daemon=True)

    def of(self, mission: str) -> Keeper:
        with self._lock:
            return self._keepers.setdefault(mission, Keeper(self._engine, mission))

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _follow(self) -> None:
        while not self._stop.wait(FOLLOW_EVERY_S):
            try:
                for mission in self._missions():
                    self.of(mission).catch_up()
            except Exception as error:
                logger.error("the mirror does not follow: %s", type(error).__name__)

    def _missions(self) -> list[str]:
        with reading(self._engine) as connection:
            return list(connection.execute(select(HEAD.c.mission)).scalars())
