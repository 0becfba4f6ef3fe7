"""CSV in two dialects, and lines of JSON. Pure."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import orjson

from app.results.wide import Flat

ROWS_AT_ONCE = 200
RISKY = frozenset("=+-@\t\r\n")
DELIMITERS = {"rfc4180": ",", "excel": ";"}


def csv_file(header: Sequence[str], rows: Iterable[Sequence[Flat]], dialect: str = "rfc4180") -> Iterator[bytes]:
    """RFC 4180 in UTF-8; or what Excel opens by a double click where lists have semicolons and decimals commas.

    A text that a spreadsheet would run as a formula gets an apostrophe before it.
    """
    delimiter, comma = DELIMITERS[dialect], dialect == "excel"
    text = io.StringIO("\ufeff" if comma else "", newline="")
    text.seek(0, io.SEEK_END)
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(header)
    for number, row in enumerate(rows, start=1):
        writer.writerow([_cell(cell, comma) for cell in row])
        if number % ROWS_AT_ONCE == 0:
            yield _taken(text)
    yield _taken(text)


def lines(rows: Iterable[Any]) -> Iterator[bytes]:
    """A JSON value a line."""
    waiting: list[bytes] = []
    for row in rows:
        waiting.append(orjson.dumps(row))
        if len(waiting) == ROWS_AT_ONCE:
            yield b"\n".join(waiting) + b"\n"
            waiting.clear()
    yield b"".join(line + b"\n" for line in waiting)


def harmless(text: str) -> str:
    """What a phone sent never runs as a formula in a spreadsheet."""
    return f"'{text}" if text[:1] in RISKY else text


def _cell(value: Flat, comma: bool) -> Any:
    if value is None:
        return ""
    if type(value) is str:
        return harmless(value)
    if type(value) is bool:
        return "true" if value else "false"
    return repr(value).replace(".", ",") if comma and type(value) is float else value


def _taken(text: io.StringIO) -> bytes:
    found = text.getvalue().encode()
    text.seek(0)
    text.truncate()
    return found


def csv_plain(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """For programs of our own: nothing neutralised, None is an empty cell."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(header)
    for number, row in enumerate(rows, start=1):
        writer.writerow(row)
        if number % ROWS_AT_ONCE == 0:
            yield _taken(text)
    yield _taken(text)
