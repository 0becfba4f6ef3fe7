"""Judging the expressions of a checklist: whether each can be read, and whether what it names exists."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from graphlib import CycleError, TopologicalSorter
from typing import Any

from app.forms.complaint import Complaint
from app.forms.expressions import ARITY, AST, REFUSED, ExpressionError, parse, references, walk
from app.forms.expressions.functions import DATE_CODES, MANY
from app.forms.expressions.grammar import POWER
from app.forms.model import Checklist, Item

_HEADER = """form form_version visit_no arrived_at departed_at filled_by other_teams lang comment settlement ps_type"""
_STATION = """code number name address region district commission settlement type voters lat lon zone opens_at closes_at
    sampled stratum"""
CONTEXT: dict[str, frozenset[str] | None] = {
    "header": frozenset(_HEADER.split()),
    "station": frozenset(_STATION.split()),
    "settings": None,
}
"""Group -> the values it can have; None for any."""
BLANKS = ("not_observed", "not_applicable", "no_access")
_OPERATORS = {*POWER, "neg"}


@dataclass(frozen=True)
class Source:
    where: str
    text: str
    own: str | None = None
    """The item that `.` stands for, where it may stand."""


def sources(checklist: Checklist) -> Iterator[Source]:
    """Every expression with its place, in the order of the checklist."""
    for section in checklist.sections:
        yield from _present(f"section {section.code}", {"relevant": section.relevant})
        for item in section.items:
            yield from _item_sources(item)
    for check in checklist.checks:
        fields = ("rule", "otherwise", "applies", "severity_when", "difference")
        yield from _present(check.code, {field: getattr(check, field) for field in fields})


def _item_sources(item: Item) -> Iterator[Source]:
    yield from _present(item.code, {"required": item.required, "relevant": item.relevant})
    own = {field: getattr(item, field) for field in ("constraint", "negative_when", "key_when", "critical_when")}
    yield from _present(item.code, own, item.code)


def _present(place: str, fields: dict[str, Any], own: str | None = None) -> Iterator[Source]:
    for field, text in fields.items():
        if isinstance(text, str):
            yield Source(f"{place}.{field}", text, own)


def check_expressions(checklist: Checklist) -> Iterator[Complaint]:
    """Complaints about every expression, then about circles of conditions."""
    items = {item.code: item for item in checklist.items()}
    read: dict[str, AST] = {}
    for source in sources(checklist):
        try:
            ast = read[source.text] = parse(source.text)
        except ExpressionError as error:
            yield Complaint(error.code, source.where, None, f"{source.where}: {error.detail}")
            continue
        yield from _Reading(source, items).complaints(ast)
    yield from _circles(checklist, read)


@dataclass(frozen=True)
class _Reading:
    """One expression and the items it may name."""

    source: Source
    items: dict[str, Item]

    def complaints(self, ast: AST) -> Iterator[Complaint]:
        for node in walk(ast):
            if node[0] == "$":
                yield from self._reference(node[1])
            elif node[0] == ".":
                yield from self._own()
            elif node[0] not in _OPERATORS:
                yield from self._function(node[0], node[1:])
            yield from self._literals(node)

    def _complaint(self, code: str, fault: str, cure: str) -> Complaint:
        return Complaint(code, self.source.where, None, f"{self.source.where} {fault}: {cure}.")

    def _reference(self, name: str) -> Iterator[Complaint]:
        group, dot, key = name.partition(".")
        if not dot and name not in self.items:
            cure = _nearest(name, self.items) or "name a question of this checklist"
            yield self._complaint("unknown_question", f"names {name}, which is no question", cure)
        elif dot and group not in CONTEXT:
            cure = _nearest(group, CONTEXT) or "use header, station or settings"
            yield self._complaint("unknown_context", f"names {name}, and there is no group {group}", cure)
        elif dot:
            known = CONTEXT[group]
            if known is not None and key not in known:
                cure = _nearest(key, known) or f"use one of {', '.join(sorted(known))}"
                yield self._complaint("unknown_context", f"names {name}, which {group} does not have", cure)

    def _own(self) -> Iterator[Complaint]:
        if self.source.own is None:
            cure = "write ${code}; . belongs into constraint, negative_when, key_when and critical_when"
            yield self._complaint("dot_out_of_place", "uses . where there is no own value", cure)

    def _function(self, name: str, arguments: list[Any]) -> Iterator[Complaint]:
        if name in REFUSED:
            yield self._complaint("refused_function", f"uses {name}()", REFUSED[name].rstrip("."))
        elif name not in ARITY:
            cure = _nearest(name, ARITY) or "use a function of docs/expressions.md"
            yield self._complaint("unknown_function", f"uses {name}(), which is not known", cure)
        else:
            yield from self._arguments(name, arguments)

    def _arguments(self, name: str, arguments: list[Any]) -> Iterator[Complaint]:
        fewest, most = ARITY[name]
        if not fewest <= len(arguments) <= most:
            cure = f"give it {_span(fewest, most)}"
            yield self._complaint("wrong_arity", f"gives {name}() {len(arguments)} arguments", cure)
        elif name == "blank" and not self._question(arguments[0]):
            yield self._complaint("blank_without_question", "asks blank() of no question", "write blank(${code})")
        elif name == "format-date":
            yield from self._date_format(arguments[1])

    def _date_format(self, pattern: object) -> Iterator[Complaint]:
        text = pattern if isinstance(pattern, str) else "%?"
        codes = [part[:1] for part in text.replace("%%", "").split("%")[1:]]
        if any(not code or code not in DATE_CODES for code in codes):
            cure = "write it out in quotes with %Y %y %m %n %d %e %H %h %M %S %% alone"
            yield self._complaint("format_not_shared", "formats a date in a way that languages change", cure)

    def _question(self, node: object) -> Item | None:
        match node:
            case ["$", str(code)]:
                return self.items.get(code)
            case ["."] if self.source.own:
                return self.items.get(self.source.own)
        return None

    def _literals(self, node: list[Any]) -> Iterator[Complaint]:
        """Compared with an option that does not exist, a question never matches: almost always a misspelling."""
        match node:
            case ["=" | "!=", ["blank", question], str(kind)] | ["=" | "!=", str(kind), ["blank", question]]:
                yield from self._blank(self._question(question), kind)
            case (
                ["=" | "!=", question, str(code)]
                | ["=" | "!=", str(code), question]
                | ["selected", question, str(code)]
            ):
                yield from self._option(self._question(question), code)

    def _blank(self, item: Item | None, kind: str) -> Iterator[Complaint]:
        if kind and kind not in BLANKS:
            yield self._complaint("unknown_option", "compares with a blank that does not exist", "use " + _or(BLANKS))
        elif kind and item and kind not in item.blanks:
            cure = f"offer {kind} in {item.code}.blanks, or compare with {_or(item.blanks) or 'nothing'}"
            yield self._complaint("blank_not_offered", f"asks {item.code} for a blank that it does not offer", cure)

    def _option(self, item: Item | None, code: str) -> Iterator[Complaint]:
        if not item or not code or not item.options or item.options_from:
            return
        options = [option.code for option in item.options]
        if code not in options and not (item.type == "multiple" and " " in code):
            cure = _nearest(code, options) or f"use {_or(options)}"
            yield self._complaint("unknown_option", f"compares {item.code} with an option it does not have", cure)


def _nearest(name: str, known: Any) -> str:
    found = get_close_matches(name, known, 1)
    return f"did you mean {found[0]}?" if found else ""


def _or(names: Any) -> str:
    return " or ".join(names)


def _span(fewest: int, most: int) -> str:
    if fewest == most:
        return str(fewest)
    return f"{fewest} or more" if most == MANY else f"{fewest} to {most}"


def _circles(checklist: Checklist, read: dict[str, AST]) -> Iterator[Complaint]:
    """Conditions that wait for each other, each circle once."""
    graph = _graph(checklist, read)
    while True:
        try:
            TopologicalSorter(graph).prepare()
            return
        except CycleError as error:
            circle = error.args[1]
        path = " -> ".join(circle)
        message = f"{circle[0]}.relevant waits for itself ({path}): take one of these conditions away."
        yield Complaint("cycle", f"{circle[0]}.relevant", None, message)
        graph.pop(circle[1])


def _graph(checklist: Checklist, read: dict[str, AST]) -> dict[str, set[str]]:
    """Item -> the items that its condition, or that of its section, names."""
    graph: dict[str, set[str]] = {}
    for section in checklist.sections:
        for item in section.items:
            texts = [text for text in (section.relevant, item.relevant) if text in read]
            graph[item.code] = {name for text in texts if text for name in references(read[text]) if "." not in name}
    return graph
