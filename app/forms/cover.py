"""What finishes and voids cover. Pure.

A finish covers its own device's operations up to itself and, of the others, what it had seen. A void covers likewise:
it takes away the finishes that it knew, and no other.
"""

from collections.abc import Collection
from dataclasses import dataclass

from app.forms.report import FINISH, SNAPSHOTS, STAFF, STAFF_FINISH, VOID, Operation, seen


@dataclass(frozen=True, slots=True)
class Coverage:
    finishes: tuple[Operation, ...]
    """Those that count, in the order of author and number."""
    voids: tuple[Operation, ...]
    counting: tuple[Operation, ...]
    """Covered operations and all of staff's."""
    open_edit: bool


def coverage(operations: Collection[Operation]) -> Coverage:
    """Which operations of a report count, and whether one waits for the next finish."""
    voids = _of_kinds(operations, VOID)
    finishes = tuple(f for f in _of_kinds(operations, FINISH, STAFF_FINISH) if not any(_takes(v, f) for v in voids))
    counting = tuple(op for op in operations if op.author == STAFF or _is_covered(op, finishes))
    waiting = any(op.kind in SNAPSHOTS and not _is_covered(op, finishes + voids) for op in operations)
    return Coverage(finishes, voids, counting, bool(finishes or voids) and waiting)


def knows(operation: Operation, other: Operation) -> bool:
    """Whether the author of `operation` knew `other`: its own by number, another's by `seen`."""
    if operation.author == other.author:
        return other.number < operation.number
    return other.number <= seen(operation, other.author)


def _is_covered(operation: Operation, by: Collection[Operation]) -> bool:
    return any(operation.link == other.link or knows(other, operation) for other in by)


def _takes(void: Operation, finish: Operation) -> bool:
    """Where both claim to have known the other, which honest phones cannot, nothing is taken away."""
    return knows(void, finish) and not knows(finish, void)


def _of_kinds(operations: Collection[Operation], *kinds: str) -> tuple[Operation, ...]:
    chosen = (op for op in operations if op.kind in kinds)
    return tuple(sorted(chosen, key=lambda op: (op.author, op.number, op.link)))
