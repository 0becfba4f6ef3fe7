"""A report from the set of its operations, never from their arrival or from clocks. Pure.

The rules stand in docs/sync.md under Fold.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from typing import Any

from app.forms.cover import Coverage, coverage
from app.forms.report import (
    DECISIONS,
    FINISH,
    SNAPSHOTS,
    STAFF,
    STAFF_AMEND,
    STAFF_RELEASE,
    Operation,
    Report,
    State,
    Voice,
    as_plain,
    name,
    names_released,
    text,
    to_json,
)
from app.forms.voices import alone, stand

__all__ = ["Operation", "Report", "State", "Voice", "as_plain", "fold", "name", "to_json"]


def fold(operations: Iterable[Operation]) -> Report:
    """The report that a set of operations makes. Order and repetition change nothing; it never raises."""
    every = _set(operations)
    if len(every) == 1 and every[0].kind in SNAPSHOTS and every[0].held is None:
        return _of_one(every[0])
    return _of_many(every)


def _of_one(only: Operation) -> Report:
    """As `_of_many` would: most reports are one finish, and each is folded in the transaction that stores it."""
    says, is_finish = alone(only), only.kind == FINISH
    return Report(
        status="finished" if is_finish else "draft",
        latest=says,
        counted=says if is_finish else None,
        open_edit=False,
        void_disputed=False,
        finishes=((only.author, only.number),) if is_finish else (),
    )


def _of_many(every: list[Operation]) -> Report:
    released = frozenset().union(*(names_released(op) for op in every if op.kind == STAFF_RELEASE))
    held = [op for op in every if op.held is not None and op.op_id not in released]
    standing = [op for op in every if op.held is None or op.op_id in released]
    cover = coverage(standing)
    decision = _decision(standing)
    status = _status(decision, cover, standing, held)
    latest = stand(standing)
    return Report(
        status=status,
        latest=latest,
        counted=_counted(cover, standing, latest) if status == "finished" else None,
        open_edit=cover.open_edit,
        void_disputed=bool(cover.voids and cover.finishes),
        finishes=tuple((op.author, op.number) for op in cover.finishes),
        voids=tuple(_void(op) for op in cover.voids),
        into=text(decision, "into") if decision is not None and status == "merged" else None,
        amended=max((op.number for op in standing if op.kind == STAFF_AMEND), default=None),
        forked=_forked(every),
        held=tuple((op.op_id, op.held or "") for op in held),
    )


def _set(operations: Iterable[Operation]) -> list[Operation]:
    """Each operation once, in an order that depends on nothing but the operations. Nobody acts in another's name."""
    own = (op for op in operations if (op.author == STAFF) == op.kind.startswith("staff."))
    once = {(op.author, op.number, op.link): op for op in own}
    return [once[key] for key in sorted(once)]


def _decision(operations: Collection[Operation]) -> Operation | None:
    decisions = [op for op in operations if op.kind in DECISIONS]
    return max(decisions, key=lambda op: (op.number, op.link), default=None)


def _status(
    decision: Operation | None, cover: Coverage, standing: Collection[Operation], held: Collection[Operation]
) -> str:
    decided = DECISIONS[decision.kind] if decision is not None else None
    if decided is not None:
        return decided
    if cover.finishes:
        return "finished"
    if cover.voids:
        return "void"
    return "held" if held and not any(op.kind in SNAPSHOTS for op in standing) else "draft"


def _counted(cover: Coverage, standing: Collection[Operation], latest: State) -> State:
    return latest if len(cover.counting) == len(standing) else stand(cover.counting)


def _void(operation: Operation) -> dict[str, Any]:
    reason, into = text(operation, "reason"), text(operation, "into")
    return {"author": operation.author, "number": operation.number, "reason": reason, "into": into}


def _forked(operations: Collection[Operation]) -> tuple[tuple[str, int], ...]:
    numbers = Counter((op.author, op.number) for op in operations)
    return tuple(sorted(number for number, times in numbers.items() if times > 1))
