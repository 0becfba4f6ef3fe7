"""Expressions: the shared vectors, what parses to what, and what is refused with which words."""

import json
import math
import re
import struct
from pathlib import Path
from typing import Any

import pytest

from app.forms.expressions import ExpressionError, evaluate, number_text, operands, parse, references, to_text
from app.forms.expressions.tree import AST

VECTORS = Path(__file__).parent / "vectors"
EXPRESSIONS: list[dict[str, Any]] = json.loads((VECTORS / "expressions.json").read_text())
ERRORS: list[dict[str, Any]] = json.loads((VECTORS / "errors.json").read_text())


def decoded(value: Any) -> Any:
    """A value of a vector: {"number": "NaN"} stands for what JSON cannot hold."""
    if isinstance(value, dict):
        if set(value) == {"number"}:
            return float(value["number"])
        return {key: decoded(part) for key, part in value.items()}
    return value


def bits(value: object) -> object:
    """Equal for equal values only: kind and, for numbers, every bit."""
    if isinstance(value, bool | str):
        return type(value).__name__, value
    assert isinstance(value, int | float)
    return "nan" if math.isnan(value) else struct.pack(">d", value)


def named(vector: dict[str, Any]) -> str:
    return f"{vector['about']}: {vector['text'][:60]}"


def test_there_are_at_least_three_hundred_vectors() -> None:
    assert len(EXPRESSIONS) >= 300
    assert len({json.dumps(vector, sort_keys=True) for vector in EXPRESSIONS}) == len(EXPRESSIONS)


@pytest.mark.parametrize("vector", EXPRESSIONS, ids=named)
def test_an_expression_gives_its_value_to_the_bit(vector: dict[str, Any]) -> None:
    ast = parse(vector["text"])
    assert ast == vector["ast"], f"the AST of the vector is {json.dumps(ast)}"
    value = evaluate(ast, decoded(vector.get("answers", {})), vector.get("context"), vector.get("own"))
    assert bits(value) == bits(decoded(vector["expected"]))


@pytest.mark.parametrize("vector", EXPRESSIONS, ids=named)
def test_a_printed_expression_reads_as_the_same_tree(vector: dict[str, Any]) -> None:
    ast = parse(vector["text"])
    assert parse(to_text(ast)) == ast
    assert to_text(parse(to_text(ast))) == to_text(ast)
