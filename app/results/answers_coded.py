"""Wide rows as variables of SPSS and Stata: options as numbers with labels, kinds of blank as user-missing codes."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from app.results.answers import Page, labels_of
from app.results.bits import NOT_IN_VERSION
from app.results.codebook import MISSING, text_of
from app.results.formats.statistical import LABEL_MAX, VALUE_LABEL_MAX, Variable
from app.results.forms import Question
from app.results.source import rows_from
from app.results.wide import NAMES, TYPES, Column, Row, flat_row

KINDS = ("missing", "not_observed", "no_access", "not_applicable", "not_in_version")
"""Kinds of blank in the order of their codes: -99, -98, -97, -96, -95; in Stata .a, .b, .c, .d, .e."""
LOWEST, FAR = -99, -9_000_000_000_000_099
"""The code of the first kind; another where an answer of the file has one of these numbers for a value."""
NAME_MAX = 31
"""Signs of a name: the library writes no longer ones for Stata."""
LABELLED_NAME_MAX = 28
"""Of one whose values have labels: the library names their set after it and its place, in up to 32 signs together."""
RESERVED = frozenset([
    "all", "and", "by", "eq", "ge", "gt", "le", "lt", "ne", "not", "or", "to", "with", "byte", "double", "float", "if",
    "in", "int", "long", "strl", "using", "str",
])  # fmt: skip
"""Names that SPSS or Stata keep for themselves; they get an underscore after."""
Read = Callable[[Row], object]


@dataclass(frozen=True)
class Coded:
    """A variable, and how it is read from a row."""

    variable: Variable
    read: Read


def coded(page: Page) -> list[Coded]:
    """The variables of a page: one a column, of a question with several options one an option."""
    far = _far(page)
    taken: set[str] = set()
    every = (
        one
        for column in page.columns
        for one in _of_column(page, column, FAR if column.source in far and column.question else LOWEST)
    )
    return [Coded(_named(one.variable, taken), one.read) for one in every]


def coded_rows(every: list[Coded], rows: Iterator[Row]) -> Iterator[list[object]]:
    """Rows as the file has them."""
    for row in rows:
        yield [one.read(row) for one in every]


def _of_column(page: Page, column: Column, lowest: int) -> Iterator[Coded]:
    question = column.question
    if question is None:
        yield _about(column)
        return
    if column.labels is not None and page.asked.query.labels == "both":
        return  # the values bear their labels
    match question.item.type:
        case "single":
            yield _single(page, question, lowest)
        case "multiple":
            yield from _multiple(page, question, lowest)
        case "integer" | "decimal":
            yield _number(page, question, lowest)
        case _:
            plain = Column(column.name, column.source, question)
            yield Coded(Variable(column.name, "text", _label(page, question)), lambda row: _text(plain, row))


def _about(column: Column) -> Coded:
    source = column.source
    if TYPES.get(source) == "BIGINT":
        return Coded(Variable(column.name, "whole"), lambda row: _whole(row.head.get(source)))
    if TYPES.get(source) == "BOOLEAN":
        variable = Variable(column.name, "whole", values={0: "false", 1: "true"}, nominal=True)
        return Coded(variable, lambda row: int(bool(row.head.get(source))))
    return Coded(Variable(column.name, "text"), lambda row: _text(column, row))


def _single(page: Page, question: Question, lowest: int) -> Coded:
    code, numbers = question.item.code, {option: n for n, option in enumerate(question.options, start=1)}
    labels = labels_of(page.asked, question)
    values = {n: _cut(labels.get(option, option), VALUE_LABEL_MAX) for option, n in numbers.items()}
    variable = Variable(code, "whole", _label(page, question), values, _missing(lowest), nominal=True)
    return Coded(variable, _reader(code, lowest, numbers.get))


def _multiple(page: Page, question: Question, lowest: int) -> Iterator[Coded]:
    labels, code = labels_of(page.asked, question), question.item.code
    for option in question.options:
        label = _cut(f"{labels.get(option, option)}: {_label(page, question)}", LABEL_MAX)
        values = {0: "-", 1: _cut(labels.get(option, option), VALUE_LABEL_MAX)}
        variable = Variable(f"{code}_{option}", "whole", label, values, _missing(lowest), nominal=True)
        yield Coded(variable, _reader(code, lowest, partial(_is_chosen, option)))


def _is_chosen(option: str, chosen: list[str]) -> int:
    return int(option in chosen)


def _number(page: Page, question: Question, lowest: int) -> Coded:
    code, is_whole = question.item.code, question.item.type == "integer"
    variable = Variable(code, "whole" if is_whole else "number", _label(page, question), {}, _missing(lowest))
    return Coded(variable, _reader(code, lowest, int if is_whole else float))


def _reader(code: str, lowest: int, read: Callable[[Any], object]) -> Read:
    missing = {kind: lowest + place for place, kind in enumerate(KINDS)}
    absent = missing[NAMES[NOT_IN_VERSION]]

    def value(row: Row) -> object:
        if code in row.values:
            return read(row.values[code])
        return missing[row.blanks[code]] if code in row.blanks else absent

    return value


def _missing(lowest: int) -> Mapping[int, str]:
    return {lowest + place: _cut(MISSING[kind], VALUE_LABEL_MAX) for place, kind in enumerate(KINDS)}


def _far(page: Page) -> set[str]:
    """Questions for numbers that have one of the usual codes for a value."""
    (form,) = page.asked.forms
    asked = [q for q in page.asked.questions[form.code].values() if q.item.type in ("integer", "decimal")]
    if not asked:
        return set()
    inside = f"BETWEEN {LOWEST} AND {LOWEST + len(KINDS) - 1}"
    counts = ", ".join(f"count(*) FILTER (v.n{question.column} {inside})" for question in asked)
    query = f"SELECT {counts} FROM {rows_from(page.asked, form)}"  # noqa: S608
    found = page.asked.mirror.cursor().execute(query).fetchone() or ()
    return {question.item.code for question, n in zip(asked, found, strict=True) if n}


def _named(variable: Variable, taken: set[str]) -> Variable:
    """Under a name that both programs take and no other variable has."""
    name = variable.name if variable.name not in RESERVED else f"{variable.name}_"
    signs = LABELLED_NAME_MAX if variable.values or variable.missing else NAME_MAX
    place = 1
    short = name[:signs]
    while short in taken:
        place += 1
        short = f"{name[: signs - len(str(place)) - 1]}_{place}"
    taken.add(short)
    return Variable(**{**vars(variable), "name": short})


def _label(page: Page, question: Question) -> str:
    item = question.item
    return _cut(text_of(page.language, item.short_label, item.label) or item.code, LABEL_MAX)


def _text(column: Column, row: Row) -> str:
    """As in a flat file: the kind of a blank stands in the cell, missing is empty. NUL ends a text in both programs."""
    (cell,) = flat_row([column], row)
    return "" if cell is None else str(cell).replace("\0", " ")


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _cut(text: str, characters: int) -> str:
    return text if len(text) <= characters else text[: characters - 1] + "…"
