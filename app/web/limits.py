"""Limits per caller, in memory of each process. Never per address: a carrier's NAT is not one observer."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress

from app.errors import UrnaError

CALLERS_MAX = 200_000


class Bucket:
    """`burst` requests at once, then `per_s` a second, for each name."""

    def __init__(self, burst: int, per_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._burst, self._per_s, self._clock = burst, per_s, clock
        self._filled: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, name: str) -> None:
        """Raises UrnaError `rate_limited` with the seconds to wait."""
        with self._lock:
            tokens = self._tokens(name)
            if tokens < 1:
                wait_s = max(1, round((1 - tokens) / self._per_s + 0.5))
                raise UrnaError("rate_limited", headers={"Retry-After": str(wait_s)})
            self._filled[name] = (tokens - 1, self._clock())
            self._filled.move_to_end(name)
            if len(self._filled) > CALLERS_MAX:
                self._filled.popitem(last=False)

    def left(self, name: str) -> tuple[int, int]:
        """Requests that would pass at once now, and the seconds until all of them would again."""
        with self._lock:
            tokens = self._tokens(name)
        return int(tokens), -int(-(self._burst - tokens) // self._per_s)

    def has(self, name: str) -> bool:
        """Whether `take` would pass now; takes nothing."""
        with self._lock:
            return self._tokens(name) >= 1

    def spend(self, name: str) -> None:
        """Take where there is something to take."""
        with suppress(UrnaError):
            self.take(name)

    def _tokens(self, name: str) -> float:
        tokens, at = self._filled.get(name, (float(self._burst), self._clock()))
        return min(float(self._burst), tokens + (self._clock() - at) * self._per_s)
