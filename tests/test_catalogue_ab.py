"""The built-in checklists of opening, voting and critical incidents, and the header: what they hold and mark.

What these forms hide, require and find is in test_catalogue_ab_rules.py.
"""

import json
import re
from pathlib import Path

import pytest

import app.forms
from app.forms.catalogue import built_in, header
from app.forms.check import check_checklist

FOLDER = Path(app.forms.__file__).parent / "catalogue"
LANGUAGES = ("en", "ru", "kk")
FORMS = {code: form for code, form in built_in().items() if code in "ABE"}
HEADER = header()
ITEMS = {"H": HEADER} | {code: form.items() for code, form in FORMS.items()}
BY_CODE = {item.code: item for items in ITEMS.values() for item in items}

ACCESS = ("removed", "refused")
CRITICAL = {
    "a01_access": ACCESS,
    "a21_boxes_empty": ("no",),
    "b01_access": ACCESS,
    "b05_tension": ("yes",),
    "b35_proxy_multiple": ("multiple",),
    "b36_stuffing": ("seen", "signs", "told"),
    "b37_pressure": ("pressure", "intimidation", "buying", "tracking"),
    "e13_team_safe": ("no",),
}
NEGATIVE_OVERALL = ("bad", "very_bad")
KEY = {
    "a01_access": ("restricted",),
    "a11_unauth_interfere": ("yes",),
    "a13_missing": ("list", "ballots", "seals"),
    "a16_ballots_counted": ("no",),
    "a17_ballots_match": ("no",),
    "a18_presigned": ("yes",),
    "a22_boxes_sealed": ("no",),
    "a25_booths": ("no",),
    "a26_layout_view": ("no",),
    "a30_opening_record": ("no",),
    "a34_early_votes": ("yes",),
    "a36_view": ("no",),
    "a37_obs_restricted": ("yes",),
    "a41_q_overall": NEGATIVE_OVERALL,
    "b01_access": ("restricted",),
    "b02_vicinity": ("intimidation",),
    "b06_campaign_inside": ("yes",),
    "b14_unauth_interfere": ("yes",),
    "b21_boxes_sealed": ("no",),
    "b22_presigned": ("yes",),
    "b23_id_checked": ("sometimes", "never"),
    "b24_signed_list": ("sometimes", "never"),
    "b28_turned_reason": ("already_signed",),
    "b29_secret_marking": ("sometimes", "never"),
    "b30_group_voting": ("yes",),
    "b32_same_helper": ("yes",),
    "b33_shown_photo": ("yes",),
    "b34_identical_sign": ("yes",),
    "b39_mobile_ok": ("no",),
    "b40_list_access": ("refused",),
    "b41_view": ("no",),
    "b42_obs_restricted": ("yes",),
    "b45_q_overall": NEGATIVE_OVERALL,
}
BAD_IF_NO = [
    "a03_step_free",
    "a04_premises",
    "a07_chair_present",
    "a12_materials",
    "a16_ballots_counted",
    "a17_ballots_match",
    "a21_boxes_empty",
    "a22_boxes_sealed",
    "a23_seal_numbers",
    "a25_booths",
    "a26_layout_view",
    "a27_info_posted",
    "a29_issuers_named",
    "a30_opening_record",
    "a31_on_time",
    "a36_view",
    "b07_step_free",
    "b08_layout_disab",
    "b20_materials",
    "b21_boxes_sealed",
    "b39_mobile_ok",
    "b41_view",
    "e13_team_safe",
]
BAD_IF_YES = [
    "a11_unauth_interfere",
    "a18_presigned",
    "a28_campaign_inside",
    "a34_early_votes",
    "a37_obs_restricted",
    "b04_crowded",
    "b05_tension",
    "b06_campaign_inside",
    "b14_unauth_interfere",
    "b22_presigned",
    "b26_chair_issues",
    "b30_group_voting",
    "b32_same_helper",
    "b33_shown_photo",
    "b34_identical_sign",
    "b42_obs_restricted",
]
NO_BAD_ANSWER = [
    "b38_mobile_seen",
    "e08_ongoing",
    "e12_injuries",
    "e17_complaint",
    "e18_obs_restricted",
    "e22_witness",
    "h13_other_teams",
]


