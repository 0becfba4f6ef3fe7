"""Reads a chain from its first entry to its end and names every place where it does not hold. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from app.store import chain
from app.store.epoch import EPOCH_NUMBERS


class Link(NamedTuple):
    """An entry as stored: its number, its seal, and the fields that the seal is over besides the one before."""

    number: int
    entry: str
    fields: tuple[object, ...]


@dataclass(frozen=True)
class End:
    """Where the head says that the chain ends."""

    number: int
    entry: str


@dataclass(frozen=True)
class Fault:
    """What does not hold, and where. `since`: the last entry that is known to be right, where only a stretch is known.

    `code`: changed, missing, beyond, head, rewritten, lost, moved, signature, blob, false_receipt, false_checkpoint.
    """

    chain: str
    number: int
    code: str
    says: str
    since: int | None = None


def faults_of(name: str, links: Iterable[Link], genesis: str, end: End) -> Iterator[Fault]:
    """Faults of the chain by itself, by number. A chain that was made again as a whole has none: anchors find that.

    Numbers follow one another; only a new epoch's start at a multiple of 10^9, and follow on the one before as well.
    After a fault the reading goes on from what is stored, so that one change is one fault and the next is found too.
    """
    last, stored, right = 0, genesis, genesis
    for link in links:
        is_gap = link.number != last + 1
        if is_gap and link.number % EPOCH_NUMBERS:
            yield _missing(name, last + 1, link.number - 1)
            right = link.entry
        else:
            right, follows = _follows(link, stored, right)
            if not follows:
                yield _odd(name, link.number, is_gap)
        last, stored = link.number, link.entry
    yield from _at_the_end(name, last, stored, end)


def _follows(link: Link, stored: str, right: str) -> tuple[str, bool]:
    """What the entry's seal should be, and whether it is. `right` differs from `stored` where the seal before was
    changed and nothing else: then this entry still follows on what that one should be.
    """
    made = _sealed(stored, link.fields)
    if made != link.entry and right != stored:
        made = _sealed(right, link.fields)
    return made, made == link.entry


def _sealed(before: str, fields: tuple[object, ...]) -> str:
    """Nothing follows on a seal that is none."""
    try:
        return chain.entry(before, fields)
    except ValueError:
        return ""


def _odd(name: str, number: int, is_gap: bool) -> Fault:
    if is_gap:
        return Fault(name, number, "missing", f"Entries before {number}, where a new epoch begins, were removed.")
    return Fault(name, number, "changed", f"Entry {number} was changed, or does not follow on the one before it.")


def _missing(name: str, first: int, last: int) -> Fault:
    said = f"Entry {first} is" if first == last else f"Entries {first} to {last} are"
    return Fault(name, first, "missing", f"{said} missing.")


def _at_the_end(name: str, last: int, entry: str, end: End) -> Iterator[Fault]:
    begins_an_epoch = (end.number + 1) % EPOCH_NUMBERS == 0 and end.entry == entry
    if last < end.number and not begins_an_epoch:
        yield _missing(name, last + 1, end.number)
    elif last > end.number:
        yield Fault(name, end.number + 1, "beyond", f"Entries {end.number + 1} to {last} lie beyond the head.")
    elif end.entry != entry:
        yield Fault(name, end.number, "head", f"The head names another entry {end.number} than the one stored.")
