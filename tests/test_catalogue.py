"""The built-in catalogue: complete, marked and skipped as shared/method.md section 1 and domain.md section 2 say."""

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import UrnaError
from app.forms import catalogue
from app.forms.answers import findings, irrelevant
from app.forms.catalogue import Candidate, built_in, with_candidates
from app.forms.check import check_checklist, compile_checklist
from app.forms.expressions import references
from app.forms.model import Checklist, Item
from tests.checklists import published

IDS = {"A": 42, "B": 46, "C": 48, "D": 34, "E": 24}
BLOCKS = {"C": [f"R{number:02}" for number in range(1, 17)], "D": [f"T{number:02}" for number in range(1, 15)]}
BAD = ("bad", "very_bad")
# method.md 1.3
CRITICAL = {
    "a01_access": ("removed", "refused"),
    "a21_boxes_empty": ("no",),
    "b01_access": ("removed", "refused"),
    "b05_tension": ("yes",),
    "b35_proxy_multiple": ("multiple",),
    "b36_stuffing": ("seen", "signs", "told"),
    "b37_pressure": ("pressure", "intimidation", "buying", "tracking"),
    "c01_access": ("removed", "refused"),
    "c18_stuffing": ("seen", "signs", "told"),
    "c29_adjusted": ("yes",),
    "c32_presigned_protocol": ("yes",),
    "d02_access": ("removed", "refused"),
    "d17_blank": ("yes",),
    "d18_changed_here": ("yes",),
    "e13_team_safe": ("no",),
}
# Every `!` of domain.md 2.3 and 2.4, and every `!!` that method.md 1.3 does not leave critical.
KEY = {
    **dict.fromkeys(("c01_access", "d02_access"), ("restricted",)),
    **dict.fromkeys(("c06_late_votes", "c09_unauth_interfere", "c31_difficulties", "c41_obs_restricted"), ("yes",)),
    **dict.fromkeys(("c05_queue_voted", "c11_mobile_returned", "c12_sign_counted", "c13_unused_counted"), ("no",)),
    **dict.fromkeys(("c14_unused_cancelled", "c15_entered_before", "c16_seals_intact", "c16_numbers"), ("no",)),
    **dict.fromkeys(("c19_boxes_view", "c20_total_first", "c21_shown_announced", "c23_invalid_fair"), ("no",)),
    **dict.fromkeys(("c25_only_pec", "c27_uninterrupted", "c33_ink", "c33_in_station", "c36_posted"), ("no",)),
    **dict.fromkeys(("c40_view", "d13_sealed", "d20_entry_visible", "d24_match", "d29_posted_by_ps"), ("no",)),
    **dict.fromkeys(("c37_copies", "d30_copies"), ("refused",)),
    **dict.fromkeys(("c48_falsified", "d04_crowded", "d07_unauth_interfere", "d32_obs_restricted"), ("yes",)),
    **dict.fromkeys(("c45_q_overall", "d34_q_overall"), BAD),
    "d31_view": ("no",),
    "d16_with_errors": ". > 0",
}
# What is no problem whatever the answer: no `bad=` in domain.md.
NEUTRAL = {"c16_saw_opening", "c28_recount", "c35_dissent", "d26_interrupted", "d28_aggregate_done"}
STILL_OPEN = {
    "C": {"C01", "C36", "C38", *(f"C{number}" for number in range(40, 46)), *BLOCKS["C"]},
    "D": {"D01", "D02", *(f"D{number}" for number in range(29, 35))},
}
# Asked only after the answer that they follow up.
FOLLOW_UPS = {
    "C": {"c01_removed_at", "c01_how_known", "c18_how_known", "c29_how_known", "c32_how_known", "c42_left_reason"},
    "D": {"d02_removed_at", "d02_how_known", "d17_how_known", "d18_how_known"},
}

each_form = pytest.mark.parametrize("code", IDS)
mine = pytest.mark.parametrize("code", ["C", "D"])


