"""The checks of the built-in checklists: shared vectors, and the worked example of shared/method.md section 2."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.forms.answers import findings
from app.forms.catalogue import Candidate, built_in, with_candidates
from app.forms.check import compile_checklist
from app.forms.expressions import operands
from app.forms.model import Checklist
from tests.checklists import FILE, bare, published

VECTORS = Path(__file__).parent / "vectors"


def cases() -> Iterator[dict[str, Any]]:
    for form in ("c", "d"):
        yield from json.loads((VECTORS / f"checks_{form}.json").read_text("utf-8"))["cases"]


CASES = list(cases())


@pytest.mark.parametrize("case", CASES, ids=[f"{case['form']}-{case['check']}-{case['name']}" for case in CASES])
def test_a_check_finds(case: dict[str, Any]) -> None:
    found = findings(published()[case["form"]], case["answers"], case["context"])
    results = [(each.result, each.difference, each.severity) for each in found if each.check == case["check"]]
    expected = (case["result"], case.get("difference"), case.get("severity", "none"))
    assert results == ([expected] if case["result"] else [])


def rules(form: Checklist) -> Iterator[tuple[str, str]]:
    """Each check with each question that its rule, or the rule in its place, cannot do without."""
    for check in form.checks:
        for text in (check.rule, check.otherwise):
            for name in operands(form.expressions[text]) if text else ():
                if "." not in name:
                    yield check.code, name


@pytest.mark.parametrize("code", ["C", "D"])
def test_the_vectors_leave_every_operand_blank_in_every_way(code: str) -> None:
    form = published()[code]
    types = {item.code: item.type for item in form.items()}
    for check, name in rules(form):
        mine = [case["answers"] for case in CASES if case["form"] == code and case["check"] == check]
        kinds = {answers[name]["blank"] for answers in mine if isinstance(answers.get(name), dict)}
        wanted = {"not_observed"} if name.endswith("_q_overall") else {"not_observed", "no_access"}
        wanted |= {"not_applicable"} if types[name] == "integer" else set()
        assert wanted <= kinds, (check, name)
        assert any(name in answers and answers[name] is None for answers in mine), (check, name)
        assert any(name not in answers for answers in mine), (check, name)


@pytest.mark.parametrize("code", ["C", "D"])
def test_the_vectors_let_every_check_hold_and_break(code: str) -> None:
    results = {(case["check"], case["result"]) for case in CASES if case["form"] == code}
    for check in published()[code].checks:
        assert {(check.code, "pass"), (check.code, "fail"), (check.code, "not_computable")} <= results, check.code


def test_the_checks_are_those_of_the_method() -> None:
    codes = {code: [check.code for check in form.checks] for code, form in published().items()}
    assert {code[:3] for code in codes["C"]} == {f"K{number:02}" for number in (1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 19)}
    assert {code[:3] for code in codes["D"]} == {"K12", "K13", "K19"}
    levels = {(code, check.code): check.level for code in "CD" for check in published()[code].checks}
    hard = {("C", "K12a"), ("C", "K12b"), ("D", "K12a"), ("D", "K12b"), ("D", "K12c")}
    assert {check for check, level in levels.items() if level == "hard"} == hard
    assert {check for check, level in levels.items() if level == "information"} == {("C", "K09")}


def test_the_checklists_beside_the_vectors_are_the_catalogue() -> None:
    assert json.loads(FILE.read_text("utf-8")) == bare(), "run python -m tests.checklists"


# Kazakhstan, 20 November 2022: preliminary votes; the final result has one more for the first. A news agency's item
# of the final result printed 300,907 for 200,907 and 206,000 for 206,206.
PRELIMINARY = (6_456_392, 271_641, 206_206, 200_907, 176_116, 168_731)
FINAL = (6_456_393, *PRELIMINARY[1:])
MISPRINT = (6_456_393, 271_641, 206_000, 300_907, 176_116, 168_731)
AGAINST_ALL = 460_484
VALID = 7_940_478


SIX: list[Candidate] = [{"code": f"c{number}", "name": {"en": f"Candidate {number}"}} for number in range(1, 7)]


@pytest.mark.parametrize(
    ("parts", "total", "result", "difference"),
    [
        (PRELIMINARY, 7_940_477, "fail", -1),
        (FINAL, 7_940_478, "pass", None),
        (MISPRINT, 8_040_272, "fail", 99_794),
    ],
)
def test_the_misprint_of_2022_does_not_add_up(
    parts: tuple[int, ...], total: int, result: str, difference: int | None
) -> None:
    assert sum(parts) + AGAINST_ALL == total
    form = compile_checklist(with_candidates(built_in()["C"], SIX))
    answers = {f"r12_c{number}": votes for number, votes in enumerate(parts, start=1)}
    answers |= {"r13_against_all": AGAINST_ALL, "r11_valid": VALID}
    found = next(each for each in findings(form, answers) if each.check == "K06")
    severity = "key" if result == "fail" else "none"
    assert (found.result, found.difference, found.severity) == (result, difference, severity)


def test_the_misprinted_share_stands_beside_the_published_one() -> None:
    def hundredths(votes: int, total: int) -> int:
        """Per cent with two decimals, in integers: never from a rounded share."""
        return (20_000 * votes + total) // (2 * total)

    assert hundredths(300_907, sum(MISPRINT) + AGAINST_ALL) == 374
    assert hundredths(200_907, VALID) == 253
