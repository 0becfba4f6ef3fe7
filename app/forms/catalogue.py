"""The built-in catalogue: checklists A to E and the header that all of them carry. The texts are data, in
`catalogue/*.json` beside this file (a folder without `__init__.py`, so that the import finds this module).

built_in()                   code -> Checklist, uncompiled
header()                     the items H01-H14
with_candidates(list, ...)   the same checklist for the candidates of an election

Checks carry the number of shared/method.md section 2 and a letter where one rule became several: K04a and K04b, so
that a blank in one hides nothing of the other; `s` for the reading `issued=station_only`, where R03 leaves out what R04
counts. They read of the mission's settings, all optional: `issued` (total), `ballots_to_voters_max` (1.1), `visit_min`
(30, minutes), `day` (election day), `opens_at` and `closes_at` (HH:MM, where a station has none of its own).
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any, Final, TypedDict

from app.errors import Place, UrnaError
from app.forms.model import Checklist, Item, Text

CODES: Final = ("A", "B", "C", "D", "E")
languages: Final = ("en", "ru", "kk")
"""Every text of the catalogue stands in each of them."""
PROTOCOLS_MAX: Final = 3
"""Protocols of stations that one tabulation report can hold beside each other."""
SHORT_MAX: Final = 60

_FOLDER = Path(__file__).with_suffix("")
_FIRST = "_1"
_HELD = "${d23_held} >= "
_EACH = "_each"
_CANDIDATE = re.compile(r"[a-z][a-z0-9_]{0,19}")
_EXPRESSIONS = (
    "required", "relevant", "constraint", "negative_when", "key_when", "critical_when",
    "rule", "otherwise", "applies", "severity_when", "difference",
)  # fmt: skip
_TEXTS = ("label", "hint", "short_label", "constraint_message")


class Candidate(TypedDict):
    code: str
    """`[a-z][a-z0-9_]{0,19}`: it becomes a part of question codes."""
    name: Text
    """A language without a name takes one of another language."""


def built_in() -> dict[str, Checklist]:
    """The five checklists by code, as written: candidates not filled in, expressions not compiled."""
    return {code: _checklist(code) for code in CODES}


def header() -> tuple[Item, ...]:
    """The items of the header, H01-H14. Their values stand in a report's body, not among its answers."""
    return tuple(Item.model_validate(item) for item in _read("header")["items"])


@lru_cache
def _checklist(code: str) -> Checklist:
    data = _read(code.lower())
    return Checklist.model_validate(data | {"sections": _with_further_protocols(data["sections"])})


def _read(name: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((_FOLDER / f"{name}.json").read_text("utf-8"))
    return data


def _with_further_protocols(sections: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """There are no repeats: sections whose code ends in `_1` stand for the first protocol, and are followed by the
    same sections for the second and the third, which open by how many protocols the team holds."""
    result: list[dict[str, Any]] = []
    for repeated, group in groupby(sections, lambda section: section["code"].endswith(_FIRST)):
        first = list(group)
        result += first
        for number in range(2, PROTOCOLS_MAX + 1) if repeated else ():
            result += [_protocol(section, number) for section in first]
    return result


def _protocol(section: dict[str, Any], number: int) -> dict[str, Any]:
    relevant = f"{section['relevant']} and {_HELD}{number}"
    return _numbered(section, number) | {
        "relevant": relevant,
        "items": [_numbered(item, number) for item in section["items"]],
    }


def _numbered(shape: dict[str, Any], number: int) -> dict[str, Any]:
    texts = {
        key: {language: text.replace(" 1", f" {number}") for language, text in shape[key].items()}
        for key in ("label", "short_label")
        if key in shape
    }
    return shape | texts | {"code": f"{shape['code'].removesuffix(_FIRST)}_{number}"}


def with_candidates(checklist: Checklist, candidates: Sequence[Candidate]) -> Checklist:
    """The checklist with one item a candidate for each item that stands `each="candidates"`, options where they come
    `options_from="candidates"`, and expressions that name them all: `sum(${r12_each})` becomes
    `sum(${r12_c1}, ${r12_c2})`, and `sum(0)` where there are no candidates. Such items of a checklist without
    candidates fall away, so that codes only grow. The result is uncompiled; a checklist without such items, or already
    filled, stays as it is. Raises UrnaError `invalid_request` for a code that cannot become a part of a question's."""
    _require_codes(candidates)
    items = [item for item in checklist.items() if item.each or item.options_from]
    if not items:
        return checklist
    codes = {
        item.code: [_code(item.code, candidate["code"]) for candidate in candidates] for item in items if item.each
    }
    named = [(candidate["code"], _name(candidate, checklist.languages)) for candidate in candidates]
    data = checklist.model_dump(mode="json") | {"expressions": {}}
    for section in data["sections"]:
        section["items"] = [item for one in section["items"] for item in _filled(one, named)]
    return Checklist.model_validate(_expressed(data, lambda text: _named(text, codes)))


def _require_codes(candidates: Sequence[Candidate]) -> None:
    wrong = [number for number, candidate in enumerate(candidates) if not _CANDIDATE.fullmatch(candidate["code"])]
    if wrong:
        detail = "A candidate's code is a small letter, then at most 19 small letters, digits and underscores."
        raise UrnaError("invalid_request", detail, [Place(f"/candidates/{number}/code", "pattern") for number in wrong])


def _code(code: str, candidate: str) -> str:
    return code.replace(_EACH, f"_{candidate}", 1)


def _name(candidate: Candidate, wanted: Sequence[str]) -> Text:
    names = {language: name for language, name in candidate["name"].items() if name.strip()}
    spare = next(iter(names.values()), candidate["code"])
    return {language: names.get(language, spare) for language in wanted}


def _filled(item: dict[str, Any], named: Sequence[tuple[str, Text]]) -> list[dict[str, Any]]:
    if item["each"]:
        return [_of_candidate(item, code, name) for code, name in named]
    if not item["options_from"]:
        return [item]
    options = [{"code": code, "label": name} for code, name in named]
    return [item | {"options": options + item["options"], "options_from": None}] if named else []


def _of_candidate(item: dict[str, Any], code: str, name: Text) -> dict[str, Any]:
    texts = {key: _with_name(item[key], name) for key in _TEXTS}
    texts["short_label"] = {language: text[:SHORT_MAX].rstrip() for language, text in texts["short_label"].items()}
    return item | texts | {"code": _code(item["code"], code), "each": None}


def _with_name(text: Text, name: Text) -> Text:
    return {language: words.replace("{candidate}", name.get(language, "")) for language, words in text.items()}


def _named(text: str, codes: Mapping[str, Sequence[str]]) -> str:
    for code, named in codes.items():
        text = text.replace(f"${{{code}}}", ", ".join(f"${{{one}}}" for one in named) or "0")
    return text


def _expressed(value: Any, change: Callable[[str], str]) -> Any:
    """The same JSON value with every expression in it changed."""
    if isinstance(value, list):
        return [_expressed(each, change) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: change(each) if key in _EXPRESSIONS and isinstance(each, str) else _expressed(each, change)
        for key, each in value.items()
    }
