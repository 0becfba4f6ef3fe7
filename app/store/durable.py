"""Commits on PostgreSQL that a standby has, or that fail.

Where a synchronous standby is named and away, COMMIT waits. Cancelled, it reports success with a warning alone, for the
transaction is committed here; an answer sent on the strength of that is a receipt for what a failover loses. Such a
commit raises; and one that waits too long is cancelled, so that phones hear `busy` instead of silence.
"""

import threading
import time
from typing import Any

import psycopg
from sqlalchemy import Engine, event

WAIT_MAX_S = 8.0
LOOKS_PER_WAIT = 8
WAITED_IN = "SyncRepWaitForLSN"
"""The function of PostgreSQL that warns. Its words are in the language of the server."""


class DurableConnection(psycopg.Connection[Any]):
    """Raises psycopg.OperationalError from `commit` where the standby has not confirmed it."""

    watch: "Watch | None" = None

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._unconfirmed = False
        self.add_notice_handler(self._notice)

    def commit(self) -> None:
        self._unconfirmed = False
        if self.watch is None:
            super().commit()
        else:
            with self.watch.over(self):
                super().commit()
        if self._unconfirmed:
            raise psycopg.OperationalError("committed here, and not confirmed by the standby")

    def _notice(self, diagnostic: psycopg.errors.Diagnostic) -> None:
        if diagnostic.source_function == WAITED_IN:
            self._unconfirmed = True


class Watch:
    """One thread that cancels commits which wait too long."""

    def __init__(self, wait_max_s: float) -> None:
        self._wait_max_s = wait_max_s
        self._since: dict[DurableConnection, float] = {}
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def over(self, connection: DurableConnection) -> "_Watched":
        self._start()
        return _Watched(self._since, connection)

    def _start(self) -> None:
        if self._thread is None:
            with self._lock:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="urna-commits", daemon=True)
                    self._thread.start()

    def _run(self) -> None:
        while True:
            time.sleep(self._wait_max_s / LOOKS_PER_WAIT)
            late = time.monotonic() - self._wait_max_s
            for connection, since in [*self._since.items()]:
                if since < late:
                    _cancel(connection)


class _Watched:
    def __init__(self, since: dict[DurableConnection, float], connection: DurableConnection) -> None:
        self._since, self._connection = since, connection

    def __enter__(self) -> None:
        self._since[self._connection] = time.monotonic()

    def __exit__(self, *_: object) -> None:
        self._since.pop(self._connection, None)


def _cancel(connection: DurableConnection) -> None:
    try:
        connection.cancel_safe(timeout=2)
    except psycopg.Error:
        return


def confirm_commits(engine: Engine, wait_max_s: float = WAIT_MAX_S) -> None:
    """Let commits of `engine` fail that a named standby has not confirmed; nothing to do for SQLite."""
    if engine.dialect.name != "postgresql":
        return

    class Watched(DurableConnection):
        watch = Watch(wait_max_s)

    @event.listens_for(engine, "do_connect")
    def connect(_: Any, __: Any, arguments: Any, named: Any) -> Any:
        return Watched.connect(*arguments, **named)
