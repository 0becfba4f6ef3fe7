"""A fault in a file, in words for the person who keeps the file. Pure."""

from typing import NamedTuple

NAMES_SHOWN_MAX = 12


class Complaint(NamedTuple):
    """Where a fault sits, and in words its value and its cure. Column "" means the line as a whole."""

    line: int
    column: str
    code: str
    message: str

    def __str__(self) -> str:
        place = f'line {self.line}, column "{self.column}"' if self.column else f"line {self.line}"
        return f"{place}: {self.message}"


class Unreadable(Exception):
    """The file cannot be read any further than `complaint` says."""

    def __init__(self, line: int, column: str, code: str, message: str) -> None:
        self.complaint = Complaint(line, column, code, message)
        super().__init__(str(self.complaint))


def shown(text: str, length_max: int = 40) -> str:
    """A value as it can be repeated on a terminal: short, and without what cannot be seen."""
    safe = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return safe if len(safe) <= length_max else safe[: length_max - 1] + "…"


def listed(names: list[str]) -> str:
    filled = [f'"{shown(name)}"' for name in names if name]
    more = f" and {len(filled) - NAMES_SHOWN_MAX} more" if len(filled) > NAMES_SHOWN_MAX else ""
    return ", ".join(filled[:NAMES_SHOWN_MAX]) + more
