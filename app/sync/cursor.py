"""Where a phone's pull stands: the position of the last change that it got, for one epoch and one team. Pure."""

import json
from typing import NamedTuple

from app.store.seal import from_base64url, to_base64url

CHARACTERS_MAX = 2000


class Position(NamedTuple):
    """Changes are ordered by the number of the log that made them, then by type and id."""

    rev: int
    type: str = ""
    id: str = ""


START = Position(0)


def write_cursor(epoch: str, mission: str, team: str, position: Position) -> str:
    """Letters, digits, - and _ only: it is an ETag as well."""
    return to_base64url(
        json.dumps([epoch, mission, team, *position], separators=(",", ":"), ensure_ascii=False).encode()
    )


def read_cursor(cursor: str, epoch: str, mission: str, team: str) -> Position | None:
    """None for a cursor of another epoch, mission or team, and for what is no cursor."""
    if len(cursor) > CHARACTERS_MAX:
        return None
    try:
        *scope, rev, kind, id_ = json.loads(from_base64url(cursor))
    except (ValueError, TypeError, RecursionError):
        return None
    fits = scope == [epoch, mission, team] and type(rev) is int and isinstance(kind, str) and isinstance(id_, str)
    return Position(rev, kind, id_) if fits and 0 <= rev < 2**53 else None