def items(code: str) -> dict[str, Item]:
    return {item.code: item for item in built_in()[code].items()}


def copies(number: int) -> set[str]:
    return {item.code for item in built_in()["D"].items() if item.code.endswith(f"_{number}")}


def test_python_imports_the_module_and_not_the_folder_of_texts() -> None:
    assert catalogue.__file__ == str(Path(catalogue.__file__).parent / "catalogue.py")
    assert not list(Path(catalogue.__file__).with_suffix("").glob("*.py"))


@each_form
def test_every_number_of_the_catalogue_is_asked(code: str) -> None:
    wanted = {f"{code}{number:02}" for number in range(1, IDS[code] + 1)} | set(BLOCKS.get(code, []))
    assert {item.id for item in built_in()[code].items()} == wanted


def test_the_header_has_its_fourteen_numbers() -> None:
    assert {item.id for item in catalogue.header()} == {f"H{number:02}" for number in range(1, 15)}


@each_form
def test_codes_begin_with_their_number(code: str) -> None:
    assert all(item.code.startswith(f"{item.id.lower()}_") for item in built_in()[code].items())


@each_form
def test_a_checklist_may_be_published_as_it_is_and_with_candidates(code: str) -> None:
    assert check_checklist(built_in()[code]) == []
    assert check_checklist(published()[code]) == []
    assert published()[code].languages == catalogue.languages


@each_form
def test_every_text_is_in_the_letters_of_its_language(code: str) -> None:
    checklist = built_in()[code]
    texts = [checklist.title, *(section.label for section in checklist.sections)]
    texts += [text for item in checklist.items() for text in (item.label, item.short_label, item.hint) if text]
    texts += [option.label for item in checklist.items() for option in item.options]
    texts += [text for check in checklist.checks for text in (check.label, check.message)]
    for text in texts:
        assert not re.search("[А-я]", text["en"]), text
        assert re.search("[А-яӘәҒғҚқҢңӨөҰұҮүҺһІі]", text["kk"]), text
        assert re.search("[А-яЁё]", text["ru"]), text
        assert not re.search("[ӘәҒғҚқҢңӨөҰұҮүҺһІі]", text["ru"]), text


@each_form
def test_every_question_has_a_short_label_of_its_own(code: str) -> None:
    for language in catalogue.languages:
        short = [item.short_label[language] for item in published()[code].items()]
        assert all(0 < len(label) <= 60 for label in short)
    assert len(set(short)) == len(short), sorted(label for label in short if short.count(label) > 1)


@mine
def test_sections_have_three_to_nine_questions(code: str) -> None:
    assert all(3 <= len(section.items) <= 9 for section in built_in()[code].sections)


@each_form
def test_critical_is_what_the_method_lists(code: str) -> None:
    marked = {item.code: item.critical_when for item in built_in()[code].items() if item.critical_when}
    assert marked == {item: when for item, when in CRITICAL.items() if item[0].upper() == code}


@mine
def test_key_is_what_the_catalogue_marks(code: str) -> None:
    marked = {item.code: item.key_when for item in built_in()[code].items() if item.key_when}
    assert marked == {item: when for item, when in KEY.items() if item[0].upper() == code}


@mine
def test_every_yes_or_no_has_a_bad_answer_unless_it_is_neutral(code: str) -> None:
    for item in built_in()[code].items():
        if item.measure == "yes_no":
            assert item.negative_when in (((),) if item.code in NEUTRAL else (("yes",), ("no",))), item.code


@each_form
def test_what_is_key_or_critical_is_negative(code: str) -> None:
    for item in built_in()[code].items():
        if not isinstance(item.key_when, str) and not isinstance(item.critical_when, str):
            assert {*item.key_when, *item.critical_when} <= {*item.negative_when}, item.code


