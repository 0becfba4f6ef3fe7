"""The AST of an expression, what it names, and the error that every reader of expressions raises.

An AST is plain JSON: a text or a number stands for itself, `["$", "b01_access"]` is a question or a value of the
context, `["."]` is the item's own value, and every other list is an operator or a function with its arguments:
`["and", [">", ["$", "a"], 3], ["selected", ["$", "b"], "yes"]]`. A chain of one operator is one list, read from the
left: `1 - 2 - 3` is `["-", 1, 2, 3]`.
"""

from collections.abc import Iterator
from typing import Any, TypeAlias

from app.errors import UrnaError

AST: TypeAlias = str | float | list[Any]

DEPTH_MAX = 64
"""Lists in lists. Bounds every recursion over an AST, here and on the phone."""
LENGTH_MAX = 10_000
"""Characters of an expression."""

FORGIVING = frozenset({"blank", "coalesce", "count", "count-non-empty"})
"""Functions whose arguments may be blank: with them the author says what a blank means."""
_WINDOW = 60


class ExpressionError(UrnaError):
    """An expression that cannot be read or evaluated. `detail` names the fault, the character and the cure;
    `str(error)` also shows the text with a caret under the place."""

    def __init__(
        self, fault: str, cure: str, text: str = "", at: int | None = None, code: str = "expression_invalid"
    ) -> None:
        place = "" if at is None else f" at character {at + 1}"
        super().__init__(code, f"{fault}{place}. {cure}")
        self.fault_text, self.cure, self.text, self.at = fault, cure, text, at

    def __str__(self) -> str:
        if self.at is None:
            return self.detail
        start = max(0, self.at - _WINDOW)
        line = "".join(" " if sign in "\t\r\n" else sign for sign in self.text[start : self.at + _WINDOW])
        return f"{line}\n{' ' * (self.at - start)}^\n{self.detail}"


def too_deep(text: str = "", at: int | None = None) -> ExpressionError:
    cure = f"Keep to {DEPTH_MAX} brackets in brackets, or split the expression."
    return ExpressionError("The expression is nested too deeply", cure, text, at, "expression_too_deep")


def require_depth(ast: AST) -> None:
    """Raises ExpressionError `expression_too_deep`; the only walk that may meet an AST of any depth."""
    level = [ast]
    for _ in range(DEPTH_MAX + 1):
        level = [child for node in level if isinstance(node, list) for child in node]
        if not level:
            return
    raise too_deep()


def walk(ast: AST) -> Iterator[list[Any]]:
    """Every list of the AST, outer before inner, left before right."""
    stack = [ast]
    while stack:
        node = stack.pop()
        if isinstance(node, list) and node:
            yield node
            stack.extend(reversed(node[1:]))


def references(ast: AST) -> tuple[str, ...]:
    """What `${...}` names, each once, in the order written: question codes, and `group.name` for the context."""
    return tuple(dict.fromkeys(node[1] for node in walk(ast) if node[0] == "$"))


def operands(ast: AST) -> tuple[str, ...]:
    """What must have a value before the expression means anything: the references outside FORGIVING functions,
    and `now` where it asks for the time."""
    found: dict[str, None] = {}
    stack = [ast]
    while stack:
        node = stack.pop()
        if not isinstance(node, list) or not node or node[0] in FORGIVING:
            continue
        if node[0] == "$":
            found[node[1]] = None
        elif node[0] in ("now", "today"):
            found[node[0]] = None
        stack.extend(reversed(node[1:]))
    return tuple(found)
