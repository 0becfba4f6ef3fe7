"""The thread that works out findings behind the writer, within a second of the commit."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from sqlalchemy import Connection, Engine, select, text

from app.store.database import reading, writing
from app.store.log import HEAD
from app.sync.findings import Shelf, findings_rows, put_findings, set_up_number, stale_reports

logger = logging.getLogger("urna.sync")
EVERY_S = 0.5
REPORTS_AT_ONCE = 200
REST = 0.5
"""Times its own work that the thread rests after each batch."""
GIVE_WAY_S = 1.0
"""How long a batch waits at most for a moment without a push: while phones send, their door comes first."""
LEASE = 0x75726E66  # "urnf": one process at a time works out findings


class Follower:
    """Follows every mission's log. Another process of the same database waits its turn; what fails is tried again."""

    def __init__(
        self,
        engine: Engine,
        every_s: float = EVERY_S,
        give_way: Callable[[float], object] = lambda _: None,
    ) -> None:
        self._engine, self._every_s, self._give_way = engine, every_s, give_way
        self._shelves: dict[str, Shelf] = {}
        self._done: dict[str, tuple[int, int]] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="urna-findings", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def catch_up(self, rests: bool = False) -> int:
        """Judge everything that waits; how many reports were judged. Nothing while another process does it."""
        with _lease(self._engine) as is_ours:
            return sum(self._follow(mission, rests) for mission in self._missions()) if is_ours else 0

    def _run(self) -> None:
        while not self._stop.wait(self._every_s):
            try:
                self.catch_up(rests=True)
            except Exception as error:
                logger.error("findings wait: %s", type(error).__name__)

    def _follow(self, mission: str, rests: bool) -> int:
        judged, worked_s = 0, 0.0
        while not self._stop.wait(worked_s * REST if rests else 0):
            if rests:
                self._give_way(GIVE_WAY_S)
            started = monotonic()
            with reading(self._engine) as connection:
                now = self._stands_at(connection, mission)
                done = self._done.get(mission, (0, -1))
                after = done[0] if done[1] == now[1] else 0
                stale = stale_reports(connection, mission, after, REPORTS_AT_ONCE) if now != done else {}
                shelf = self._shelves.setdefault(mission, Shelf(mission))
                rows = findings_rows(connection, shelf, mission, [*stale]) if stale else []
            if not stale:
                self._done[mission] = now
                return judged
            with writing(self._engine) as connection:
                put_findings(connection, mission, rows)
            self._done[mission] = (max(stale.values()), now[1])
            judged += len(rows)
            worked_s = monotonic() - started
        return judged

    def _stands_at(self, connection: Connection, mission: str) -> tuple[int, int]:
        """Head and newest set-up entry: while neither moves there is nothing to look for."""
        head = connection.execute(select(HEAD.c.server_seq).where(HEAD.c.mission == mission)).scalar_one()
        return head, set_up_number(connection, mission)

    def _missions(self) -> list[str]:
        with reading(self._engine) as connection:
            return list(connection.execute(select(HEAD.c.mission)).scalars())


@contextmanager
def _lease(engine: Engine) -> Iterator[bool]:
    """Whether this process may judge now. SQLite has one process anyway."""
    if engine.dialect.name != "postgresql":
        yield True
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        is_ours = bool(connection.execute(text("SELECT pg_try_advisory_lock(:lease)"), {"lease": LEASE}).scalar())
        try:
            yield is_ours
        finally:
            if is_ours:
                connection.execute(text("SELECT pg_advisory_unlock(:lease)"), {"lease": LEASE})
