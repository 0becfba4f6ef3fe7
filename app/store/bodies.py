"""Bodies of operations: read strictly, and turned from rows of the log into what the fold reads.

Bytes are hashed, signed and stored as they came; only afterwards are they read. Of keys that stand twice the last
counts, as in every JSON reader of phones and servers; the bytes stay for whoever wants to know.
"""

from collections.abc import Iterable
from itertools import chain
from typing import Any

import orjson

from app.forms.fold import Operation
from app.forms.report import STAFF

DEPTH_MAX = 8
NODES_MAX = 5000
TEXT_CHARACTERS_MAX = 4000
WHOLE_MAX = 2**53 - 1
"""The greatest whole number that a phone and the server hold alike."""
_CONTAINERS = frozenset({dict, list})
_DIGITS = bytes(48 if chr(byte).isdecimal() else 101 if chr(byte) in "eE" else 32 for byte in range(128)) + b" " * 128
"""Byte -> 0 for a digit, e for the letter that begins an exponent, blank for the others."""
FOLDED_KINDS = ("report.", "staff.")
"""Kinds that can change a report."""


class BodyError(ValueError):
    """A body that cannot be read. `code`: body_unreadable, body_too_complex, body_number, body_nul."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def decode(raw: bytes) -> dict[str, Any]:
    """The JSON object in `raw`, within bounds. Raises BodyError.

    No NaN, no infinity, no lone surrogate, no mark of byte order (the reader refuses them), no NUL, no number beyond
    `WHOLE_MAX`, not more than `DEPTH_MAX` objects or lists in one another, `NODES_MAX` values, `TEXT_CHARACTERS_MAX`.
    """
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise BodyError("body_unreadable") from None
    if not isinstance(value, dict):
        raise BodyError("body_unreadable")
    _check(value, raw)
    return value


def operation_of(row: Any) -> Operation:
    """A row of the log (kinds `FOLDED_KINDS`) as the fold reads it. Staff share one author, numbered by the log."""
    by_staff = row.author_kind == "staff"
    held = (row.code or "held") if row.state == "held" else None
    return Operation(
        op_id=row.op_id,
        kind=row.kind,
        author=STAFF if by_staff else row.author,
        number=row.server_seq if by_staff or row.number is None else row.number,
        link=row.link,
        body=_held_body(row.body) if held else orjson.loads(row.body),
        held=held,
    )


def _held_body(raw: bytes) -> dict[str, Any]:
    """What cannot be read says nothing, released or not."""
    try:
        return decode(raw)
    except BodyError:
        return {}


def _check(value: dict[str, Any], raw: bytes) -> None:
    """Level by level, so that no depth of input deepens the stack. What the bytes rule out is not looked for."""
    long_texts, great_numbers = len(raw) > TEXT_CHARACTERS_MAX or b"\\u0000" in raw, _may_be_great(raw)
    if not (long_texts or great_numbers or len(raw) > NODES_MAX or raw.count(b"{") + raw.count(b"[") > DEPTH_MAX):
        return
    level: list[Any] = [value]
    nodes = 0
    for _ in range(DEPTH_MAX):
        nodes += sum(map(len, level))
        if long_texts:
            _check_texts(key for container in level if type(container) is dict for key in container)
            _check_texts(part for part in _parts(level) if type(part) is str)
        if great_numbers:
            _check_numbers(_parts(level))
        if nodes > NODES_MAX:
            raise BodyError("body_too_complex")
        level = [part for part in _parts(level) if type(part) in _CONTAINERS]
        if not level:
            return
    raise BodyError("body_too_complex")


def _parts(containers: list[Any]) -> Iterable[Any]:
    return chain.from_iterable(c.values() if type(c) is dict else c for c in containers)


def _may_be_great(raw: bytes) -> bool:
    """Without sixteen digits in a row or an exponent no number is beyond `WHOLE_MAX`."""
    digits = raw.translate(_DIGITS)
    return b"0" * 16 in digits or b"0e" in digits


def _check_numbers(parts: Iterable[Any]) -> None:
    for part in parts:
        if (type(part) is int or type(part) is float) and not -WHOLE_MAX <= part <= WHOLE_MAX:
            raise BodyError("body_number")


def _check_texts(texts: Iterable[str]) -> None:
    for text in texts:
        if len(text) > TEXT_CHARACTERS_MAX:
            raise BodyError("body_too_complex")
        if "\0" in text:
            raise BodyError("body_nul")
