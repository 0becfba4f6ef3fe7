"""The thread that keeps packages of snapshots and tells webhooks, a second behind the log."""

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import Engine, select, union

from app.results.keeper import Keepers
from app.results.packages import keep_packages
from app.results.snapshots import SNAPSHOTS
from app.results.webhooks import WEBHOOKS
from app.results.webhooks_events import queue_events
from app.results.webhooks_send import send_due
from app.store.database import reading

logger = logging.getLogger("urna.results")
EVERY_S = 1.0


class Messenger:
    """Idle while no mission has a webhook or a snapshot without its package; rests while phones send."""

    def __init__(
        self,
        engine: Engine,
        keepers: Keepers,
        secret: bytes,
        private: bool,
        is_busy: Callable[[], bool],
    ) -> None:
        self._engine, self._keepers, self._secret, self._private = engine, keepers, secret, private
        self._is_busy, self._stop = is_busy, threading.Event()
        self._thread = threading.Thread(target=self._run, name="urna-messenger", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """What is being sent or kept is finished first, for at most a few seconds; the rest waits in the database."""
        self._stop.set()
        self._thread.join(5)

    def work(self) -> None:
        """Once: keep, queue, send."""
        for mission in self._missions():
            with reading(self._engine) as connection:
                caught = self._keepers.of(mission).catch_up(connection)
            if caught.filled:
                if not self._is_busy():
                    keep_packages(self._engine, caught.mirror)
                queue_events(self._engine, caught.mirror, datetime.now(UTC))
        send_due(self._engine, self._secret, self._private, datetime.now(UTC))

    def _run(self) -> None:
        while not self._stop.wait(EVERY_S):
            try:
                self.work()
            except Exception as error:
                logger.error("webhooks wait: %s", type(error).__name__)

    def _missions(self) -> list[str]:
        hooks = select(WEBHOOKS.c.mission).where(WEBHOOKS.c.ended_at.is_(None))
        snapshots = select(SNAPSHOTS.c.mission).where(SNAPSHOTS.c.sha256.is_(None))
        with reading(self._engine) as connection:
            return sorted(connection.execute(union(hooks, snapshots)).scalars())
