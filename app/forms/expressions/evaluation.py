"""Running an AST: compiled once into nested closures, then called for each report.

A closure takes the answers (question code -> answer as on the wire), the context (`now`, `today`, `header`,
`station`, `settings`) and the item's own answer. Closures never fail: whatever stands in a report has a meaning.
"""

import json
import math
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, TypeAlias

from app.forms.expressions.functions import ARITY, MANY, PLAIN, REFUSED
from app.forms.expressions.grammar import COMPARISONS, POWER, parse
from app.forms.expressions.regexes import NotShared, matcher
from app.forms.expressions.tree import AST, ExpressionError, require_depth
from app.forms.expressions.values import Value, as_number, as_text, as_truth, equal, is_empty, load, near

Answers: TypeAlias = Mapping[str, Any]
Context: TypeAlias = Mapping[str, Any]
Run: TypeAlias = Callable[[Answers, Context, Any], Value]

NOTHING: Context = {}


def evaluate(ast: AST, answers: Answers, context: Context | None = None, own: object = None) -> str | float | bool:
    """The value of an expression: a text ('' where there is none), a number (float64, may be NaN) or a truth value.

    `own` is what `.` stands for. Raises ExpressionError for what is no AST, or calls what is no function.
    """
    value = compiled(ast)(answers, context or NOTHING, own)
    return as_text(value) if isinstance(value, list) else value


def compiled(ast: AST, *, lines: bool = False) -> Run:
    """The closure of an AST. With `lines`, a question with the blank `not_applicable` counts as 0, as a line that
    a protocol does not have."""
    require_depth(ast)
    try:
        text = json.dumps(ast, allow_nan=False)
    except (TypeError, ValueError):
        raise _no_ast() from None
    return _of_json(text, lines)


@lru_cache(maxsize=8192)
def compiled_text(text: str, lines: bool = False) -> Run:
    """The closure of an expression as written. Raises ExpressionError."""
    return compiled(parse(text), lines=lines)


@lru_cache(maxsize=8192)
def _of_json(text: str, lines: bool) -> Run:
    return _compile(json.loads(text), lines)


def _compile(node: AST, lines: bool) -> Run:
    if isinstance(node, str):
        return lambda answers, context, own: node
    if isinstance(node, int | float) and not isinstance(node, bool):
        number = load(node)
        return lambda answers, context, own: number
    if not isinstance(node, list) or not node or not isinstance(node[0], str):
        raise _no_ast()
    return _compile_list(node[0], node[1:], lines)


def _no_ast() -> ExpressionError:
    return ExpressionError("This is no compiled expression", "Publish the checklist again.")


def _compile_list(head: str, rest: list[Any], lines: bool) -> Run:
    if head == "$":
        return _reference(rest, lines)
    if head == ".":
        return lambda answers, context, own: load(own)
    if head == "blank":
        return _blank(rest)
    if head in POWER or head == "neg":
        return _operator(head, [_compile(part, lines) for part in rest])
    return _call(head, rest, lines)


def _reference(rest: list[Any], lines: bool) -> Run:
    if len(rest) != 1 or not isinstance(rest[0], str):
        raise _no_ast()
    group, dot, key = rest[0].partition(".")
    if dot:
        return lambda answers, context, own: load(from_context(context, group, key))
    return _line(group) if lines else _question(group)


def from_context(context: Context, group: str, key: str) -> object:
    """A value of the context, None where it has none."""
    values = context.get(group)
    if values.__class__ is dict:
        return values.get(key)
    return values.get(key) if isinstance(values, Mapping) else None


def _question(code: str) -> Run:
    def run(answers: Answers, context: Context, own: Any) -> Value:
        raw = answers.get(code)
        return raw if raw.__class__ is str else load(raw)

    return run


def _line(code: str) -> Run:
    def run(answers: Answers, context: Context, own: Any) -> Value:
        raw = answers.get(code)
        return 0.0 if raw.__class__ is dict and blank_of(raw) == "not_applicable" else load(raw)

    return run


def blank_of(raw: object) -> str:
    """The kind of blank that an answer says in words: not_observed, not_applicable, no_access; else ''."""
    kind = raw.get("blank") if isinstance(raw, dict) else None
    return kind if isinstance(kind, str) else ""


def _blank(rest: list[Any]) -> Run:
    match rest:
        case [["."]]:
            return lambda answers, context, own: blank_of(own)
        case [["$", str(code)]] if "." not in code:
            return lambda answers, context, own: blank_of(answers.get(code))
    raise ExpressionError("blank() takes a question", "Write blank(${code}) or blank(.).")


