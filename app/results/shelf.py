"""Answers lately given, by their tag: fifty analysts who ask for the same thing cost one count.

Equal tags mean equal bytes, so nothing here ever goes stale; the oldest make room.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable

BYTES_MAX = 32 * 1024 * 1024


class Shelf:
    def __init__(self, bytes_max: int = BYTES_MAX) -> None:
        self._bytes_max, self._bytes = bytes_max, 0
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, tag: str) -> bytes | None:
        with self._lock:
            if tag in self._kept:
                self._kept.move_to_end(tag)
            return self._kept.get(tag)

    def keep(self, tag: str, make: Callable[[], bytes]) -> bytes:
        """What stands under a tag, else what `make` gives, kept."""
        content = self.get(tag)
        if content is None:
            content = make()
            self.put(tag, content)
        return content

    def put(self, tag: str, content: bytes) -> None:
        """Keep an answer, unless it alone would take a quarter of the room."""
        with self._lock:
            if tag in self._kept or len(content) > self._bytes_max // 4:
                return
            self._kept[tag] = content
            self._bytes += len(content)
            while self._bytes > self._bytes_max:
                _, gone = self._kept.popitem(last=False)
                self._bytes -= len(gone)
