"""Probable duplicates, pure: two phones of one team reported the same place and stage within an hour.

Until a person decides, one of them counts: finished before draft, then the one with more answers, then the one that
was first in the log. Reports of one phone, or of different teams, all count.
"""

from collections.abc import Iterable
from typing import NamedTuple

MINUTES_APART_MAX = 60


class Member(NamedTuple):
    """What decides between the reports of one team, place and stage."""

    report: int
    device: str
    arrived: int | None
    answered: int
    first_seq: int
    finished: bool
    decided: bool


def suspects(members: Iterable[Member]) -> frozenset[int]:
    """The reports that do not count because another one of the group does."""
    kept: list[Member] = []
    found: set[int] = set()
    for member in sorted(members, key=_rank):
        if not member.decided and any(_same_visit(member, other) for other in kept):
            found.add(member.report)
        else:
            kept.append(member)
    return frozenset(found)


def _rank(member: Member) -> tuple[bool, bool, int, int]:
    return not member.decided, not member.finished, -member.answered, member.first_seq


def _same_visit(one: Member, other: Member) -> bool:
    if one.device == other.device or one.arrived is None or other.arrived is None:
        return False
    return abs(one.arrived - other.arrived) <= MINUTES_APART_MAX