@pytest.mark.parametrize(("form", "count"), [("A", 42), ("B", 46), ("E", 24), ("H", 14)])
def test_every_number_of_the_catalogue_is_asked(form: str, count: int) -> None:
    assert {item.id for item in ITEMS[form]} == {f"{form}{number:02}" for number in range(1, count + 1)}


def test_a_code_is_its_number_and_a_word() -> None:
    for item in BY_CODE.values():
        assert re.fullmatch(item.id.lower() + "_[a-z][a-z0-9_]*", item.code), item.code


def test_numbers_with_several_questions_have_the_codes_that_others_rely_on() -> None:
    assert {item.code for item in ITEMS["B"] if item.id == "B44"} == {
        "b44_q_pec",
        "b44_q_voters",
        "b44_q_transparency",
    }
    assert {item.code for item in ITEMS["B"] if item.id == "B45"} == {"b45_q_overall", "b45_why"}
    assert FORMS["A"].access == "a01_access"
    assert FORMS["A"].overall == "a41_q_overall"
    assert FORMS["B"].access == "b01_access"
    assert FORMS["B"].overall == "b45_q_overall"


@pytest.mark.parametrize("form", FORMS)
def test_nobody_could_complain(form: str) -> None:
    assert check_checklist(FORMS[form]) == []


def test_every_question_has_label_and_short_label_in_three_languages() -> None:
    for item in BY_CODE.values():
        for text in (item.label, item.short_label, *(option.label for option in item.options)):
            assert tuple(text) == LANGUAGES, item.code
        for text in (item.hint, item.constraint_message):
            assert tuple(text) in ((), LANGUAGES), item.code
        assert all(0 < len(short) <= 60 for short in item.short_label.values()), item.code


def test_languages_are_not_mixed_up() -> None:
    """English has no Cyrillic letter, Russian none that is Kazakh alone; Russian and Kazakh differ in every question
    of more than two words."""
    for item in BY_CODE.values():
        for text in (item.label, item.hint, item.short_label, *(option.label for option in item.options)):
            assert not re.search("[а-яёА-Я]", text.get("en", "")), item.code
            assert not re.search("[әғқңөұүһіӘҒҚҢӨҰҮҺІ]", text.get("ru", "")), item.code
            assert all(re.search("[а-яА-Я]", text[language]) for language in ("ru", "kk") if text), item.code
        assert len(item.label["ru"].split()) < 3 or item.label["ru"] != item.label["kk"], item.code


def test_a_section_shows_three_to_nine_questions() -> None:
    """What is asked only on a critical answer, on removal or on one category of incident comes on top."""
    for form in FORMS.values():
        for section in form.sections:
            shown = [item for item in section.items if not re.search("how_known|removed_at|^e05", item.code)]
            assert 3 <= len(shown) <= 9, section.code


def test_the_critical_marks_are_those_of_the_method_and_no_others() -> None:
    assert {code: item.critical_when for code, item in BY_CODE.items() if item.critical_when} == CRITICAL


def test_the_key_marks_are_those_of_the_question_list_and_no_others() -> None:
    assert {code: item.key_when for code, item in BY_CODE.items() if item.key_when} == KEY


def test_each_yes_or_no_says_which_of_them_is_bad() -> None:
    marks = {item.code: item.negative_when for item in BY_CODE.values() if item.measure == "yes_no"}
    expected = (
        dict.fromkeys(BAD_IF_NO, ("no",)) | dict.fromkeys(BAD_IF_YES, ("yes",)) | dict.fromkeys(NO_BAD_ANSWER, ())
    )
    assert marks == expected


