"""Expressions: text -> AST -> value. Pure. docs/expressions.md has every decision on what they mean.

parse(text)                       the AST, plain JSON values        grammar.py, regexes.py
to_text(ast)                      the text of an AST                printing.py
references(ast), operands(ast)    what it names                     tree.py
evaluate(ast, answers, context)   its value                         evaluation.py, functions.py, values.py
"""

from app.forms.expressions.evaluation import blank_of, compiled, compiled_text, evaluate
from app.forms.expressions.functions import ARITY, REFUSED
from app.forms.expressions.grammar import parse
from app.forms.expressions.printing import to_text
from app.forms.expressions.tree import AST, DEPTH_MAX, LENGTH_MAX, ExpressionError, operands, references, walk
from app.forms.expressions.values import as_number, as_text, as_truth, is_empty, load, moment, number_text

__all__ = [
    "ARITY",
    "AST",
    "DEPTH_MAX",
    "LENGTH_MAX",
    "REFUSED",
    "ExpressionError",
    "as_number",
    "as_text",
    "as_truth",
    "blank_of",
    "compiled",
    "compiled_text",
    "evaluate",
    "is_empty",
    "load",
    "moment",
    "number_text",
    "operands",
    "parse",
    "references",
    "to_text",
    "walk",
]
