"""Which number of the log an answer stands on, and the tag that says so. Pure."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from importlib.metadata import version

from app.errors import UrnaError
from app.results.mirror import Mirror
from app.results.query import Moment, Query

RELEASE = version("urna")
SETTLED = timedelta(seconds=2)
"""After this long no entry comes in any more that bears a moment: an entry bears the time at which its commit began."""


def resolve(mirror: Mirror, head: int, moment: Moment | None, now: datetime) -> int:
    """The number that a moment stands for. Raises UrnaError: as_of_ahead, or not_ready while the mirror is behind."""
    assert not isinstance(moment, str), "a snapshot's name is turned into its number before"
    if moment is None:
        return mirror.applied
    if isinstance(moment, int):
        if moment > head:
            raise UrnaError("as_of_ahead", f"The log stands at {head}.")
        if moment > mirror.applied:
            raise behind()
        return moment
    if moment > now:
        raise UrnaError("as_of_ahead", f"It is {utc(now)} here.")
    if moment > now - SETTLED:
        raise UrnaError("not_ready", "The moment is not over yet.", headers={"Retry-After": "2"})
    newest = mirror.received_at(mirror.applied)
    if mirror.applied < head and (newest is None or newest <= moment):
        raise behind()
    return mirror.number_at(moment)


def behind() -> UrnaError:
    """The log is being read in; it takes seconds."""
    return UrnaError("not_ready", "The figures are being prepared.", headers={"Retry-After": "1"})


def etag(epoch: str, number: int, query: Query, representation: str, reader: Iterable[str], minute: str = "") -> str:
    """Equal tags mean equal bytes: the log's number, what is asked, its form, who may see what, and the release.

    `minute`: of an answer that depends on the clock.
    """
    parts = [epoch, number, query.normal(), representation, sorted(reader), RELEASE, minute]
    return f'"{sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]}"'


def matches(tag: str, if_none_match: str | None) -> bool:
    """Whether a client has these bytes (RFC 9110: weak comparison, * for anything)."""
    if if_none_match is None:
        return False
    known = [part.strip().removeprefix("W/") for part in if_none_match.split(",")]
    return tag in known or "*" in known


def utc(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
