"""From an AST back to text: the fewest brackets with which `parse` gives the same AST again."""

from decimal import Decimal
from typing import Any

from app.forms.expressions.grammar import COMPARISONS, POWER, UNARY_POWER
from app.forms.expressions.tree import AST, ExpressionError, require_depth


def to_text(ast: AST) -> str:
    """Raises ExpressionError for what is no AST. `parse(to_text(ast)) == ast` for every AST of `parse`."""
    require_depth(ast)
    return _print(ast)


def _print(node: AST) -> str:
    if isinstance(node, str):
        return _quoted(node)
    if not isinstance(node, list):
        return _number(node)
    if not node or not isinstance(node[0], str):
        raise ExpressionError("A list without a name is no expression", "Publish the checklist again.")
    head, *rest = node
    if head == "$":
        return f"${{{rest[0]}}}"
    if head == ".":
        return "."
    if head == "neg":
        return "-" + _operand(rest[0], UNARY_POWER)
    if head in POWER:
        return _infix(head, rest)
    return f"{head}({', '.join(map(_print, rest))})"


def _infix(head: str, rest: list[Any]) -> str:
    power = POWER[head]
    first = rest[0]
    bound = isinstance(first, list) and first[0] == head
    parts = [_operand(first, power + (bound or head in COMPARISONS))]
    parts += [_operand(part, power + 1) for part in rest[1:]]
    return f" {head} ".join(parts)


def _operand(node: AST, power: int) -> str:
    text = _print(node)
    own = POWER.get(node[0], UNARY_POWER) if isinstance(node, list) else UNARY_POWER
    return f"({text})" if own < power else text


def _quoted(text: str) -> str:
    if "'" not in text:
        return f"'{text}'"
    if '"' not in text:
        return f'"{text}"'
    raise ExpressionError("A text holds both kinds of quotes", "Build it with concat() from two texts.")


def _number(number: float) -> str:
    return format(Decimal(repr(number)), "f")
