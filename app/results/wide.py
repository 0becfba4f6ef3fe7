"""One report as one wide row: who, where, when, then a column an item. Pure.

In JSON a blank is null and its kind stands in `blanks`; in CSV the kind stands in the cell. Where a column about the
report bears the name of an item, it is called `report_` and its name.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.forms.model import Checklist, Item, Option
from app.forms.report import Report, State
from app.results.bits import BLANKS, CHOICES, NOT_IN_VERSION, OBSERVED, answer_bits
from app.results.forms import Question
from app.results.visits import hidden_bits

HEADER = ("visit_no", "arrived_at", "departed_at", "filled_by", "other_teams", "lang", "comment")
REPORT = (
    "report_id", "server_seq", "version_seq", "received_at", "status", "form", "form_version", "stage", "team",
    "team_type", "place_kind", "place", "place_text", "region", "district", "commission", "settlement", "ps_type",
    "hour", "complete", *HEADER, "disagreements", "open_edit", "void_disputed",
)  # fmt: skip
"""Columns about a report."""
NAMES = {bit: name for name, bit in BLANKS.items()}
LABEL = "_label"
Values = dict[str, Any]
Labeller = Callable[[Mapping[str, str]], str]
"""The text of a language."""


@dataclass(frozen=True)
class Column:
    """A column of the wide table: about the report, or an item's answer, or the label of that answer."""

    name: str
    source: str
    question: Question | None = None
    as_label: bool = False


def columns(questions: Iterable[Question], labels: str) -> list[Column]:
    """All columns in order. `labels`: code, label, or both (a second column for each item with options)."""
    asked = list(questions)
    taken = {question.item.code for question in asked}
    found = [Column(f"report_{name}" if name in taken else name, name) for name in REPORT]
    for question in asked:
        code = question.item.code
        found.append(Column(code, code, question, as_label=labels == "label"))
        if labels == "both" and question.is_choice:
            found.append(Column(code + LABEL, code, question, as_label=True))
    return found


def answers_of(checklist: Checklist, state: State, context: Mapping[str, Any]) -> tuple[Values, dict[str, str]]:
    """Item -> value as it was sent, and item -> kind of blank for those without one."""
    hidden = hidden_bits(checklist, state.answers, context)
    values: Values = {}
    blanks: dict[str, str] = {}
    for item in checklist.items():
        if item.type == "note":
            continue
        answer = state.answers.get(item.code)
        bits = hidden.get(item.code) or answer_bits(item, answer, [option.code for option in item.options])
        if bits >= OBSERVED:
            values[item.code] = answer
        else:
            blanks[item.code] = NAMES[bits]
    return values, blanks


def about(report: Report, state: State) -> Values:
    """What the report says of itself."""
    place = state.header.get("place")
    place = place if isinstance(place, Mapping) else {}
    return {
        "place_kind": place.get("kind"),
        "place": place.get("id"),
        "place_text": place.get("text"),
        **{name: state.header.get(name) for name in HEADER},
        "disagreements": sorted(state.disagreement),
        "open_edit": report.open_edit,
        "void_disputed": report.void_disputed,
    }


def json_row(
    chosen: Sequence[Column], row: Values, values: Values, blanks: Mapping[str, str], text: Labeller
) -> Values:
    """A row as JSON; columns of other checklists are left out."""
    own = [c for c in chosen if c.question is None or c.source in values or c.source in blanks]
    items = {c.source for c in own if c.question is not None}
    found = {c.name: _value(c, row, values, text) for c in own}
    return {**found, "blanks": {code: kind for code, kind in blanks.items() if code in items}}


def csv_row(
    chosen: Sequence[Column], row: Values, values: Values, blanks: Mapping[str, str], text: Labeller
) -> list[str]:
    """A row as cells. Several options stand with blanks between; missing is an empty cell."""
    return [_cell(column, row, values, blanks, text) for column in chosen]


def _value(column: Column, row: Values, values: Values, text: Labeller) -> Any:
    if column.question is None:
        return row.get(column.source)
    value = values.get(column.source)
    return _labelled(column.question.item, value, text) if column.as_label else value


def _labelled(item: Item, value: Any, text: Labeller) -> Any:
    if value is None or item.type not in CHOICES:
        return value
    options: dict[str, Option] = {option.code: option for option in item.options}
    named = [text(options[code].label) if code in options else code for code in _listed(value)]
    return named if isinstance(value, list) else named[0]


def _listed(value: Any) -> list[str]:
    return [str(code) for code in value] if isinstance(value, list) else [str(value)]


def _cell(column: Column, row: Values, values: Values, blanks: Mapping[str, str], text: Labeller) -> str:
    value = _value(column, row, values, text)
    if column.question is not None and value is None:
        kind = blanks.get(column.source, NAMES[NOT_IN_VERSION])
        return "" if kind == "missing" else kind
    cell = _as_text(value, "; " if column.as_label else " ")
    return cell if isinstance(value, int | float) else _harmless(cell)


def _as_text(value: Any, between: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return between.join(map(str, value)) if isinstance(value, list) else str(value)


def _harmless(text: str) -> str:
    """What a phone sent never runs as a formula in a spreadsheet."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
