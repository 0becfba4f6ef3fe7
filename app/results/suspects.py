"""Probable duplicates, pure: two phones of one team reported the same place and stage within an hour.

Until a person decides, one of them counts: finished before draft, then the one with more answers, then the one that
was first in the log. Reports of one phone, or of different teams, all count. A report that a person included counts and
takes no other away.
"""

from collections.abc import Iterable
from typing import NamedTuple

MINUTES_APART_MAX = 60
Group = tuple[int, int, int]
"""Team, place, stage."""


class Member(NamedTuple):
    """What decides between the reports of a group. `report` is the number of its first operation."""

    report: int
    group: Group | None
    """None for a report that cannot be a duplicate: void, excluded, or without a place."""
    device: int
    arrived: int | None
    answered: int
    finished: bool
    decided: bool


def suspects(members: Iterable[Member]) -> frozenset[int]:
    """The reports of one group that do not count because another one does."""
    kept: list[Member] = []
    found: set[int] = set()
    for member in sorted((member for member in members if not member.decided), key=_rank):
        if any(_same_visit(member, other) for other in kept):
            found.add(member.report)
        else:
            kept.append(member)
    return frozenset(found)


class Replay:
    """Groups as they change from number to number. `ended` and `began` hold (report, number) of each change.

    A change that is taken back within the replay stays as a short span, for whoever asks as of then.
    """

    def __init__(self, members: Iterable[Member], suspected: Iterable[int]) -> None:
        self._members = {member.report: member for member in members}
        self._groups: dict[Group, set[int]] = {}
        for member in self._members.values():
            if member.group is not None:
                self._groups.setdefault(member.group, set()).add(member.report)
        self.standing = set(suspected)
        self.changes: list[tuple[int, int, bool]] = []
        """(report, number, whether it is a suspect from then on)."""

    def put(self, number: int, member: Member) -> None:
        """A report's new version at a number of the log."""
        before = self._members.get(member.report)
        self._members[member.report] = member
        if before is not None and before.group is not None:
            self._groups[before.group].discard(member.report)
        if member.group is not None:
            self._groups.setdefault(member.group, set()).add(member.report)
        old = {before.group} if before is not None else set()
        for group in {*old, member.group} - {None}:
            assert group is not None
            self._judge(number, group)
        if member.group is None:
            self._change(number, member.report, False)

    def _judge(self, number: int, group: Group) -> None:
        reports = self._groups[group]
        found = suspects(self._members[report] for report in reports) if len(reports) > 1 else frozenset()
        for report in reports:
            self._change(number, report, report in found)

    def _change(self, number: int, report: int, suspected: bool) -> None:
        if suspected != (report in self.standing):
            (self.standing.add if suspected else self.standing.discard)(report)
            self.changes.append((report, number, suspected))


def _rank(member: Member) -> tuple[bool, int, int]:
    return not member.finished, -member.answered, member.report


def _same_visit(one: Member, other: Member) -> bool:
    if one.device == other.device or one.arrived is None or other.arrived is None:
        return False
    return abs(one.arrived - other.arrived) <= MINUTES_APART_MAX


def spans(changes: Iterable[tuple[int, int, bool]]) -> tuple[list[tuple[int, int]], list[tuple[int, int, int | None]]]:
    """Changes -> ends of spans that stood before (report, number), and new spans (report, from, to or None)."""
    ended: list[tuple[int, int]] = []
    began: dict[int, list[tuple[int, int, int | None]]] = {}
    for report, number, suspected in changes:
        own = began.setdefault(report, [])
        if suspected:
            own.append((report, number, None))
        elif own:
            own[-1] = (report, own[-1][1], number)
        else:
            ended.append((report, number))
    return ended, [span for own in began.values() for span in own]
