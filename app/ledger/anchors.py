"""What others hold of a chain against what the chain says now. Pure.

An anchor is a receipt or a checkpoint whose signature is the server's. It seals everything below it: where it no longer
agrees, something between the last anchor that agrees and this one was rewritten.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from app.store.epoch import EPOCH_NUMBERS
from app.store.walk import Fault


@dataclass(frozen=True, order=True)
class Anchor:
    """Number `number` of the chain was `entry`, and held `op_id` where the anchor is a receipt."""

    number: int
    entry: str
    epoch: str
    op_id: str | None = None


@dataclass
class Seen:
    """What a reading of the chain found at the places that anchors speak of."""

    epoch: str
    """The log's now."""
    entries: dict[int, str] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)
    """op_id of a receipt -> its number now."""
    tops: dict[int, int] = field(default_factory=dict)
    """Thousand millions of numbers -> the greatest that is there: where an epoch that is over ended."""


def faults_against(name: str, anchors: Iterable[Anchor], seen: Seen) -> Iterator[Fault]:
    """The first anchor that disagrees, and every operation of a receipt that is gone or stands elsewhere."""
    since, told = 0, False
    for anchor in sorted(set(anchors), key=lambda one: (one.number, one.op_id or "")):
        if seen.entries.get(anchor.number) == anchor.entry:
            since = anchor.number
            continue
        if not told and not _came_again(anchor, seen):
            yield _disagrees(name, anchor, since, seen)
            told = True
        yield from _operation(name, anchor, seen)


def _disagrees(name: str, anchor: Anchor, since: int, seen: Seen) -> Fault:
    stretch = f"between {since} and {anchor.number}" if since else f"up to {anchor.number}"
    if _is_beyond(anchor, seen):
        return Fault(name, anchor.number, "lost", f"Entries {stretch} were lost: the log ends below.", since)
    return Fault(name, anchor.number, "rewritten", f"Entries {stretch} were rewritten.", since)


def _operation(name: str, anchor: Anchor, seen: Seen) -> Iterator[Fault]:
    if anchor.op_id is None:
        return
    place = seen.places.get(anchor.op_id)
    if place is None:
        said = f"The operation of entry {anchor.number} that a receipt speaks of is not in the log."
        yield Fault(name, anchor.number, "lost", said)
    elif place != anchor.number and not _came_again(anchor, seen):
        said = f"The operation of entry {anchor.number} that a receipt speaks of stands at {place}."
        yield Fault(name, anchor.number, "moved", said)


def _came_again(anchor: Anchor, seen: Seen) -> bool:
    """Lost with a database that went back in time, and offered again by the phone in the epoch that began then."""
    return anchor.epoch != seen.epoch and anchor.op_id in seen.places and _is_beyond(anchor, seen)


def _is_beyond(anchor: Anchor, seen: Seen) -> bool:
    return anchor.number > seen.tops.get(anchor.number // EPOCH_NUMBERS, 0)
