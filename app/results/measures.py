"""What one entry of the results is made of: a question, a question in bands, at least one of several, a ratio.

A measure is bits (and numbers) computed from columns of a checklist's table; everything after that is the same for all.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from app.forms.model import Text
from app.results.bits import (
    BLANKS,
    FIRST_OPTION,
    OBSERVED,
    exclusive_bits,
    negative_bits,
    negative_options,
    option_bit,
)
from app.results.forms import Question
from app.results.query import Bands

YES, NO = 1 << FIRST_OPTION, 1 << FIRST_OPTION + 1
LATEST, WORST, UNION = "latest", "worst", "union"


@dataclass(frozen=True)
class Columns:
    """SQL of a measure over the table of one checklist, whose alias is v."""

    bits: str
    number: str = "NULL"
    second: str = "NULL"


@dataclass(frozen=True)
class Measure:
    """One entry of the results. `station_rule`: what a station says where its visits differ.

    latest: the latest observed visit. worst: the latest negative one, else the latest. union: all options chosen.
    """

    code: str
    form: str | None
    label: Text
    type: str
    negative: tuple[str, ...]
    options: tuple[tuple[str, int], ...]
    """Name and bit, in the order in which they are printed."""
    negative_bits: int
    columns: dict[str, Columns]
    """By checklist."""
    station_rule: str = LATEST
    exclusive_bits: int = 0
    numeric: bool = False
    ratio: bool = False

    @property
    def is_share(self) -> bool:
        """Whether its shares are shares of stations, and not of voters or votes."""
        return bool(self.options) and not self.ratio


def of_question(question: Question, bands: Bands | None) -> Measure:
    """A question as it was asked, or a number or time cut into bands that are of its kind."""
    item, column = question.item, f"v.q{question.column}"
    if bands is not None and question.is_number and bands.clock == (item.type in ("time", "datetime", "date")):
        return _banded(question, bands)
    negative = negative_bits(item, question.options)
    options = tuple((code, option_bit(question.options, code)) for code in question.shown_options)
    return Measure(
        code=item.code,
        form=question.form,
        label=item.label,
        type=item.type,
        negative=negative_options(item),
        options=options if question.is_choice else (),
        negative_bits=negative,
        columns={question.form: Columns(column, f"v.n{question.column}" if question.is_number else "NULL")},
        station_rule=_station_rule(question, negative),
        exclusive_bits=exclusive_bits(item, question.options),
        numeric=question.is_number,
    )


def at_least_one(questions: Sequence[Question]) -> Measure:
    """Yes where any of the items is negative; observed where any is. The items may be of several checklists."""
    forms = sorted({question.form for question in questions})
    codes = ",".join(question.item.code for question in questions)
    return Measure(
        code=f"any({codes})",
        form=forms[0] if len(forms) == 1 else None,
        label={},
        type="any",
        negative=("yes",),
        options=(("yes", YES), ("no", NO)),
        negative_bits=YES,
        columns={form: Columns(_any_bits([q for q in questions if q.form == form])) for form in forms},
        station_rule=WORST,
    )


def ratio_of(above: Question, below: Question) -> Measure:
    """Sum over sum, of the visits with both."""
    bits = [f"v.q{question.column}" for question in (above, below)]
    blank = " | ".join(f"(CASE WHEN {one} >= {OBSERVED} THEN 0 ELSE {one} END)" for one in bits)
    both = " AND ".join(f"{one} >= {OBSERVED}" for one in bits)
    return Measure(
        code=f"{above.item.code}/{below.item.code}",
        form=above.form,
        label={},
        type="ratio",
        negative=(),
        options=(),
        negative_bits=0,
        columns={
            above.form: Columns(
                f"CASE WHEN {both} THEN {OBSERVED} ELSE {first_blank(f'({blank})')} END",
                f"CASE WHEN {both} THEN v.n{above.column} END",
                f"CASE WHEN {both} THEN v.n{below.column} END",
            )
        },
        numeric=True,
        ratio=True,
    )


def first_blank(bits: str) -> str:
    """SQL: the bit of the blank that speaks for several visits or answers of which none is observed."""
    tests = " ".join(f"WHEN ({bits} & {bit}) <> 0 THEN {bit}" for bit in BLANKS.values())
    return f"CASE {tests} END"


def _banded(question: Question, bands: Bands) -> Measure:
    column, number = f"v.q{question.column}", f"v.n{question.column}"
    names = bands.names()
    bits = [1 << FIRST_OPTION + place for place in range(len(names))]
    tests = " ".join(f"WHEN {number} < {cut!r} THEN {bit}" for cut, bit in zip(bands.cuts, bits, strict=False))
    sql = f"CASE WHEN {number} IS NULL THEN {column} {tests} ELSE {bits[-1]} END"
    return Measure(
        code=question.item.code,
        form=question.form,
        label=question.item.label,
        type=question.item.type,
        negative=(),
        options=tuple(zip(names, bits, strict=True)),
        negative_bits=0,
        columns={question.form: Columns(sql, number)},
        numeric=True,
    )


def _any_bits(questions: Sequence[Question]) -> str:
    columns = [f"v.q{question.column}::HUGEINT" for question in questions]
    yes = " OR ".join(
        f"({column} & {negative_bits(q.item, q.options)}) <> 0" for column, q in zip(columns, questions, strict=True)
    )
    no = " OR ".join(f"{column} >= {OBSERVED}" for column in columns)
    blank = first_blank(f"({' | '.join(columns)})")
    return f"CASE WHEN {yes} THEN {YES} WHEN {no} THEN {NO} ELSE {blank} END"


def _station_rule(question: Question, negative: int) -> str:
    if question.item.type == "multiple":
        return UNION
    if question.item.measure == "four_point" or not negative:
        return LATEST
    return WORST
