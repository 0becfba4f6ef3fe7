"""What an import does to what a mission has: created, updated, unchanged. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.setup.complaints import Complaint
from app.setup.entries import Entry


@dataclass(frozen=True)
class Report:
    """What came of an import. Where something is rejected and it is not partial, nothing was written."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: list[Complaint] = field(default_factory=list)
    notes: list[Complaint] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The answer that tools rely on."""
        counts = {"created": self.created, "updated": self.updated, "unchanged": self.unchanged}
        return {**counts, "rejected": [complaint._asdict() for complaint in self.rejected]}


@dataclass(frozen=True)
class Merged:
    """What the mission would have, and how many entries of the file are new, changed, as before."""

    entries: dict[str, Entry]
    """By key, those at hand first."""
    created: int
    updated: int
    unchanged: int


def merge(have: Mapping[str, Entry], found: Mapping[str, Entry], blank: Callable[[Entry], Entry]) -> Merged:
    """Lay a file's entries over those at hand, by key.

    A field that the file lacks stays as it is, in a new entry it is as in `blank`; an entry that the file lacks stays.
    """
    laid = {key: {**(have.get(key) or blank(entry)), **entry} for key, entry in found.items()}
    created = sum(key not in have for key in laid)
    unchanged = sum(have.get(key) == entry for key, entry in laid.items())
    return Merged({**have, **laid}, created, len(laid) - created - unchanged, unchanged)
