"""One report as one wide row: who, where, when, then a column an item. Pure.

In JSON a blank is null and its kind stands in `blanks`; in flat files the kind stands in the cell. Where a column about
the report bears the name of an item, it is called `report_` and its name.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from app.results.bits import BLANKS, NOT_IN_VERSION
from app.results.forms import Question

HEADER = ("visit_no", "arrived_at", "departed_at", "filled_by", "other_teams", "lang", "comment")
REPORT = (
    "report_id", "server_seq", "version_seq", "received_at", "status", "form", "form_version", "stage", "team",
    "team_type", "place_kind", "place", "place_text", "region", "district", "commission", "settlement", "ps_type",
    "hour", "complete", *HEADER, "disagreements", "open_edit", "void_disputed",
)  # fmt: skip
"""Columns about a report."""
FILE = ("data_version", "as_of", "filter", "n")
"""Columns of flat files that say in each row what the file is: a file is what is left when its address is lost."""
TYPES = {
    **dict.fromkeys(("server_seq", "version_seq", "form_version", "hour", "data_version", "n", "visit_no"), "BIGINT"),
    **dict.fromkeys(("received_at", "as_of"), "TIMESTAMPTZ"),
    **dict.fromkeys(("open_edit", "void_disputed"), "BOOLEAN"),
    "disagreements": "VARCHAR[]",
}
"""Types of columns about a report that are no plain texts, where a format has types."""
NAMES = {bit: name for name, bit in BLANKS.items()}
LABEL = "_label"
Values = dict[str, Any]
Flat = str | int | float | bool | None
Labels = Callable[[Question], Mapping[str, str]]
"""Option -> its label in the language that was asked for."""


class Row(NamedTuple):
    """A report: what is known about it, item -> value as it was sent, item -> kind of blank for those without one."""

    head: Values
    values: Values
    blanks: Mapping[str, str]


@dataclass(frozen=True)
class Column:
    """A column of the wide table: about the report, or an item's answer, or the label of that answer."""

    name: str
    source: str
    question: Question | None = None
    labels: Mapping[str, str] | None = None
    """Where the column shows labels: option -> label."""


def columns(questions: Iterable[Question], labels: str, labels_of: Labels, file: bool = False) -> list[Column]:
    """All columns in order. `labels`: code, label, or both (a second column for each item with options).

    `file`: those of `FILE` too, last.
    """
    asked = list(questions)
    taken = {question.item.code for question in asked}
    found = _named(REPORT, taken)
    for question in asked:
        code = question.item.code
        shown = labels_of(question) if labels != "code" and question.is_choice else None
        found.append(Column(code, code, question, shown if labels == "label" else None))
        if labels == "both" and shown is not None:
            found.append(Column(code + LABEL, code, question, shown))
    return found + (_named(FILE, taken) if file else [])


def about(report: Mapping[str, Any], state: Mapping[str, Any]) -> Values:
    """What the report says of itself, of a report and its state as plain JSON."""
    place = state.get("place")
    place = place if isinstance(place, Mapping) else {}
    return {
        "place_kind": place.get("kind"),
        "place": place.get("id"),
        "place_text": place.get("text"),
        **{name: state.get(name) for name in HEADER},
        "disagreements": sorted(state["disagreement"]),
        "open_edit": report["open_edit"],
        "void_disputed": report["void_disputed"],
    }


def json_row(chosen: Sequence[Column], row: Row) -> Values:
    """A row as JSON; columns of other checklists are left out."""
    head, values, blanks = row
    found: Values = {}
    own: dict[str, str] = {}
    for column in chosen:
        source = column.source
        if column.question is None:
            found[column.name] = head.get(source)
        elif source in values:
            found[column.name] = values[source] if column.labels is None else _labelled(values[source], column.labels)
        elif source in blanks:
            found[column.name] = None
            own[source] = blanks[source]
    return {**found, "blanks": own}


def flat_row(chosen: Sequence[Column], row: Row) -> list[Flat]:
    """A row as cells. Several options stand with blanks between, labels with semicolons; missing is None."""
    head, values, blanks = row
    cells: list[Flat] = []
    for column in chosen:
        source = column.source
        if column.question is None:
            value = head.get(source)
            cells.append(value if type(value) is str else _flat(value))
        elif source in values:
            value = values[source]
            cells.append(value if type(value) is str and column.labels is None else _cell(value, column.labels))
        else:
            kind = blanks.get(source, NAMES[NOT_IN_VERSION])
            cells.append(None if kind == "missing" else kind)
    return cells


def _cell(value: Any, labels: Mapping[str, str] | None) -> Flat:
    if labels is None:
        return _flat(value)
    return _flat(_labelled(value, labels), "; ")


def _labelled(value: Any, labels: Mapping[str, str]) -> Any:
    return [labels.get(code, code) for code in value] if isinstance(value, list) else labels.get(value, value)


def _flat(value: Any, between: str = " ") -> Flat:
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, list) and not any(isinstance(part, list | dict) for part in value):
        return between.join(map(str, value))
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _named(sources: Iterable[str], taken: set[str]) -> list[Column]:
    """Columns about a report; where an item bears the name, the column is called otherwise."""
    return [Column(f"report_{name}" if name in taken else name, name) for name in sources]