@pytest.mark.parametrize("code", [code for code in CRITICAL if code[0] in "abcd"])
def test_a_critical_answer_asks_how_it_is_known_and_no_other_answer_does(code: str) -> None:
    form = published()[code[0].upper()]
    item = next(item for item in form.items() if item.code == code)
    how = next(other for other in form.items() if other.code == f"{item.id.lower()}_how_known")
    assert how.id == item.id
    assert [option.code for option in how.options] == ["saw", "traces", "told"]
    for option in item.options:
        answer = [option.code] if item.type == "multiple" else option.code
        assert (how.code in irrelevant(form, {code: answer})) is (option.code not in item.critical_when), option.code
    assert how.code in irrelevant(form, {})


@mine
def test_only_refused_skips_and_it_leaves_open_what_can_be_seen_from_outside(code: str) -> None:
    form = built_in()[code]
    access = str(form.access)
    assert not any(
        irrelevant(form, {access: value}) - FOLLOW_UPS[code] - copies(2) - copies(3)
        for value in (None, "full", "restricted", "removed")
    )
    skipped = irrelevant(form, {access: "refused"})
    assert {item.id for item in form.items() if item.code not in skipped} == STILL_OPEN[code]


@mine
def test_what_refused_skips_offers_no_access(code: str) -> None:
    form = published()[code]
    skipped = irrelevant(form, {str(form.access): "refused"}) - irrelevant(form, {})
    assert skipped
    without = {item.code for item in form.items() if item.code in skipped and "no_access" not in item.blanks}
    assert without == ({"d25_discrepancies"} if code == "D" else set())


@mine
def test_an_unanswered_gate_hides_nothing_but_what_follows_an_answer_up(code: str) -> None:
    assert irrelevant(built_in()[code], {}) == FOLLOW_UPS[code] | (copies(2) | copies(3) if code == "D" else set())


@mine
def test_a_gate_that_is_not_observed_hides_no_more_than_an_unanswered_one(code: str) -> None:
    form = published()[code]
    blank = {item.code: {"blank": "not_observed"} for item in form.items()}
    assert irrelevant(form, blank) <= irrelevant(form, {})


@pytest.mark.parametrize(
    ("gate", "answer", "hidden"),
    [
        ("c04_queue", 0, {"c05_queue_voted"}),
        ("c16_saw_opening", "no", {"c16_numbers"}),
        ("c28_recount", "no", {"c28_why"}),
        ("c34_all_signed", "yes", {"c34_refused"}),
        ("c35_dissent", "no", {"c35_number"}),
        ("d26_interrupted", "no", {"d26_minutes"}),
        ("d23_held", 0, {"d24_match", "d25_discrepancies"} | copies(1)),
    ],
)
def test_a_gate_hides_on_the_answer_that_skips(gate: str, answer: object, hidden: set[str]) -> None:
    form = built_in()[gate[0].upper()]
    assert irrelevant(form, {gate: answer}) - irrelevant(form, {}) == hidden


def test_the_results_block_opens_unless_the_team_has_no_figures() -> None:
    form = published()["C"]
    block = {item.code for item in form.items() if item.id.startswith("R")}
    for source in (None, "copy", "read", "heard"):
        assert not block & irrelevant(form, {"c38_we_have_copy": source})
    assert block <= irrelevant(form, {"c38_we_have_copy": "no"})
    assert not block & irrelevant(form, {"c01_access": "refused"})


@pytest.mark.parametrize(("held", "open_copies"), [(None, 1), (0, 0), (1, 1), (2, 2), (3, 3), (5, 3)])
def test_protocols_open_by_how_many_the_team_holds(held: int | None, open_copies: int) -> None:
    hidden = irrelevant(built_in()["D"], {"d23_held": held})
    assert [number for number in (1, 2, 3) if not copies(number) & hidden] == list(range(1, open_copies + 1))
    assert all(copies(number) <= hidden for number in range(open_copies + 1, 4))


