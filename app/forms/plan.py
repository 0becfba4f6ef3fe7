"""A checklist compiled for judging reports: its conditions and its checks as closures. Internal to answers.py."""

import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from app.forms.expressions import (
    AST,
    as_number,
    as_truth,
    compiled,
    is_empty,
    load,
    operands,
    parse,
    references,
)
from app.forms.expressions.evaluation import NOTHING, Context, Run, from_context
from app.forms.model import Check, Checklist, Item, Section
from app.forms.status import status

Answers: TypeAlias = Mapping[str, Any]
Result = Literal["pass", "fail", "not_computable"]
Severity = Literal["none", "key", "critical"]


@dataclass(frozen=True)
class Finding:
    """The result of one check. `difference` and a `severity` other than none belong to a `fail` alone."""

    check: str
    result: Result
    difference: float | None = None
    """How far off, a whole number as int; may be negative."""
    severity: Severity = "none"


def named(name: str, asked: Answers, context: Context) -> object:
    group, dot, key = name.partition(".")
    if dot:
        return from_context(context, group, key)
    return context.get(name) if name in ("now", "today") else asked.get(name)


@dataclass(frozen=True)
class _Rule:
    """A compiled expression and what must have a value before it means anything."""

    run: Run
    questions: tuple[str, ...]
    context: tuple[str, ...]

    def computable(self, valued: frozenset[str], context: Context) -> bool:
        if not valued.issuperset(self.questions):
            return False
        return all(not is_empty(load(named(name, NOTHING, context))) for name in self.context)


@dataclass(frozen=True)
class _Judge:
    """One check, compiled."""

    check: Check
    rules: tuple[_Rule, ...]
    """`rule`, then `otherwise`."""
    applies: _Rule | None
    severity_when: _Rule | None
    difference: _Rule | None

    def finding(self, asked: Answers, valued: frozenset[str], context: Context) -> Finding | None:
        if not _true(self.applies, asked, valued, context):
            return None
        for rule in self.rules:
            if rule.computable(valued, context):
                good = as_truth(rule.run(asked, context, None))
                return Finding(self.check.code, "pass") if good else self._failed(asked, valued, context)
        return Finding(self.check.code, "not_computable")

    def _failed(self, asked: Answers, valued: frozenset[str], context: Context) -> Finding:
        severe = _true(self.severity_when, asked, valued, context)
        difference = self._difference(asked, valued, context)
        return Finding(self.check.code, "fail", difference, self.check.severity if severe else self.check.severity_else)

    def _difference(self, asked: Answers, valued: frozenset[str], context: Context) -> float | None:
        if self.difference is None or not self.difference.computable(valued, context):
            return None
        number = as_number(self.difference.run(asked, context, None))
        if not abs(number) <= 2**53:
            return None
        return int(number) if number.is_integer() else number


def _true(rule: _Rule | None, asked: Answers, valued: frozenset[str], context: Context) -> bool:
    """Whether a condition is absent or true; false where it cannot be told."""
    return rule is None or (rule.computable(valued, context) and as_truth(rule.run(asked, context, None)))


@dataclass(frozen=True)
class Plan:
    """A checklist, compiled once."""

    sections: tuple[tuple[Run | None, tuple[tuple[str, Run | None], ...], frozenset[str]], ...]
    """Condition; each item with its condition; all items."""
    one_pass: bool
    """Every condition looks back only, so that one walk in order is the fixpoint."""
    judges: tuple[_Judge, ...]
    named: tuple[Item, ...]
    """The items that the checks name."""

    def hidden(self, answers: Answers, context: Context) -> frozenset[str]:
        """The fixpoint. Refused cycles apart, each walk settles at least one more condition."""
        view, hidden = dict(answers), frozenset[str]()
        for _ in range(1 + sum(len(items) for _, items, _ in self.sections)):
            before, hidden = hidden, self._walk(answers, view, context)
            if self.one_pass or hidden == before:
                break
        return hidden

    def _walk(self, answers: Answers, view: dict[str, Any], context: Context) -> frozenset[str]:
        """One walk in order; `view` loses what turns out irrelevant and regains what does not."""
        hidden: set[str] = set()
        for condition, items, codes in self.sections:
            if condition and not as_truth(condition(view, context, None)):
                hidden |= codes
                for code in codes & view.keys():
                    del view[code]
                continue
            for code, shown in items:
                if shown and not as_truth(shown(view, context, None)):
                    hidden.add(code)
                    view.pop(code, None)
                elif code not in view and code in answers:
                    view[code] = answers[code]
        return frozenset(hidden)

    def findings(self, asked: Answers, context: Context) -> list[Finding]:
        valued = frozenset(
            item.code for item in self.named if status(item, asked.get(item.code)) in ("answered", "not_applicable")
        )
        found = (judge.finding(asked, valued, context) for judge in self.judges)
        return [finding for finding in found if finding]


_plans: dict[int, tuple["weakref.ref[Checklist]", Plan]] = {}


def plan_of(checklist: Checklist) -> Plan:
    """The plan of a checklist, kept as long as the checklist lives."""
    key = id(checklist)
    kept = _plans.get(key)
    if kept and kept[0]() is checklist:
        return kept[1]
    plan = _planned(checklist)
    _plans[key] = weakref.ref(checklist, lambda _: _plans.pop(key, None)), plan
    return plan


def _planned(checklist: Checklist) -> Plan:
    judges = tuple(_judge(checklist, check) for check in checklist.checks)
    rules = [rule for judge in judges for rule in _rules_of(judge)]
    named = {code for rule in rules for code in rule.questions}
    return Plan(
        tuple(_section(checklist, section) for section in checklist.sections),
        _looks_back(checklist),
        judges,
        tuple(item for item in checklist.items() if item.code in named),
    )


def _rules_of(judge: _Judge) -> list[_Rule]:
    others = (judge.applies, judge.severity_when, judge.difference)
    return [*judge.rules, *(rule for rule in others if rule)]


def _ast(checklist: Checklist, text: str) -> AST:
    ast: AST | None = checklist.expressions.get(text)
    return parse(text) if ast is None else ast


def _section(
    checklist: Checklist, section: Section
) -> tuple[Run | None, tuple[tuple[str, Run | None], ...], frozenset[str]]:
    items = tuple((item.code, _condition(checklist, item.relevant)) for item in section.items)
    return _condition(checklist, section.relevant), items, frozenset(code for code, _ in items)


def _condition(checklist: Checklist, text: str | None) -> Run | None:
    return compiled(_ast(checklist, text)) if text else None


def _looks_back(checklist: Checklist) -> bool:
    seen: set[str] = set()
    items = {item.code for item in checklist.items()}
    for section in checklist.sections:
        texts = [section.relevant]
        for item in section.items:
            texts.append(item.relevant)
            names = {name for text in texts if text for name in references(_ast(checklist, text))}
            if (names & items) - seen:
                return False
            texts.clear()
            seen.add(item.code)
    return True


def _judge(checklist: Checklist, check: Check) -> _Judge:
    rules = tuple(_rule(checklist, text) for text in (check.rule, check.otherwise) if text)
    applies, severity_when, difference = (
        _rule(checklist, text) if text else None for text in (check.applies, check.severity_when, check.difference)
    )
    return _Judge(check, rules, applies, severity_when, difference)


def _rule(checklist: Checklist, text: str) -> _Rule:
    ast = _ast(checklist, text)
    names = operands(ast)
    outer = tuple(name for name in names if "." in name or name in ("now", "today"))
    return _Rule(compiled(ast, lines=True), tuple(name for name in names if name not in outer), outer)
