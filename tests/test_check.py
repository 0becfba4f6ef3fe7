"""Judging a checklist: one fault made at a time in a checklist that has none, and the complaint it must bring."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from app.errors import UrnaError
from app.forms.check import check_checklist, compile_checklist
from app.forms.expressions import parse
from app.forms.model import Checklist

LANGUAGES = ("en", "ru")


def text(words: str) -> dict[str, str]:
    return {language: f"{words} {language}" for language in LANGUAGES}


def options(*codes: str) -> list[dict[str, Any]]:
    return [{"code": code, "label": text(code)} for code in codes]


ACCESS = {
    "code": "b01_access", "id": "B01", "type": "single", "label": text("Access"), "measure": "nominal",
    "options": options("full", "refused"), "negative_when": ["refused"], "critical_when": ["refused"],
    "blanks": ["not_observed"], "hint": text("What counts"), "short_label": text("Access"),
}  # fmt: skip
PRESENT = {
    "code": "b12_present", "id": "B12", "type": "multiple", "label": text("Present"), "measure": "multiple",
    "options": options("proxies", "police", "none"), "relevant": "${b01_access} != 'refused'",
}  # fmt: skip
VOTED = {
    "code": "b17_voted", "id": "B17", "type": "integer", "label": text("Voted"), "measure": "count",
    "relevant": "selected(${b12_present}, 'police')", "constraint": ". <= ${station.voters}",
    "constraint_message": text("More than are listed"), "required": "${header.visit_no} > 1",
    "negative_when": ". > 900",
}  # fmt: skip
CHECK = {
    "code": "K07", "rule": "${b17_voted} <= ${station.voters}", "applies": "${settings.issued} = 'total'",
    "label": text("Turnout"), "message": text("{difference} too many"),
    "difference": "${b17_voted} - ${station.voters}",
}  # fmt: skip
GOOD: dict[str, Any] = {
    "code": "B", "stage": "voting", "version": 1, "languages": list(LANGUAGES), "title": text("Voting"),
    "place": "station", "access": "b01_access", "overall": "b01_access",
    "sections": [
        {"code": "start", "label": text("Start"), "items": [ACCESS, PRESENT]},
        {"code": "voting", "label": text("Voting"), "relevant": "${b01_access} != 'refused'", "items": [VOTED]},
    ],
    "checks": [CHECK],
}  # fmt: skip

Change = Callable[[dict[str, Any]], Any]


def broken(change: Change) -> Checklist:
    checklist = deepcopy(GOOD)
    change(checklist)
    return Checklist.model_validate(checklist)


def item(checklist: dict[str, Any], code: str) -> dict[str, Any]:
    found = [each for section in checklist["sections"] for each in section["items"] if each["code"] == code]
    return found[0]  # type: ignore[no-any-return]


def put(code: str, **fields: Any) -> Change:
    """A change of one item, or of the check K07."""
    return lambda form: (form["checks"][0] if code == "K07" else item(form, code)).update(fields)


def rule(source: str) -> Change:
    return put("K07", rule=source)


def section(index: int, **fields: Any) -> Change:
    return lambda form: form["sections"][index].update(fields)


def test_a_checklist_without_fault_brings_no_complaint() -> None:
    assert check_checklist(Checklist.model_validate(GOOD)) == []


LONG = {"en": "x" * 61, "ru": "y" * 60}
FAULTS: list[tuple[str, str, str | None, str, Change]] = [
    # code, place, language, words of the message, what was broken
    ("expression_invalid", "b12_present.relevant", None, "Write = once",
     put("b12_present", relevant="${b01_access} == 'full'")),
    ("expression_invalid", "K07.rule", None, "at character 15", rule("${b17_voted} <")),
    ("expression_too_deep", "K07.rule", None, "64 brackets", rule("(" * 65 + "1" + ")" * 65)),
    ("expression_too_long", "K07.rule", None, "10000 characters", rule("1" * 10_001)),
    ("regex_not_shared", "b17_voted.constraint", None, "one fixed form",
     put("b17_voted", constraint="regex(., '(a+)+')")),
    ("unknown_function", "K07.rule", None, "did you mean selected?", rule("selectd(${b12_present}, 'police')")),
    ("unknown_function", "K07.rule", None, "docs/expressions.md", rule("foo(${b17_voted})")),
    ("refused_function", "K07.rule", None, "no repeats", rule("position(${b17_voted}) = 1")),
    ("refused_function", "b17_voted.constraint", None, "keeps its own times",
     put("b17_voted", constraint="once(now()) = .")),
    ("refused_function", "K07.applies", None, "another value each time", put("K07", applies="uuid() = ''")),
    ("refused_function", "K07.rule", None, "option's code", rule("jr:choice-name('a', ${b12_present}) = 'x'")),
    ("wrong_arity", "K07.rule", None, "gives selected() 1 arguments: give it 2.", rule("selected(${b12_present})")),
    ("wrong_arity", "K07.rule", None, "give it 2 to 3", rule("substr(${b17_voted}) = ''")),
    ("wrong_arity", "K07.rule", None, "give it 1 or more", rule("sum() = 0")),
    ("wrong_arity", "K07.rule", None, "give it 0", rule("true(1)")),
    ("unknown_question", "K07.rule", None, "did you mean b17_voted?", rule("${b17_vote} > 1")),
    ("unknown_question", "b17_voted.required", None, "question of this checklist",
     put("b17_voted", required="${zzz} = 1")),
    ("unknown_question", "section voting.relevant", None, "zzz", section(1, relevant="${zzz} = 1")),
    ("unknown_context", "K07.rule", None, "did you mean voters?", rule("${station.voter} > 1")),
    ("unknown_context", "K07.rule", None, "header, station or settings", rule("${other.x} > 1")),
    ("unknown_context", "K07.severity_when", None, "did you mean station?",
     put("K07", severity_when="${staton.voters} > 1")),
    ("dot_out_of_place", "K07.rule", None, "write ${code}", rule(". > 1")),
    ("dot_out_of_place", "b17_voted.relevant", None, "write ${code}", put("b17_voted", relevant=". > 1")),
    ("cycle", "b12_present.relevant", None, "b12_present -> b12_present",
     put("b12_present", relevant="${b12_present} != ''")),
    ("cycle", "b17_voted.relevant", None, "waits for itself", section(1, relevant="${b17_voted} > 1")),
    ("unknown_option", "b12_present.relevant", None, "did you mean refused?",
     put("b12_present", relevant="${b01_access} != 'refuse'")),
    ("unknown_option", "K07.applies", None, "full or refused", put("K07", applies="'zzz' = ${b01_access}")),
    ("unknown_option", "K07.rule", None, "proxies", rule("selected(${b12_present}, 'proxy')")),
    ("unknown_option", "K07.rule", None, "no_access", rule("blank(${b17_voted}) = 'refused'")),
    ("blank_not_offered", "K07.rule", None, "b01_access.blanks", rule("blank(${b01_access}) = 'no_access'")),
    ("blank_without_question", "K07.rule", None, "blank(${code})", rule("blank('x') = ''")),
    ("format_not_shared", "K07.rule", None, "%d", rule("format-date(${header.arrived_at}, '%b') = ''")),
    ("format_not_shared", "K07.rule", None, "%d", rule("format-date(${header.arrived_at}, ${b12_present}) = ''")),
    ("missing_translation", "title", "ru", "title has no text in ru", lambda form: form["title"].pop("ru")),
    ("missing_translation", "section start.label", "ru", "add it", section(0, label={"en": "Start", "ru": "  "})),
    ("missing_translation", "section start.hint", "en", "add it", section(0, hint={"ru": "x"})),
    ("missing_translation", "b01_access.label", "ru", "add it", put("b01_access", label={"en": "Access"})),
    ("missing_translation", "b01_access.hint", "ru", "add it", put("b01_access", hint={"en": "What"})),
    ("missing_translation", "b01_access.short_label", "en", "add it", put("b01_access", short_label={"ru": "x"})),
    ("missing_translation", "b01_access.options.full.label", "ru", "add it",
     lambda form: item(form, "b01_access")["options"][0]["label"].pop("ru")),
    ("missing_translation", "b17_voted.constraint_message", "ru", "add it",
     put("b17_voted", constraint_message={"en": "x"})),
    ("missing_translation", "K07.label", "ru", "add it", put("K07", label={"en": "x"})),
    ("missing_translation", "K07.message", "ru", "add it", put("K07", message={"en": "x"})),
    ("missing_translation", "languages", None, "name at least one", lambda form: form.update(languages=[])),
    ("short_label_too_long", "b01_access.short_label", "en", "61 characters in en",
     put("b01_access", short_label=LONG)),
    ("dangling_reference", "b01_access.negative_when", None, "names refuse,",
     put("b01_access", negative_when=["refuse"])),
    ("dangling_reference", "b01_access.key_when", None, "no option", put("b01_access", key_when=["x"])),
    ("dangling_reference", "b17_voted.critical_when", None, "no option", put("b17_voted", critical_when=["x"])),
    ("dangling_reference", "access", None, "names no item", lambda form: form.update(access="b99")),
    ("dangling_reference", "overall", None, "names no item", lambda form: form.update(overall="b99")),
    ("dangling_reference", "stayed_until", None, "names no item", lambda form: form.update(stayed_until="b99")),
    ("duplicate_code", "section start", None, "2 times", section(1, code="start")),
    ("duplicate_code", "item b01_access", None, "2 times", lambda form: form["sections"][0]["items"].append(ACCESS)),
    ("duplicate_code", "check K07", None, "2 times", lambda form: form["checks"].append(CHECK)),
    ("duplicate_code", "language en", None, "2 times", lambda form: form.update(languages=["en", "ru", "en"])),
    ("duplicate_code", "b12_present.options none", None, "2 times",
     lambda form: item(form, "b12_present")["options"].append(options("none")[0])),
    ("no_options", "b01_access", None, "without options",
     put("b01_access", options=[], negative_when=[], critical_when=[])),
    ("too_many_options", "b12_present.options", None, "has 81 options: keep to 80",
     lambda form: item(form, "b12_present")["options"].extend(options(*(f"o{n}" for n in range(81 - 3))))),
    ("options_misplaced", "b17_voted", None, "no choice", put("b17_voted", options=options("a"))),
    ("constraint_without_message", "b17_voted.constraint", None, "say what to correct",
     put("b17_voted", constraint_message={})),
    ("difference_undefined", "K07.message", None, "define it", put("K07", difference=None)),
]  # fmt: skip


@pytest.mark.parametrize(("code", "where", "language", "words", "change"), FAULTS)
def test_a_fault_brings_one_complaint_with_place_and_cure(
    code: str, where: str, language: str | None, words: str, change: Change
) -> None:
    (complaint,) = check_checklist(broken(change))
    assert (complaint.code, complaint.where, complaint.language) == (code, where, language)
    assert words in complaint.message
    assert complaint.message.endswith((".", "?"))


def test_every_code_of_the_docs_is_tried_and_every_tried_code_is_in_the_docs() -> None:
    page = (Path(__file__).parent.parent / "docs" / "expressions.md").read_text()
    table = page.split("## What is refused")[1]
    listed = {line.split("`")[1] for line in table.splitlines() if line.startswith("| `")}
    assert listed == {code for code, *_ in FAULTS}


@pytest.mark.parametrize(
    "change",
    [
        put("K07", rule="blank(${b12_present}) = 'not_observed' and blank(${b12_present}) != ''"),
        put("K07", rule="${b01_access} != '' and ${b12_present} = 'proxies police'"),
        put("K07", rule="format-date(${header.arrived_at}, '%H:%M 100%%') < '10:00' and ${settings.anything} = 1"),
        put("K07", message=text("no number"), difference=None),
        put("b01_access", options=[], options_from="candidates", negative_when=["c1"], critical_when=[]),
        put("b01_access", hint={}, short_label={}),
        put("b01_access", short_label={"en": "x" * 60, "ru": "қ" * 60}),
        put("b01_access", required=True),
    ],
)
def test_what_is_allowed_brings_no_complaint(change: Change) -> None:
    def whole(form: dict[str, Any]) -> None:
        change(form)
        if item(form, "b01_access").get("options_from"):
            item(form, "b12_present")["relevant"] = None
            form["sections"][1]["relevant"] = "${b01_access} != 'c9'"

    assert check_checklist(broken(whole)) == []


def test_each_circle_of_conditions_is_named_once() -> None:
    def two_circles(form: dict[str, Any]) -> None:
        item(form, "b01_access")["relevant"] = "${b12_present} = ''"
        item(form, "b17_voted")["relevant"] = "${b17_voted} = 1"

    circles = [complaint for complaint in check_checklist(broken(two_circles)) if complaint.code == "cycle"]
    assert len(circles) == 2
    assert {complaint.where for complaint in circles} & {"b01_access.relevant", "b12_present.relevant"}
    assert "b17_voted.relevant" in {complaint.where for complaint in circles}


def test_a_long_circle_is_found_without_deep_recursion() -> None:
    def ring(form: dict[str, Any]) -> None:
        codes = [f"i{number}" for number in range(3000)]
        form["sections"][1]["items"] = [VOTED] + [
            {**VOTED, "code": code, "relevant": f"${{{before}}} = 1"}
            for code, before in zip(codes, codes[-1:] + codes[:-1], strict=True)
        ]

    (complaint,) = check_checklist(broken(ring))
    assert complaint.code == "cycle"


def test_faults_are_all_told_at_once() -> None:
    def several(form: dict[str, Any]) -> None:
        form["title"].pop("ru")
        form["checks"][0]["rule"] = "foo(${zzz}, ${station.zzz}) and 1 = 2"

    codes = [complaint.code for complaint in check_checklist(broken(several))]
    assert sorted(codes) == ["missing_translation", "unknown_context", "unknown_function", "unknown_question"]


def test_a_compiled_checklist_carries_the_tree_of_each_text() -> None:
    compiled = compile_checklist(Checklist.model_validate(GOOD))
    assert set(compiled.expressions) == {
        "${b01_access} != 'refused'", "selected(${b12_present}, 'police')", ". <= ${station.voters}",
        "${header.visit_no} > 1", ". > 900", "${b17_voted} <= ${station.voters}", "${settings.issued} = 'total'",
        "${b17_voted} - ${station.voters}",
    }  # fmt: skip
    assert all(parse(source) == ast for source, ast in compiled.expressions.items())
    assert Checklist.model_validate_json(compiled.model_dump_json()) == compiled


def test_a_checklist_with_faults_is_not_compiled_and_every_place_is_named() -> None:
    with pytest.raises(UrnaError) as caught:
        compile_checklist(broken(put("K07", rule="${zzz} > 1", label={"en": "x"})))
    assert caught.value.code == "checklist_invalid"
    assert {(place.pointer, place.code) for place in caught.value.errors} == {
        ("K07.rule", "unknown_question"),
        ("K07.label", "missing_translation"),
    }