def test_the_second_and_third_protocol_are_the_first_with_another_number() -> None:
    questions = items("D")
    for code in copies(1):
        for number in (2, 3):
            first, other = questions[code], questions[f"{code.removesuffix('_1')}_{number}"]
            renumbered = {language: text.replace(" 1", f" {number}") for language, text in first.short_label.items()}
            assert other == first.model_copy(update={"code": other.code, "short_label": renumbered})


def test_the_t_block_mirrors_the_r_block() -> None:
    figures = {code: item for code, item in items("C").items() if item.id.startswith("R")}
    mirrored = {f"r{code[1:].removesuffix('_1')}" for code in copies(1) if code.startswith("t")}
    assert mirrored == set(figures) - {"r15_serial", "r16_absentee"}
    for code in mirrored:
        assert items("D")[f"t{code[1:]}_1"].label == figures[code].label


def test_figures_of_a_protocol_are_whole_numbers_from_zero_with_every_kind_of_blank() -> None:
    for item in (*items("C").values(), *items("D").values()):
        if item.id[0] in "RT" and item.id != "R15":
            assert (item.type, item.constraint, item.constraint_level) == ("integer", ". >= 0", "hard"), item.code
        if item.id[0] in "RT":
            assert item.blanks == ("not_observed", "not_applicable", "no_access"), item.code


@each_form
def test_four_points_can_be_not_observed(code: str) -> None:
    for item in built_in()[code].items():
        if item.measure == "four_point":
            assert "not_observed" in item.blanks
            assert [option.code for option in item.options] == ["very_good", "good", "bad", "very_bad"]
            assert item.negative_when == BAD


def test_the_times_of_the_night_have_a_date() -> None:
    times = {item.code: item.type for item in items("C").values() if item.measure == "time"}
    assert set(times) == {"c01_removed_at", "c02_close_time", "c10_time", "c43_signed_time", "c43_left_time"}
    assert set(times.values()) == {"datetime"}


@mine
def test_why_is_asked_for_a_negative_overall_and_for_a_critical_answer(code: str) -> None:
    form = built_in()[code]
    why = next(item for item in form.items() if item.code in ("c45_why", "d34_why"))
    named = references(compile_checklist(form).expressions[str(why.required)])
    assert set(named) == {form.overall, *(item.code for item in form.items() if item.critical_when)}
    assert next(item for item in form.items() if item.code == form.overall).required is True


def test_what_a_native_speaker_should_check_is_really_there() -> None:
    listed = json.loads((Path(catalogue.__file__).with_suffix("") / "native-check.json").read_text("utf-8"))["kk"]
    there = {code: set(kazakh(form.model_dump())) for code, form in built_in().items()}
    there["H"] = {text for item in catalogue.header() for text in kazakh(item.model_dump())}
    wrong = [entry for entry in listed if entry["form"] in "CD" and entry["text"] not in there[entry["form"]]]
    assert wrong == []
    assert {"C", "D"} <= {entry["form"] for entry in listed}


def kazakh(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for key, each in value.items() for text in ([each] if key == "kk" else kazakh(each))]
    return [text for each in value for text in kazakh(each)] if isinstance(value, list | tuple) else []


# Candidates

names = st.text(st.characters(codec="utf-8", exclude_characters="{}$"), min_size=1, max_size=80).filter(str.strip)
people = st.lists(
    st.builds(
        lambda code, name: Candidate(code=code, name=name),
        st.from_regex(r"[a-z][a-z0-9_]{0,14}", fullmatch=True),
        st.dictionaries(st.sampled_from(["en", "ru", "kk", "uz"]), names, min_size=1),
    ),
    max_size=8,
    unique_by=lambda candidate: candidate["code"],
)
filled = pytest.mark.parametrize("code", ["A", "B", "C", "D"])


def plain(checklist: Checklist) -> list[Item]:
    return [item for item in checklist.items() if not item.each and not item.options_from]


