"""From text to AST: the expressions of XLSForm, less paths and repeats. Reads in one pass, without recursion.

expression = operand { operator operand }
operand    = "-" operand | "(" expression ")" | name "(" [expression {"," expression}] ")"
           | "${" code "}" | "${" group "." name "}" | "." | number | 'text' | "text"
operator   = or | and | = != < <= > >= (one, not a chain) | + - | * div mod     weakest first
"""

import math
import re
from dataclasses import dataclass, field
from typing import Any, NoReturn

from app.forms.expressions.regexes import NotShared, matcher
from app.forms.expressions.tree import AST, DEPTH_MAX, LENGTH_MAX, ExpressionError, require_depth, too_deep

COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">="})
POWER = {"or": 1, "and": 2, **dict.fromkeys(COMPARISONS, 3), "+": 4, "-": 4, "*": 5, "div": 5, "mod": 5}
UNARY_POWER = 6

_SPACE = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]*)?|\.[0-9]+")
_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z_][A-Za-z0-9_-]*)?)\}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*(?::[A-Za-z_][A-Za-z0-9_.-]*)?")
_INFIX = re.compile(r"<=|>=|!=|[=<>+*-]|(?:and|or|div|mod)(?![A-Za-z0-9_])")
_WORD = re.compile(r"\w")

# Longest first: what people write in place of an operator, and its cure.
_WRONG = (
    ("==", "Write = once to compare."),
    ("=>", "Write >= for 'at least'."),
    ("=<", "Write <= for 'at most'."),
    ("<>", "Write != for 'not equal'."),
    ("&&", "Write and."),
    ("||", "Write or."),
    ("&", "Write and, or join texts with concat()."),
    ("|", "Write or."),
    ("!", "Write not(...), or != for 'not equal'."),
    ("≠", "Write != for 'not equal'."),
    ("≤", "Write <= for 'at most'."),
    ("≥", "Write >= for 'at least'."),
    ("/", "Write div to divide; name a question as ${code}, not by a path."),
    ("%", "Write mod for the rest of a division."),
    ("[", "Conditions in brackets are not known here; use if() or selected()."),
    ("{", "Write ${code} for a question."),
    ("$", "Write ${code} for a question."),
    ("“", "Write straight quotes around a text: 'text'."),
    ("”", "Write straight quotes around a text: 'text'."),
    ("‘", "Write straight quotes around a text: 'text'."),
    ("’", "Write straight quotes around a text: 'text'."),
    ("«", "Write straight quotes around a text: 'text'."),
    ("\u00a0", "Replace the no-break space by a plain space."),
)
_WRONG_WORDS = {"and": "and", "or": "or", "div": "div", "mod": "mod", "not": "not(...)"}


def parse(text: str) -> AST:
    """The AST of an expression. Raises ExpressionError: expression_invalid, expression_too_deep,
    expression_too_long, regex_not_shared."""
    if len(text) > LENGTH_MAX:
        cure = f"Keep to {LENGTH_MAX} characters."
        raise ExpressionError("The expression is too long", cure, code="expression_too_long")
    ast = _Reader(text).read()
    require_depth(ast)
    return ast


@dataclass
class _Operator:
    name: str
    power: int


@dataclass
class _Operand:
    ast: AST
    chain: str = ""
    """The operator that this list may still grow by; empty once it stood in brackets."""


@dataclass
class _Frame:
    """What an open bracket holds so far: the whole text, a group, or the call of a function."""

    at: int
    name: str | None = None
    arguments: list[AST] = field(default_factory=list)
    operands: list[_Operand] = field(default_factory=list)
    operators: list[_Operator] = field(default_factory=list)

    def reduce(self, power: int) -> int:
        """Apply what binds at least as strongly; returns how many unary minuses were among them."""
        minuses = 0
        while self.operators and self.operators[-1].power >= power:
            name = self.operators.pop().name
            right = self.operands.pop()
            if name == "neg":
                minuses += 1
                self.operands.append(_Operand(["neg", right.ast]))
            else:
                self.operands.append(_combined(name, self.operands.pop(), right))
        return minuses