def _operator(head: str, runs: list[Run]) -> Run:
    fewest, most = (1, 1) if head == "neg" else (2, 2 if head in COMPARISONS else MANY)
    if not fewest <= len(runs) <= most:
        raise _no_ast()
    if head == "neg":
        first = runs[0]
        return lambda answers, context, own: -as_number(first(answers, context, own))
    if head in ("or", "and"):
        return _junction(runs, decides=head == "or")
    if head in COMPARISONS:
        return _comparison(head, runs[0], runs[1])
    return _arithmetic(_ARITHMETIC[head], runs)


def _junction(runs: list[Run], *, decides: bool) -> Run:
    def run(answers: Answers, context: Context, own: Any) -> Value:
        for part in runs:
            if as_truth(part(answers, context, own)) is decides:
                return decides
        return not decides

    return run


def _arithmetic(apply: Callable[[float, float], float], runs: list[Run]) -> Run:
    first, *others = runs

    def run(answers: Answers, context: Context, own: Any) -> Value:
        total = as_number(first(answers, context, own))
        for other in others:
            total = apply(total, as_number(other(answers, context, own)))
        return total

    return run


def _divided(left: float, right: float) -> float:
    if right != 0:
        return left / right
    if left == 0 or left != left:
        return math.nan
    return math.copysign(math.inf, left) * math.copysign(1.0, right)


def _rest(left: float, right: float) -> float:
    if right == 0 or math.isinf(left) or left != left or right != right:
        return math.nan
    return math.fmod(left, right)


_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "div": _divided,
    "mod": _rest,
}
# Equal within the tolerance is neither less nor more, so that exactly one of <, =, > holds between numbers.
_ORDER: dict[str, Callable[[float, float], bool]] = {
    "<": lambda left, right: left < right and not near(left, right),
    "<=": lambda left, right: left < right or near(left, right),
    ">": lambda left, right: left > right and not near(left, right),
    ">=": lambda left, right: left > right or near(left, right),
}


def _comparison(head: str, left: Run, right: Run) -> Run:
    if head == "=":
        return lambda answers, context, own: equal(left(answers, context, own), right(answers, context, own))
    if head == "!=":
        return lambda answers, context, own: not equal(left(answers, context, own), right(answers, context, own))
    order = _ORDER[head]
    return lambda answers, context, own: order(
        as_number(left(answers, context, own)), as_number(right(answers, context, own))
    )


def _call(name: str, rest: list[Any], lines: bool) -> Run:
    _require_callable(name, rest)
    runs = [_compile(part, lines) for part in rest]
    if name == "if":
        return _if(*runs)
    if name == "coalesce":
        return _coalesce(runs)
    if name == "now":
        return lambda answers, context, own: as_text(load(context.get("now")))
    if name == "today":
        return lambda answers, context, own: _today(context)
    return _applied(PLAIN[name], runs)


def _require_callable(name: str, rest: list[Any]) -> None:
    if name not in ARITY:
        raise ExpressionError("This function is not known", REFUSED.get(name, "Use a function of docs/expressions.md."))
    fewest, most = ARITY[name]
    if not fewest <= len(rest) <= most:
        raise ExpressionError("A function has too many or too few arguments", "Compare it with docs/expressions.md.")
    if name == "regex":
        _require_pattern(rest[1])


def _require_pattern(pattern: object) -> None:
    if not isinstance(pattern, str):
        raise ExpressionError("The regex is not written out", "Write it in quotes.", code="regex_not_shared")
    try:
        matcher(pattern)
    except NotShared as error:
        raise ExpressionError(error.fault, error.cure, pattern, error.at, "regex_not_shared") from None


def _today(context: Context) -> str:
    return as_text(load(context.get("today"))) or as_text(load(context.get("now")))[:10]


def _if(condition: Run, then: Run, otherwise: Run) -> Run:
    return lambda answers, context, own: (
        then(answers, context, own) if as_truth(condition(answers, context, own)) else otherwise(answers, context, own)
    )


def _coalesce(runs: list[Run]) -> Run:
    def run(answers: Answers, context: Context, own: Any) -> Value:
        value: Value = ""
        for each in runs:
            value = each(answers, context, own)
            if not is_empty(value):
                break
        return value

    return run


def _applied(apply: Callable[..., Value], runs: list[Run]) -> Run:
    if len(runs) == 1:
        only = runs[0]
        return lambda answers, context, own: apply(only(answers, context, own))
    if len(runs) == 2:
        left, right = runs
        return lambda answers, context, own: apply(left(answers, context, own), right(answers, context, own))
    return lambda answers, context, own: apply(*[run(answers, context, own) for run in runs])