@filled
@given(candidates=people)
@settings(max_examples=40, deadline=None)
def test_filling_in_candidates_keeps_every_other_question_and_leaves_no_gap(
    code: str, candidates: list[Candidate]
) -> None:
    form = built_in()[code]
    result = with_candidates(form, candidates)
    assert check_checklist(result) == []
    assert not any(item.each or item.options_from for item in result.items())
    kept = {item.code: item for item in result.items()}
    for item in plain(form):
        assert kept.pop(item.code).model_dump(include={"label", "blanks", "options"}) == item.model_dump(
            include={"label", "blanks", "options"}
        )
    each = [item for item in form.items() if item.each]
    choices = [item for item in form.items() if item.options_from and candidates]
    assert len(kept) == len(each) * len(candidates) + len(choices)
    assert not any("{candidate}" in text for item in result.items() for text in item.label.values())


@filled
@given(candidates=people, others=people)
@settings(max_examples=20, deadline=None)
def test_a_checklist_that_is_filled_stays_as_it_is(
    code: str, candidates: list[Candidate], others: list[Candidate]
) -> None:
    once = with_candidates(built_in()[code], candidates)
    assert with_candidates(once, others) == once


@given(candidates=people)
@settings(max_examples=20, deadline=None)
def test_codes_only_grow_when_candidates_are_added(candidates: list[Candidate]) -> None:
    for form in built_in().values():
        codes = [
            {item.code for item in with_candidates(form, candidates[:count]).items()}
            for count in range(len(candidates) + 1)
        ]
        assert all(fewer <= more for fewer, more in pairwise(codes))


@given(
    candidates=people,
    votes=st.lists(st.integers(0, 5_000_000), min_size=8, max_size=8),
    against=st.integers(0, 500_000),
)
@settings(max_examples=30, deadline=None)
def test_the_votes_of_all_candidates_are_added_up(candidates: list[Candidate], votes: list[int], against: int) -> None:
    form = compile_checklist(with_candidates(built_in()["C"], candidates))
    given_votes = {f"r12_{candidate['code']}": vote for candidate, vote in zip(candidates, votes, strict=False)}
    total = sum(given_votes.values()) + against
    answers = given_votes | {"r13_against_all": against, "r11_valid": total + 1}
    found = next(finding for finding in findings(form, answers) if finding.check == "K06")
    assert (found.result, found.difference) == ("fail", -1)


def test_candidates_stand_in_the_order_given_with_their_names() -> None:
    candidates: list[Candidate] = [
        {"code": "tokayev", "name": {"ru": "Токаев", "en": "Tokayev"}},
        {"code": "abden", "name": {"kk": "Әбден"}},
    ]
    form = with_candidates(built_in()["C"], candidates)
    votes = [item for item in form.items() if item.id == "R12"]
    assert [item.code for item in votes] == ["r12_tokayev", "r12_abden"]
    assert [item.label["en"] for item in votes] == ["Votes for Tokayev", "Votes for Әбден"]
    assert votes[0].label["kk"] == "Дауыстар: Токаев"
    protocol = [item.code for item in with_candidates(built_in()["D"], candidates).items() if item.id == "T12"]
    assert protocol == [f"t12_{code}_{number}" for number in (1, 2, 3) for code in ("tokayev", "abden")]


def test_proxies_are_asked_by_candidate() -> None:
    proxies = next(item for item in published()["B"].items() if item.code == "b13_proxies")
    assert [option.code for option in proxies.options][:3] == ["c1", "c2", "c3"]


@pytest.mark.parametrize("code", ["", "1", "A", "тоқаев", "a b", "a" * 21, "a-b", "a\n"])
def test_a_candidate_code_that_cannot_name_a_question_is_refused(code: str) -> None:
    with pytest.raises(UrnaError) as caught:
        with_candidates(built_in()["C"], [{"code": "good", "name": {"en": "A"}}, {"code": code, "name": {"en": "B"}}])
    assert caught.value.code == "invalid_request"
    assert [place.pointer for place in caught.value.errors] == ["/candidates/1/code"]
