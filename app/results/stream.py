"""What /v1/stream tells boards: coverage when the log has moved, and each incident as it becomes known.

An event's id is the number of the log up to which everything was told, and the epoch; whoever comes back with it is
told what came since.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from time import monotonic
from typing import Any

import orjson
from sqlalchemy import Connection, Engine

from app.errors import UrnaError
from app.results.coverage import coverage
from app.results.keeper import Keeper
from app.results.mirror import Mirror
from app.results.query import Query
from app.results.stamp import utc
from app.results.webhooks_events import incidents
from app.store.database import reading

TOPICS = ("coverage", "incidents")
EPOCH_SIGNS = 8
OPEN_MAX, OPEN_MAX_OF_ONE = 200, 5
"""Streams of a process, and of one caller."""
RETRY_MS = 3000


@dataclass
class Teller:
    """One reader's place in the log. `number` None: nothing has been told yet."""

    topics: Sequence[str]
    epoch: str = ""
    number: int | None = None

    @classmethod
    def of(cls, topics: Sequence[str], last_event_id: str | None) -> "Teller":
        """From where a reader left off; an id that cannot be read is none."""
        number, _, epoch = (last_event_id or "").partition(".")
        known = number.isascii() and number.isdecimal() and len(number) < 20
        return cls(topics, epoch, int(number)) if known else cls(topics)

    def look(self, engine: Engine, keeper: Keeper) -> list[bytes]:
        """Catch up with the log, then as `news`; nothing while the mirror is being filled."""
        with reading(engine) as connection:
            caught = keeper.catch_up(connection)
            return self.news(connection, caught.mirror) if caught.filled else []

    def news(self, connection: Connection, mirror: Mirror) -> list[bytes]:
        """The events since the last time; none where the log stands still."""
        if self.number is not None and self.epoch != mirror.epoch[:EPOCH_SIGNS]:
            self.number = None  # the log that this reader followed is gone
        since, at = self.number, mirror.applied
        if since is not None and since >= at:
            return []
        told = list(self._told(connection, mirror, at if since is None else since, at))
        self.epoch, self.number = mirror.epoch[:EPOCH_SIGNS], at
        *first, last = told or [written("log", {"data_version": at})]
        return [*first, f"id: {at}.{self.epoch}\n".encode() + last]

    def _told(self, connection: Connection, mirror: Mirror, since: int, at: int) -> Iterator[bytes]:
        """The last of them alone gets the id: who breaks off in between is told all of them again."""
        if "incidents" in self.topics:
            for _, data in incidents(connection, mirror, since):
                yield written("incidents", data)
        if "coverage" in self.topics:
            body = coverage(connection, mirror, Query(by=("stage",)), at)
            stamp = {"data_version": at, "as_of": utc(mirror.received_at(at))}
            yield written("coverage", {**stamp, "rows": body["rows"]})


class Seats:
    """How many streams are open, in all and of each caller. A seat that nobody left is free when its stream is over."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._lock, self._clock = Lock(), clock
        self._taken: list[tuple[str, float]] = []

    def take(self, who: str, for_s: float) -> tuple[str, float]:
        """A seat, to be left again. Raises UrnaError `too_many_streams`."""
        with self._lock:
            now = self._clock()
            self._taken = [seat for seat in self._taken if seat[1] > now]
            own = sum(name == who for name, _ in self._taken)
            if own >= OPEN_MAX_OF_ONE or len(self._taken) >= OPEN_MAX:
                raise UrnaError("too_many_streams", headers={"Retry-After": "30"})
            seat = who, now + for_s + 60
            self._taken.append(seat)
            return seat

    def leave(self, seat: tuple[str, float]) -> None:
        with self._lock:
            if seat in self._taken:
                self._taken.remove(seat)


def written(event: str, data: Mapping[str, Any]) -> bytes:
    """An event as the stream carries it: JSON has no line's end in it."""
    return f"event: {event}\ndata: ".encode() + orjson.dumps(data) + b"\n\n"


def hello() -> bytes:
    """What a stream begins with: when to come back, and a comment, so that it is open at once."""
    return f"retry: {RETRY_MS}\n: {utc(datetime.now(UTC))}\n\n".encode()
