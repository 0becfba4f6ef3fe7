"""Signatures of a device's operations, verified with as few verifications as its chain allows. Pure.

A signature covers the link before it, and so everything before it in an unbroken run: the last one speaks for all.
"""

from collections.abc import Iterable, Sequence
from typing import Literal

from cryptography.hazmat.primitives.asymmetric import ec

from app.store.seal import verifies
from app.sync.wire import Sent

Verdict = Literal["verified", "unsigned", "failed"]


def verdicts(key: ec.EllipticCurvePublicKey | None, run: Sequence[Sent]) -> list[Verdict]:
    """One for each operation of one device, in the order sent.

    From the last backwards: what the next, verified operation names as its `prev` needs no signature of its own.
    """
    found: list[Verdict] = []
    covered: str | None = None
    for operation in reversed(run):
        verdict: Verdict = "verified" if operation.link == covered else _alone(key, operation)
        covered = operation.prev if verdict == "verified" else None
        found.append(verdict)
    return found[::-1]


def gaps(run: Sequence[Sent], stored: Iterable[str]) -> frozenset[str]:
    """Links of the operations whose `prev` is neither stored nor sent beside them."""
    here = {*stored, *(operation.link for operation in run)}
    return frozenset(op.link for op in run if op.prev is not None and op.prev not in here)


def _alone(key: ec.EllipticCurvePublicKey | None, operation: Sent) -> Verdict:
    if operation.sig is None or key is None:
        return "unsigned"
    return "verified" if verifies(key, operation.lines, operation.sig) else "failed"