def _combined(name: str, left: _Operand, right: _Operand) -> _Operand:
    if left.chain == name and isinstance(left.ast, list):
        left.ast.append(right.ast)
        return left
    return _Operand([name, left.ast, right.ast], name)


class _Reader:
    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.frames = [_Frame(0)]
        self.nesting = 0

    def read(self) -> AST:
        wants_operand = True
        while self._skip():
            wants_operand = self._operand() if wants_operand else self._operator()
        if wants_operand:
            self._end()
        if len(self.frames) > 1:
            self._fail("A bracket is not closed", "Add ) where it ends.", self.frames[-1].at)
        return self._reduced()

    def _end(self) -> NoReturn:
        if not self.text.strip():
            self._fail("The expression is empty", "Write a condition, or leave the cell empty.", 0)
        self._fail("A value is missing", "Write a question, a number or a text here.", len(self.text))

    def _skip(self) -> bool:
        found = _SPACE.match(self.text, self.at)
        assert found
        self.at = found.end()
        return self.at < len(self.text)

    def _fail(self, fault: str, cure: str, at: int | None = None) -> NoReturn:
        raise ExpressionError(fault, cure, self.text, self.at if at is None else at)

    def _deeper(self) -> None:
        self.nesting += 1
        if self.nesting > DEPTH_MAX:
            raise too_deep(self.text, self.at)

    def _reduced(self) -> AST:
        frame = self.frames[-1]
        self.nesting -= frame.reduce(0)
        return frame.operands.pop().ast

    # Where a value is wanted. Each returns whether one is still wanted.

    def _operand(self) -> bool:
        sign = self.text[self.at]
        if sign == "-":
            self._deeper()
            self.frames[-1].operators.append(_Operator("neg", UNARY_POWER))
            self.at += 1
            return True
        if sign == "(":
            return self._open(None, 1)
        if sign == ")":
            return self._empty_call()
        return self._call_or_value(sign)

    def _call_or_value(self, sign: str) -> bool:
        name = _NAME.match(self.text, self.at)
        if name:
            return self._call(name[0])
        self._value(self._literal(sign))
        return False

    def _value(self, ast: AST) -> None:
        self.frames[-1].operands.append(_Operand(ast))

    def _literal(self, sign: str) -> AST:
        if sign in "'\"":
            return self._quoted(sign)
        if sign == "$":
            return self._reference()
        number = _NUMBER.match(self.text, self.at)
        if number:
            return self._number(number[0])
        if sign == ".":
            return self._own()
        self._wrong("A value is expected", "Write a question ${code}, a number, a text in quotes or a function.")

    def _quoted(self, quote: str) -> str:
        end = self.text.find(quote, self.at + 1)
        if end < 0:
            self._fail("A text is not closed", f"Add {quote} where it ends.")
        value = self.text[self.at + 1 : end]
        self.at = end + 1
        return value

    def _reference(self) -> list[Any]:
        found = _REFERENCE.match(self.text, self.at)
        if not found:
            self._fail(
                "A question is not named properly", "Write ${code} or ${group.name}, without spaces, closed by }."
            )
        self.at = found.end()
        return ["$", found[1]]

    def _number(self, digits: str) -> float:
        after = self.at + len(digits)
        if _WORD.match(self.text, after):
            self._fail("A number runs into a word", "Put a space between them, or quotes around a text.", after)
        number = float(digits)
        if math.isinf(number):
            self._fail("A number is too large", "Write a smaller one.")
        self.at = after
        return int(number) if number.is_integer() and number <= 2**53 else number

    def _own(self) -> list[Any]:
        if self.text.startswith("..", self.at) or self.text.startswith("./", self.at):
            self._fail("Paths are not known here", "Name a question as ${code}; . alone is the item's own value.")
        self.at += 1
        return ["."]

    def _call(self, name: str) -> bool:
        after = _SPACE.match(self.text, self.at + len(name))
        assert after
        if not self.text.startswith("(", after.end()):
            self._bare_word(name)
        return self._open(name, after.end() + 1 - self.at)

    def _bare_word(self, name: str) -> NoReturn:
        if name.lower() in ("true", "false"):
            self._fail("A word stands alone", f"Write {name.lower()}() with brackets.")
        if name.lower() in _WRONG_WORDS:
            self._fail("A value is missing", "Write a question, a number or a text on both sides of an operator.")
        self._fail("A word stands alone", "Put quotes around a text, or write ${code} for a question.")

    def _open(self, name: str | None, length: int) -> bool:
        self._deeper()
        self.frames.append(_Frame(self.at, name))
        self.at += length
        return True

    def _empty_call(self) -> bool:
        frame = self.frames[-1]
        if frame.name is None or frame.arguments or frame.operators:
            self._fail("A value is missing before )", "Write it, or take the bracket or comma away.")
        self._closed([frame.name])
        return False

    # Where an operator is wanted. Each returns whether a value is wanted next.

    def _operator(self) -> bool:
        sign = self.text[self.at]
        if sign == ")":
            self._close()
            return False
        if sign == ",":
            self._comma()
            return True
        self._infix()
        return True

    def _close(self) -> None:
        if len(self.frames) == 1:
            self._fail("A bracket is closed that was not opened", "Take ) away, or add ( before.")
        frame, last = self.frames[-1], self._reduced()
        self._closed(last if frame.name is None else self._called(frame, [*frame.arguments, last]))

    def _called(self, frame: _Frame, arguments: list[AST]) -> AST:
        if frame.name == "regex" and len(arguments) == 2:
            self._require_shared(arguments[1], frame.at)
        return [frame.name, *arguments]

    def _closed(self, ast: AST) -> None:
        self.frames.pop()
        self.nesting -= 1
        self.at += 1
        self._value(ast)

    def _require_shared(self, pattern: AST, at: int) -> None:
        if not isinstance(pattern, str):
            cure = "Write it as a text in quotes, so that it can be checked before the day."
            raise ExpressionError("The regex is not written out", cure, self.text, at, "regex_not_shared")
        try:
            matcher(pattern)
        except NotShared as error:
            start = self.text.rindex(pattern, at, self.at)
            raise ExpressionError(error.fault, error.cure, self.text, start + error.at, "regex_not_shared") from None

    def _comma(self) -> None:
        frame = self.frames[-1]
        if frame.name is None:
            self._fail("A comma outside the brackets of a function", "Write decimals with a point: 4.6.")
        frame.arguments.append(self._reduced())
        self.at += 1

    def _infix(self) -> None:
        found = _INFIX.match(self.text, self.at)
        if not found or any(self.text.startswith(wrong, self.at) for wrong, _ in _WRONG[:4]):
            self._wrong("An operator is expected", "Write and, or, =, !=, <, <=, >, >=, +, -, *, div or mod.")
        name, frame = found[0], self.frames[-1]
        power = POWER[name]
        self.nesting -= frame.reduce(power + 1 if name in COMPARISONS else power)
        if name in COMPARISONS and frame.operators and frame.operators[-1].name in COMPARISONS:
            self._fail("Two comparisons in a row", "Write a <= b and b <= c, or put brackets around one of them.")
        frame.operators.append(_Operator(name, power))
        self.at = found.end()

    def _wrong(self, fault: str, cure: str) -> NoReturn:
        for wrong, better in _WRONG:
            if self.text.startswith(wrong, self.at):
                self._fail(fault, better)
        word = _NAME.match(self.text, self.at)
        if word and word[0].lower() in _WRONG_WORDS:
            self._fail(fault, f"Write {_WRONG_WORDS[word[0].lower()]} in small letters, with spaces around it.")
        self._fail(fault, cure)