def test_a_scale_has_its_options_and_its_bad_end() -> None:
    scales = {
        "yes_no": ("yes", "no"),
        "frequency": ("always", "mostly", "sometimes", "never"),
        "four_point": ("very_good", "good", "bad", "very_bad"),
    }
    for item in BY_CODE.values():
        if item.measure in scales:
            assert item.type == "single"
            assert tuple(option.code for option in item.options) == scales[item.measure], item.code
        if item.measure == "frequency":
            assert item.negative_when == ("mostly", "sometimes", "never"), item.code
        if item.measure == "four_point":
            assert item.negative_when == NEGATIVE_OVERALL, item.code


def test_whatever_is_critical_is_also_negative() -> None:
    for item in BY_CODE.values():
        assert set(item.critical_when) <= set(item.negative_when), item.code
        assert not set(item.critical_when) & set(item.key_when), item.code


def test_only_none_goes_with_no_other_answer() -> None:
    for item in BY_CODE.values():
        exclusive = [option.code for option in item.options if option.exclusive]
        has_none = item.type == "multiple" and any(option.code == "none" for option in item.options)
        assert exclusive == (["none"] if has_none else []), item.code
        assert "none" not in item.negative_when


def test_stuffing_tells_what_was_seen_from_signs_and_hearsay() -> None:
    assert [option.code for option in BY_CODE["b36_stuffing"].options] == ["none", "seen", "signs", "told"]


def test_every_scale_offers_not_observed_the_overall_ones_too() -> None:
    for item in BY_CODE.values():
        if item.measure in ("four_point", "frequency"):
            assert "not_observed" in item.blanks, item.code


def test_only_what_may_not_exist_offers_not_applicable() -> None:
    assert {item.code for item in BY_CODE.values() if "not_applicable" in item.blanks} == {
        "a17_ballots_match",
        "e16_pec_reaction",
    }


def test_every_critical_answer_is_followed_by_how_it_is_known() -> None:
    for form in FORMS.values():
        codes = [item.code for item in form.items()]
        for item in form.items():
            if not item.critical_when or item.code == "e13_team_safe":  # E07 asks it for all of form E
                continue
            follows = BY_CODE[f"{item.id.lower()}_how_known"]
            assert [option.code for option in follows.options] == ["saw", "traces", "told"]
            assert 1 <= codes.index(follows.code) - codes.index(item.code) <= 2, item.code


def test_candidates_are_data() -> None:
    assert {item.code for item in BY_CODE.values() if item.options_from} == {"a10_proxies", "b13_proxies"}


def test_an_incident_can_be_sent_with_its_category_alone() -> None:
    assert {item.code for item in ITEMS["E"] if item.required} == {"e04_category"}
    assert len(BY_CODE["e04_category"].options) == 5


def test_the_header_names_the_fields_of_a_report() -> None:
    fields = {item.code.split("_", 1)[1] for item in HEADER}
    assert fields >= {"form", "form_version", "place", "visit_no", "arrived_at", "departed_at", "filled_by"}
    assert fields >= {"other_teams", "comment", "settlement", "ps_type"}


def test_what_waits_for_a_native_speaker_stands_in_the_forms_as_listed() -> None:
    listed = json.loads((FOLDER / "native-check.json").read_text("utf-8"))["kk"]
    rows = [row for row in listed if row["form"] in ITEMS]
    assert len(rows) >= 80
    for row in rows:
        assert _text(row["form"], row["where"]) == row["text"], row


def _text(form: str, where: str) -> str:
    place, _, field = where.partition(".")
    if place.startswith("section "):
        return next(one.label["kk"] for one in FORMS[form].sections if one.code == place.split()[1])
    if place.startswith("K"):
        check = next(one for one in FORMS[form].checks if one.code == place)
        return (check.message if field == "message" else check.label)["kk"]
    item = BY_CODE[place]
    if field.startswith("options."):
        return next(option.label["kk"] for option in item.options if option.code == field.split(".")[1])
    text: dict[str, str] = getattr(item, field)
    return text["kk"]
