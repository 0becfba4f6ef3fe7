"""What the built-in checklists of opening, voting and critical incidents hide, require, doubt and find."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.forms.answers import constraint_holds, findings, irrelevant, is_required
from app.forms.check import compile_checklist
from app.forms.model import Checklist, Item
from tests.test_catalogue_ab import BY_CODE, FORMS

COMPILED = {code: compile_checklist(form) for code, form in FORMS.items()}
VECTORS = json.loads((Path(__file__).parent / "vectors" / "catalogue_checks_ab.json").read_text("utf-8"))["cases"]
BLANKS = ("not_observed", "not_applicable", "no_access")

FOLLOW_UPS = {
    "A": {"a01_removed_at", "a01_how_known", "a21_how_known"},
    "B": {"b01_removed_at", "b01_how_known", "b05_how_known", "b35_how_known", "b36_how_known", "b37_how_known"},
    "E": {"e05_violence", "e05_voting", "e05_count", "e05_observers", "e05_conditions"},
}
"""Asked only on the answer that calls for them; everything else is hidden only by the answer that skips it."""
OPEN_TO_THE_REFUSED = {
    "A": {"A01", "A02", "A03", "A36", "A37", "A38", "A39", "A40", "A41", "A42"},
    "B": {"B01", "B02", "B03", "B07", "B38", "B39", "B40", "B41", "B42", "B43", "B44", "B45"},
}
GATES = [
    ("A", "a07_chair_present", "no", {"a08_chair_gender"}),
    ("A", "a09_present", ["media", "police"], {"a10_proxies"}),
    ("A", "a12_materials", "yes", {"a13_missing"}),
    ("A", "a16_ballots_counted", "no", {"a17_ballots_match"}),
    ("A", "a31_on_time", "yes", {"a33_delay_reason"}),
    ("B", "b12_present", ["none"], {"b13_proxies"}),
    ("B", "b27_turned_away", 0, {"b28_turned_reason"}),
    ("B", "b30_group_voting", "no", {"b31_group_count"}),
    ("B", "b38_mobile_seen", "no", {"b39_mobile_ok"}),
]


def hidden(form: str, answers: dict[str, Any], **context: Any) -> set[str]:
    """The questions that the answers hide, follow-ups apart."""
    return set(irrelevant(COMPILED[form], answers, context)) - FOLLOW_UPS[form]


@pytest.mark.parametrize("form", FORMS)
def test_an_unanswered_gate_hides_nothing(form: str) -> None:
    assert hidden(form, {}) == set()
    assert irrelevant(COMPILED[form], {}, {}) == FOLLOW_UPS[form]


@pytest.mark.parametrize(("form", "gate", "answer", "skipped"), GATES)
def test_a_gate_hides_what_its_answer_makes_needless(form: str, gate: str, answer: Any, skipped: set[str]) -> None:
    assert hidden(form, {gate: answer}) == skipped


@pytest.mark.parametrize(("form", "gate"), [(form, gate) for form, gate, _, _ in GATES])
def test_a_blank_gate_hides_nothing(form: str, gate: str) -> None:
    for blank in BLANKS:
        assert hidden(form, {gate: {"blank": blank}}) == set()
    assert hidden(form, {gate: None}) == set()


@pytest.mark.parametrize(("form", "answers"), [
    ("A", {"a07_chair_present": "yes"}), ("A", {"a09_present": ["media", "proxies"]}), ("A", {"a12_materials": "no"}),
    ("A", {"a16_ballots_counted": "yes"}), ("A", {"a31_on_time": "no"}), ("B", {"b12_present": ["proxies"]}),
    ("B", {"b27_turned_away": 1}), ("B", {"b30_group_voting": "yes"}), ("B", {"b38_mobile_seen": "yes"}),
])  # fmt: skip
def test_the_other_answer_of_a_gate_hides_nothing(form: str, answers: dict[str, Any]) -> None:
    assert hidden(form, answers) == set()


@pytest.mark.parametrize("form", OPEN_TO_THE_REFUSED)
def test_only_refused_access_skips_and_leaves_open_what_can_be_seen_from_outside(form: str) -> None:
    access = f"{form.lower()}01_access"
    for answer in ("full", "restricted", "removed"):
        assert hidden(form, {access: answer}) == set()
    skipped = hidden(form, {access: "refused"})
    assert {item.id for item in FORMS[form].items() if item.code not in skipped} - {
        BY_CODE[code].id for code in FOLLOW_UPS[form] - {f"{form.lower()}01_how_known"}
    } == OPEN_TO_THE_REFUSED[form] - {f"{form}01"}
    for code in skipped:
        assert "no_access" in BY_CODE[code].blanks, code


def test_a_gate_behind_a_refused_door_does_not_open_what_it_guards() -> None:
    assert "a08_chair_gender" in hidden("A", {"a01_access": "refused", "a07_chair_present": "yes"})
    assert "b31_group_count" in hidden("B", {"b01_access": "refused", "b30_group_voting": "yes"})


def test_the_reason_of_a_delay_is_asked_after_a_quarter_of_an_hour() -> None:
    for opens_at, first_voter, asked in (
        ("07:00", "07:15", False), ("07:00", "07:16", True), ("07:00", "06:58", False),
        ("06:00", "06:20", True), (None, "07:40", True),
    ):  # fmt: skip
        skipped = hidden("A", {"a32_open_time": first_voter}, station={"opens_at": opens_at})
        assert ("a33_delay_reason" not in skipped) is asked, (opens_at, first_voter)
    assert hidden("A", {"a32_open_time": "07:10"}, settings={"opens_at": "07:00"}) == {"a33_delay_reason"}


@pytest.mark.parametrize("code", [code for code, item in BY_CODE.items() if item.critical_when])
def test_how_known_is_asked_on_the_critical_answers_alone(code: str) -> None:
    item, form = BY_CODE[code], code[0].upper()
    follows = f"{item.id.lower()}_how_known"
    for option in item.options if follows in BY_CODE else ():
        answer = [option.code] if item.type == "multiple" else option.code
        asked = follows not in irrelevant(COMPILED[form], {code: answer}, {})
        assert asked is (option.code in item.critical_when), (code, option.code)


def test_the_time_of_removal_is_asked_of_the_removed() -> None:
    for form, code in (("A", "a01"), ("B", "b01")):
        asked = [
            option.code
            for option in BY_CODE[f"{code}_access"].options
            if f"{code}_removed_at" not in irrelevant(COMPILED[form], {f"{code}_access": option.code}, {})
        ]
        assert asked == ["removed"]


def test_a_category_of_incident_brings_its_own_details() -> None:
    for option in BY_CODE["e04_category"].options:
        asked = FOLLOW_UPS["E"] - irrelevant(COMPILED["E"], {"e04_category": option.code}, {})
        assert asked == {f"e05_{option.code}"}


@pytest.mark.parametrize(("overall", "why"), [("a41_q_overall", "a42_why"), ("b45_q_overall", "b45_why")])
def test_an_explanation_is_required_of_negative_and_critical_reports_alone(overall: str, why: str) -> None:
    assert BY_CODE[overall].required is True
    for option in BY_CODE[overall].options:
        assert is_required(BY_CODE[why], {overall: option.code}) is (option.code in ("bad", "very_bad"))
    assert not is_required(BY_CODE[why], {})
    for item in FORMS[overall[0].upper()].items():
        for option in item.options:
            answer = [option.code] if item.type == "multiple" else option.code
            critical = option.code in item.critical_when
            if item.code != overall:
                assert is_required(BY_CODE[why], {item.code: answer, overall: "good"}) is critical, item.code


def test_nothing_but_assessment_explanation_and_category_is_required() -> None:
    required = {code for code, item in BY_CODE.items() if item.required}
    assert required == {"a41_q_overall", "a42_why", "b45_q_overall", "b45_why", "e04_category"}


RANGES = [
    ("a05_members", 0, 30), ("a06_women", 0, 30), ("a14_voters_listed", 0, 3000), ("a15_ballots_received", 0, None),
    ("a19_boxes_fixed", 1, 20), ("a20_boxes_mobile", 0, 20), ("a38_complaints", 0, 50), ("b09_members", 0, 30),
    ("b10_women", 0, 30), ("b15_voters_listed", 0, 3000), ("b19_voted_in_visit", 0, 1000), ("b27_turned_away", 0, 500),
    ("b31_group_count", 0, 200), ("b43_complaints", 0, 50), ("b46_issuing_desks", 1, 20), ("e11_number", 0, 3000),
    ("h04_filled_by", 1, 3), ("h12_visit_no", 1, None),
]  # fmt: skip


@pytest.mark.parametrize(("code", "least", "most"), RANGES)
def test_a_number_outside_its_range_is_doubted(code: str, least: int, most: int | None) -> None:
    assert holds(code, least)
    assert not holds(code, least - 1)
    if most is not None:
        assert holds(code, most)
        assert not holds(code, most + 1)


def holds(code: str, value: Any, **others: Any) -> bool:
    return constraint_holds(BY_CODE[code], {code: value, **others})


def test_a_first_voter_comes_between_five_and_ten() -> None:
    assert [holds("a32_open_time", time) for time in ("04:59", "05:00", "10:00", "10:01")] == [False, True, True, False]


def test_the_supplementary_list_is_doubted_above_a_tenth_of_the_main_list() -> None:
    assert holds("b16_voters_supp", 100, b15_voters_listed=1000)
    assert not holds("b16_voters_supp", 101, b15_voters_listed=1000)
    assert holds("b16_voters_supp", 101)


def test_more_votes_than_voters_are_doubted_where_both_lists_are_known() -> None:
    lists = {"b15_voters_listed": 1000, "b16_voters_supp": 20}
    assert holds("b17_voted_so_far", 1020, **lists)
    assert not holds("b17_voted_so_far", 1021, **lists)
    assert holds("b17_voted_so_far", 1021, b15_voters_listed=1000)


def test_a_long_narrative_is_doubted() -> None:
    assert holds("e19_narrative", "ә" * 2000)
    assert not holds("e19_narrative", "ә" * 2001)


def test_no_constraint_is_hard() -> None:
    assert all(item.constraint_level == "soft" for item in BY_CODE.values())
    covered = {code for code, _, _ in RANGES} | {
        "a32_open_time",
        "b16_voters_supp",
        "b17_voted_so_far",
        "e19_narrative",
    }
    assert {code for code, item in BY_CODE.items() if item.constraint} == covered


@pytest.mark.parametrize("case", VECTORS, ids=lambda case: f"{case['form']} {case['check']} {case['name']}")
def test_a_check_finds_what_its_vector_says(case: dict[str, Any]) -> None:
    found = {one.check: one for one in findings(COMPILED[case["form"]], case["answers"], case["context"])}
    finding = found.get(case["check"])
    assert (finding.result if finding else None) == case["result"]
    assert (finding.difference if finding else None) == case.get("difference")


@pytest.mark.parametrize("form", ["A", "B"])
def test_every_check_has_vectors_that_pass_fail_and_cannot_be_computed(form: str) -> None:
    assert [check.code for check in FORMS[form].checks] == (
        (["K09"] if form == "A" else []) + ["K12a", "K12b", "K13a", "K13b", "K19a", "K19b"]
    )
    for check in FORMS[form].checks:
        results = {case["result"] for case in VECTORS if (case["form"], case["check"]) == (form, check.code)}
        assert results >= {"pass", "fail", "not_computable"}, check.code
        assert check.level == {"K09": "information", "K12a": "hard", "K12b": "hard"}.get(check.code, "soft")
        assert check.severity == "none"


@pytest.mark.parametrize(("form", "overall"), [("A", "a41_q_overall"), ("B", "b45_q_overall")])
def test_any_bad_answer_explains_a_negative_report(form: str, overall: str) -> None:
    for item in FORMS[form].items():
        for option in item.options:
            explains = item.measure != "four_point" and option.code in item.negative_when
            if item.code != overall:
                assert _result(COMPILED[form], item, option.code, overall) == ("pass" if explains else "fail"), (
                    item.code
                )


def _result(form: Checklist, item: Item, option: str, overall: str) -> str:
    answer = [option] if item.type == "multiple" else option
    found = findings(form, {overall: "very_bad", item.code: answer}, {})
    return next(one.result for one in found if one.check == "K19b")
