"""What a phone keeps: tables that change in whole transactions, before and after each of which it may be killed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from tests.simulation.wire import Json

T = TypeVar("T")
Stage = Literal["before", "after"]


class KilledError(Exception):
    """The phone died. Its disk is what it was, or what it had just become."""


class FullError(Exception):
    """The disk takes nothing now."""


@dataclass
class Draft:
    """What a person touched on this phone in one report."""

    report_id: str
    answers: Json = field(default_factory=dict)
    seen: dict[str, int] = field(default_factory=dict)
    rev: int = 0
    minted_rev: int = 0
    place: Json | None = None
    """Said by the phone that began the report."""

    @property
    def is_dirty(self) -> bool:
        return self.rev > self.minted_rev


@dataclass
class Tables:
    drafts: dict[str, Draft] = field(default_factory=dict)
    ops: dict[str, Json] = field(default_factory=dict)
    """As they go over the wire, by op_id, in the order of their numbers."""
    receipts: dict[tuple[str, str], str] = field(default_factory=dict)
    """(epoch, op_id) -> received, held, lost."""
    aside: dict[str, tuple[int, float]] = field(default_factory=dict)
    """op_id -> tries that failed alone, and the moment of the next."""
    epoch: str | None = None
    known: Json | None = None
    number: int = 0
    link: str | None = None
    cursor: str | None = None
    reports: dict[str, Any] = field(default_factory=dict)
    """As pulled."""


class Disk:
    def __init__(self) -> None:
        self.tables = Tables()
        self.full = False
        self._kill: tuple[int, Stage] | None = None

    def kill_at(self, nth: int, stage: Stage) -> None:
        """Die at the nth transaction from now."""
        self._kill = (nth, stage)

    def write(self, change: Callable[[Tables], T]) -> T:
        """One transaction: all of it or nothing. Raises KilledError, FullError."""
        stage = self._due()
        if stage == "before":
            raise KilledError
        if self.full:
            raise FullError
        result = change(self.tables)
        if stage == "after":
            raise KilledError
        return result

    def _due(self) -> Stage | None:
        if self._kill is None:
            return None
        nth, stage = self._kill
        self._kill = (nth - 1, stage) if nth > 0 else None
        return stage if nth == 0 else None
