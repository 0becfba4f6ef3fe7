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


@pytest.mark.parametrize("vector", ERRORS, ids=lambda vector: f"{vector['text'][:50]!r}")
def test_a_fault_names_its_place_and_its_cure(vector: dict[str, Any]) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(vector["text"])
    assert caught.value.code == vector["code"]
    assert caught.value.at == vector["at"]
    assert vector["cure"] in caught.value.cure


def test_a_fault_shows_the_text_with_a_caret_under_the_place() -> None:
    with pytest.raises(ExpressionError) as caught:
        parse("${a} = yes")
    line, caret, words = str(caught.value).split("\n")
    assert line == "${a} = yes"
    assert caret.index("^") == line.index("yes")
    assert words == ("A word stands alone at character 8. Put quotes around a text, or write ${code} for a question.")
    assert caught.value.detail == words


def test_a_caret_stays_under_its_place_in_a_long_text_with_line_breaks() -> None:
    with pytest.raises(ExpressionError) as caught:
        parse("${a} = 1\n" * 20)
    line, caret, _ = str(caught.value).split("\n")
    assert len(line) <= 120
    assert line[caret.index("^")] == "$"


def test_what_goes_out_in_an_answer_repeats_nothing_of_the_text() -> None:
    for vector in ERRORS:
        with pytest.raises(ExpressionError) as caught:
            parse(vector["text"].replace("yes", "Qwertz"))
        assert "Qwertz" not in caught.value.detail


TREES: list[dict[str, Any]] = json.loads((VECTORS / "trees.json").read_text())


@pytest.mark.parametrize("vector", TREES, ids=lambda vector: str(vector["about"]))
def test_what_is_no_tree_is_not_evaluated(vector: dict[str, Any]) -> None:
    with pytest.raises(ExpressionError):
        evaluate(vector["ast"], {})


@pytest.mark.parametrize(
    "ast",
    [
        ["$"],
        ["$", 1],
        ["=", 1],
        ["=", 1, 2, 3],
        ["+", 1],
        ["neg", 1, 2],
        ["if", 1, 2],
        ["blank", 1],
        ["blank", ["$", "header.x"]],
        ["regex", "a", ["$", "a"]],
        ["regex", "a", "(a+)+"],
        [".", math.nan],
        {1, 2},
    ],
    ids=str,
)
def test_a_tree_that_no_text_gives_is_refused_by_the_server(ast: Any) -> None:
    with pytest.raises(ExpressionError):
        evaluate(["not", ast], {})


def test_a_tree_of_any_depth_ends_in_an_error() -> None:
    ast: AST = 1
    for _ in range(100_000):
        ast = ["neg", ast]
    for use in (to_text, lambda tree: evaluate(tree, {})):
        with pytest.raises(ExpressionError) as caught:
            use(ast)
        assert caught.value.code == "expression_too_deep"


def test_a_text_with_both_kinds_of_quotes_cannot_be_printed() -> None:
    with pytest.raises(ExpressionError):
        to_text('it\'s "so"')


def test_references_come_once_in_the_order_written() -> None:
    ast = parse("sum(${b}, ${a}) > ${header.visit_no} and ${a} = . and blank(${c}) = ''")
    assert references(ast) == ("b", "a", "header.visit_no", "c")


def test_a_question_inside_a_forgiving_function_need_not_have_a_value() -> None:
    ast = parse("coalesce(${a}, 0) + ${b} + count-non-empty(${c}) = 1 and blank(${d}) = '' and ${station.x} > today()")
    assert operands(ast) == ("b", "station.x", "today")


@pytest.mark.parametrize(
    ("number", "text"),
    [(5e-324, "5e-324"), (1.7976931348623157e308, "1.7976931348623157e+308"), (1e21, "1e+21"), (1e20, "1" + "0" * 20),
     (123e-20, "1.23e-18"), (1e-6, "0.000001"), (9.5e-7, "9.5e-7"), (-1e-7, "-1e-7"), (2.0**53, "9007199254740992"),
     (4.35, "4.35"), (1e23, "1e+23"), (-0.0, "0")],
)  # fmt: skip
def test_a_number_prints_as_in_javascript(number: float, text: str) -> None:
    assert number_text(number) == text


def test_no_python_warning_comes_from_a_shared_regex() -> None:
    assert evaluate(parse("regex('|', '[|a]')"), {}) is True
    assert re.fullmatch("[|a]", "|")
