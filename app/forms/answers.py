"""What the answers of a report mean under its checklist: what is asked at all, and which checks fail.

Pure; the phone's twin is frontend/src/forms/answers.ts and both are tested by tests/vectors. `context` brings
`header`, `station`, `settings`, `now`, `today`. A published checklist is run by the ASTs it carries.
"""

from dataclasses import dataclass
from typing import Any

from app.forms.expressions import as_truth, compiled_text, is_empty, load, operands, parse
from app.forms.expressions.evaluation import NOTHING, Context
from app.forms.model import Checklist, Item
from app.forms.plan import Answers, Finding, Result, Severity, named, plan_of
from app.forms.status import outside, status

__all__ = [
    "Finding",
    "Judgement",
    "Result",
    "Severity",
    "constraint_holds",
    "effective",
    "findings",
    "irrelevant",
    "is_required",
    "judge",
    "option_matches",
    "outside",
    "status",
]


@dataclass(frozen=True)
class Judgement:
    irrelevant: frozenset[str]
    effective: dict[str, Any]
    findings: list[Finding]


def judge(checklist: Checklist, answers: Answers, context: Context | None = None) -> Judgement:
    """`irrelevant`, `effective` and `findings` of one report in one walk."""
    plan, known = plan_of(checklist), context or NOTHING
    hidden = plan.hidden(answers, known)
    asked = {code: answer for code, answer in answers.items() if code not in hidden}
    return Judgement(hidden, asked, plan.findings(asked, known))


def irrelevant(checklist: Checklist, answers: Answers, context: Context | None = None) -> frozenset[str]:
    """The questions that are not asked, answered or not. An irrelevant answer is null to the other conditions."""
    return plan_of(checklist).hidden(answers, context or NOTHING)


def effective(checklist: Checklist, answers: Answers, context: Context | None = None) -> dict[str, Any]:
    """The answers less those of irrelevant questions."""
    hidden = irrelevant(checklist, answers, context)
    return {code: answer for code, answer in answers.items() if code not in hidden}


def findings(checklist: Checklist, answers: Answers, context: Context | None = None) -> list[Finding]:
    """One finding for each check that applies, in the checklist's order (shared/method.md, section 2).

    A check is `not_computable` where a question or a context value that its rule names is blank; only
    `not_applicable` counts, as 0. Then `otherwise` is tried likewise. A check whose `applies` is false, or cannot be
    told, gives no finding.
    """
    return judge(checklist, answers, context).findings


def is_required(item: Item, asked: Answers, context: Context | None = None) -> bool:
    """`asked` are the effective answers."""
    if isinstance(item.required, bool):
        return item.required
    return as_truth(compiled_text(item.required)(asked, context or NOTHING, asked.get(item.code)))


def constraint_holds(item: Item, asked: Answers, context: Context | None = None) -> bool:
    """True as well where the answer, or anything that the constraint names, is blank."""
    own, known = asked.get(item.code), context or NOTHING
    if item.constraint is None or is_empty(load(own)):
        return True
    if any(is_empty(load(named(name, asked, known))) for name in _operands_of(item.constraint)):
        return True
    return as_truth(compiled_text(item.constraint)(asked, known, own))


def option_matches(item: Item, answer: object, when: tuple[str, ...] | str) -> bool:
    """Whether an answer is among the `negative_when`, `key_when` or `critical_when` of its question: one of the
    listed options chosen, or the expression true of the value. A blank never matches."""
    if status(item, answer) != "answered":
        return False
    if isinstance(when, str):
        return as_truth(compiled_text(when)({}, NOTHING, answer))
    return any(code in when for code in (answer if isinstance(answer, list) else [answer]))


def _operands_of(text: str) -> tuple[str, ...]:
    return operands(parse(text))
