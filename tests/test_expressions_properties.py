"""Expressions under any input: parse is total, print is its inverse, and no pattern of the subset is slow."""

import json
import math
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.forms.expressions import DEPTH_MAX, ExpressionError, as_number, evaluate, number_text, parse, to_text
from app.forms.expressions.regexes import matcher
from app.forms.expressions.tree import AST

WORDS = st.sampled_from(
    ["${a}", "${header.x}", ".", "..", "1", "2.50", ".5", "'x'", '"it\'s"', "''", "(", ")", ",", "-", "+", "*", " div ",
     " mod ", " and ", " or ", "=", "!=", "<", "<=", ">", ">=", "if(", "not(", "sum(", "true()", "regex(.,'a+')", "f(",
     " ", "$", "{", "}", "'", "!", "&&", "é", "\n", "and", "9", "x"]
)  # fmt: skip
QUOTABLE = st.text(max_size=8).filter(lambda text: not {"'", '"'} <= set(text))
NUMBERS = st.integers(0, 2**60) | st.floats(0, 1e25, allow_nan=False)


def _lists(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    many = st.lists(inner, min_size=2, max_size=4)
    return st.one_of(
        st.tuples(st.sampled_from(["+", "-", "*", "div", "mod", "and", "or"]), many).map(
            lambda made: [made[0], *made[1]]
        ),
        st.tuples(st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), inner, inner).map(list),
        inner.map(lambda made: ["neg", made]),
        st.tuples(st.sampled_from(["concat", "f", "x:y-z"]), st.lists(inner, max_size=3)).map(
            lambda made: [made[0], *made[1]]
        ),
    )


TREES = st.recursive(
    st.one_of(
        QUOTABLE, NUMBERS, st.just(["."]), st.sampled_from(["a", "b_1", "header.x"]).map(lambda name: ["$", name])
    ),
    _lists,
    max_leaves=25,
)


def canonical(ast: AST) -> AST:
    """A tree as `parse` gives it: chains of one operator in one list, whole numbers as whole numbers."""
    if isinstance(ast, float) and ast.is_integer() and ast <= 2**53:
        return int(ast)
    if isinstance(ast, int) and ast > 2**53:
        return float(ast)
    return [ast[0], *map(canonical, ast[1:])] if isinstance(ast, list) else ast


def read(text: str) -> tuple[AST, ExpressionError | None]:
    try:
        return parse(text), None
    except ExpressionError as error:
        return "", error


@given(TREES)
def test_a_tree_printed_and_read_is_the_same_tree(ast: AST) -> None:
    assert parse(to_text(ast)) == canonical(ast)


@given(st.lists(WORDS, max_size=14).map("".join) | st.text(max_size=40))
def test_any_text_is_read_or_refused_with_a_place(text: str) -> None:
    ast, error = read(text)
    if error:
        assert error.at is not None
        assert 0 <= error.at <= len(text)
        assert "^" in str(error)
    else:
        assert parse(to_text(ast)) == ast
        assert json.loads(json.dumps(ast)) == ast


@given(st.lists(WORDS, max_size=14).map("".join), st.dictionaries(st.just("a"), st.none() | st.text() | st.floats()))
def test_what_can_be_read_can_be_evaluated_or_calls_what_is_no_function(text: str, answers: dict[str, Any]) -> None:
    try:
        value = evaluate(parse(text), answers, {"header": {"x": 3}}, "aa")
    except ExpressionError:
        return
    assert isinstance(value, str | float | bool)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_printed_is_the_same_number_again(number: float) -> None:
    text = number_text(number)
    assert float(text) == number
    if "e" not in text:
        assert as_number(text) == number


@given(st.floats(-1e15, 1e15))
def test_a_number_rounds_to_a_whole_number_at_most_a_half_away(number: float) -> None:
    rounded = evaluate(["round", ["$", "a"]], {"a": number})
    assert isinstance(rounded, float)
    assert rounded.is_integer()
    assert abs(rounded - number) <= 0.5
    assert rounded != math.floor(number) or number - math.floor(number) < 0.5


@given(st.floats(allow_nan=False), st.floats(allow_nan=False))
def test_of_two_numbers_one_is_less_equal_or_more(left: float, right: float) -> None:
    answers = {"a": left, "b": right}
    held = [evaluate([sign, ["$", "a"], ["$", "b"]], answers) for sign in ("<", "=", ">")]
    assert held.count(True) == 1


@pytest.mark.parametrize(
    "pattern", ["a?" * 24, "a*a*a*", "[a-z]*[a-z]*[a-z]*", "(?:a|a)" * 24, "a{0,99}a{0,99}a{0,99}a{0,16}"]
)
def test_the_slowest_patterns_that_pass_end_in_time(pattern: str) -> None:
    start = time.perf_counter()
    assert not matcher(pattern + "b")("a" * 256)
    assert time.perf_counter() - start < 5


def test_an_expression_may_be_as_deep_as_the_limit_and_no_deeper() -> None:
    deepest = "not(" * (DEPTH_MAX - 1) + "${a}" + ")" * (DEPTH_MAX - 1)
    assert evaluate(parse(deepest), {}) is True
    assert to_text(parse(deepest)) == deepest
    with pytest.raises(ExpressionError) as caught:
        parse(f"not({deepest})")
    assert caught.value.code == "expression_too_deep"
