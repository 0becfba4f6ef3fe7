"""A ZIP file that leaves while it is written, so that no file is ever whole in memory. Pure.

Every entry bears the same time: equal contents are equal bytes.
"""

from collections.abc import Iterable, Iterator
from io import RawIOBase
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

STRETCH = 256 * 1024
"""Bytes that are gathered before they leave."""
LEVEL = 1
"""Of compression: on our tables twice as fast as the default, and a tenth larger."""
Entry = tuple[str, Iterable[bytes]]
"""A name, and the content in stretches."""


class _Outlet(RawIOBase):
    """What a ZipFile writes into; it cannot go back."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, content: Any, /) -> int:
        self._waiting += content
        return len(content)

    def take(self) -> bytes:
        found, self._waiting = bytes(self._waiting), bytearray()
        return found

    @property
    def is_full(self) -> bool:
        return len(self._waiting) >= STRETCH


def zipped(entries: Iterable[Entry]) -> Iterator[bytes]:
    """The file, a stretch at a time."""
    outlet = _Outlet()
    with ZipFile(outlet, "w", ZIP_DEFLATED, compresslevel=LEVEL) as file:
        for name, stretches in entries:
            info = ZipInfo(name)
            info.compress_type = ZIP_DEFLATED
            info._compresslevel = LEVEL  # type: ignore[attr-defined]  # an entry of one's own does not take the file's
            info.external_attr = 0o644 << 16
            with file.open(info, "w", force_zip64=True) as entry:
                for stretch in stretches:
                    entry.write(stretch)
                    if outlet.is_full:
                        yield outlet.take()
    yield outlet.take()
