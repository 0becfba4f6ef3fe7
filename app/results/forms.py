"""A checklist over all its versions as columns of the mirror: which question is which column, which option which bit.

Pure but for `FormColumns`, which grows with each version.
"""

from dataclasses import dataclass, field

from app.forms.model import Checklist, Item
from app.results.bits import CHOICES, FIRST_OPTION, NUMBERS, OPTIONS_MAX, Encoder
from app.results.visits import questions

WIDTHS = ((16, "USMALLINT"), (32, "UINTEGER"), (64, "UBIGINT"), (127, "HUGEINT"))


@dataclass(frozen=True)
class Question:
    """A question as it stands at some number of the log: the item of the newest version that asks it."""

    form: str
    item: Item
    column: int
    options: tuple[str, ...]
    """In the order of their bits."""
    first_version: int
    last_version: int

    @property
    def is_choice(self) -> bool:
        return self.item.type in CHOICES

    @property
    def is_number(self) -> bool:
        return self.item.type in NUMBERS

    @property
    def shown_options(self) -> tuple[str, ...]:
        """In the order of the newest version, then what older ones offered; beyond `OPTIONS_MAX` none."""
        newest = [option.code for option in self.item.options if option.code in self.options]
        return (*newest, *(code for code in self.options if code not in newest))


@dataclass
class FormColumns:
    """One checklist's table in the mirror. Columns and options are only ever added."""

    code: str
    number: int
    """The table is `visit_<number>`."""
    versions: list[tuple[int, Checklist]] = field(default_factory=list)
    """(from_seq, version) as published."""
    columns: dict[str, int] = field(default_factory=dict)
    options: dict[str, list[str]] = field(default_factory=dict)
    hashes: dict[int, str] = field(default_factory=dict)
    """Version -> hash of its blob."""
    encoders: dict[int, tuple[Encoder, ...]] = field(default_factory=dict)
    """Version -> its questions, ready to read answers."""
    numbers: set[str] = field(default_factory=set)
    """Items that have a number column."""

    @property
    def table(self) -> str:
        return f"visit_{self.number}"

    def add(self, from_seq: int, checklist: Checklist, digest: str) -> None:
        """Take in a version; `columns`, `options`, `numbers` grow with it."""
        self.hashes[checklist.version] = digest
        self.versions.append((from_seq, checklist))
        for item in questions(checklist):
            self.columns.setdefault(item.code, len(self.columns))
            self.numbers |= {item.code} if item.type in NUMBERS else set()
            known = self.options.setdefault(item.code, [])
            fresh = [option.code for option in item.options if option.code not in known]
            known += fresh[: OPTIONS_MAX - len(known)]
        asked = (Encoder.of(item, self.options[item.code]) for item in questions(checklist))
        self.encoders[checklist.version] = tuple(asked)

    def width(self, code: str) -> str:
        """The column type that holds all bits of an item."""
        bits = FIRST_OPTION + len(self.options[code])
        return next(name for width, name in WIDTHS if bits <= width)

    def version(self, number: int | None, at: int) -> Checklist | None:
        """The version of that number, published by `at`; the newest where the number is None."""
        return next(
            (c for seq, c in reversed(self.versions) if seq <= at and (number is None or c.version == number)), None
        )

    def newest(self, at: int) -> Checklist | None:
        found = [checklist for seq, checklist in self.versions if seq <= at]
        return max(found, key=lambda checklist: checklist.version, default=None)

    def questions(self, at: int) -> list[Question]:
        """Every question of the versions published by `at`: the newest version's order, then what only older ask."""
        found: dict[str, Question] = {}
        versions = sorted((c for seq, c in self.versions if seq <= at), key=lambda c: -c.version)
        asked = [{item.code: item.options for item in questions(c)} for c in versions]
        for checklist in versions:
            for item in questions(checklist):
                if item.code not in found:
                    spans = [c.version for c, codes in zip(versions, asked, strict=True) if item.code in codes]
                    offered = {option.code for codes in asked for option in codes.get(item.code, ())}
                    options = tuple(code for code in self.options[item.code] if code in offered)
                    column = self.columns[item.code]
                    found[item.code] = Question(self.code, item, column, options, min(spans), max(spans))
        return list(found.values())
