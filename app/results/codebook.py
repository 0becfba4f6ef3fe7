"""GET /v1/codebook: every variable of the published checklists, and what its codes mean; as JSON, workbook and page."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.forms.expressions import parse
from app.forms.model import Checklist, Item, Text
from app.results.bits import negative_options
from app.results.codebook_words import Option, both, in_words
from app.results.formats.xlsx import Cell, Sheet
from app.results.forms import FormColumns, Question
from app.results.mirror import Mirror
from app.results.query import Query
from app.results.source import Asked, ask

MISSING = {
    "not_observed": "Chosen: could not be seen",
    "no_access": "Chosen, or access was refused",
    "not_applicable": "Chosen, or skipped by an earlier answer",
    "missing": "Left empty, or a value that the question cannot have",
    "not_in_version": "The report's version of the checklist does not ask it",
}
"""Kinds of blank; none of them is an option of any question."""
Variable = dict[str, Any]


def codebook(mirror: Mirror, query: Query, at: int) -> dict[str, Any]:
    """The body without its stamp."""
    return codebook_of(ask(mirror, query, at))


def codebook_of(asked: Asked) -> dict[str, Any]:
    """The variables of the checklists that are asked for."""
    at = asked.at
    return {
        "forms": [_form(form, at) for form in asked.forms],
        "variables": [_variable(form, question, at) for form in asked.forms for question in form.questions(at)],
        "missing_codes": MISSING,
    }


def option_labels(form: FormColumns, code: str, at: int) -> dict[str, Text]:
    """Options that a question offered in any version, each with its newest label."""
    return {option: item.label for option, item in _options_of(form, code, at).items()}


def text_of(lang: str | None, *texts: Text) -> str:
    """The first of these texts that is there in a language; else the first that is there at all."""
    own = (text[lang] for text in texts if lang is not None and text.get(lang))
    return next(own, None) or next((word for text in texts for word in text.values() if word), "")


def sheets(book: Mapping[str, Any], languages: Sequence[str]) -> Iterator[Sheet]:
    """Variables, and the labels of their values, as sheets of a workbook."""
    yield Sheet("codebook", _heads(languages), (_line(one, languages) for one in book["variables"]), WIDTHS)
    heads = ["form", "variable", "code", *(f"label_{lang}" for lang in languages), "negative"]
    yield Sheet("values", heads, _values(book, languages), (8, 28, 20, *(40 for _ in languages)))
    yield Sheet("missing", ["code", "meaning"], list(book["missing_codes"].items()), (18, 60))


WIDTHS = (8, 28)
PLAIN = ("form", "name", "id")
MORE = ("type", "measure", "unit", "blanks", "first_version", "last_version", "relevant")


def _heads(languages: Sequence[str]) -> list[str]:
    named = [f"{part}_{lang}" for part in ("label", "short_label", "asked_when") for lang in languages]
    return [*PLAIN, *named, *MORE]


def _line(one: Variable, languages: Sequence[str]) -> list[Cell]:
    labels = [one[part].get(lang) for part in ("label", "short_label", "asked_when") for lang in languages]
    more = [" ".join(one[name]) if name == "blanks" else one[name] for name in MORE]
    return [*(one[name] for name in PLAIN), *labels, *more]


def _values(book: Mapping[str, Any], languages: Sequence[str]) -> Iterator[list[Cell]]:
    for one in book["variables"]:
        for option in one["options"]:
            labels = [option["label"].get(lang) for lang in languages]
            yield [one["form"], one["name"], option["code"], *labels, option["negative"]]


def _form(form: FormColumns, at: int) -> dict[str, Any]:
    newest = form.newest(at)
    assert newest is not None, "ask chooses published checklists only"
    return {
        "form": form.code,
        "title": newest.title,
        "stage": newest.stage,
        "place": newest.place,
        "languages": list(newest.languages),
        "versions": sorted(checklist.version for from_seq, checklist in form.versions if from_seq <= at),
    }


def _variable(form: FormColumns, question: Question, at: int) -> Variable:
    item = question.item
    checklist = form.version(question.last_version, at)
    section = _section_relevant(checklist, item)
    return {
        "name": item.code,
        "form": question.form,
        "id": item.id,
        "label": item.label,
        "short_label": item.short_label,
        "hint": item.hint,
        "type": item.type,
        "measure": item.measure,
        "unit": item.unit,
        "options": _options(form, question, at),
        "blanks": list(item.blanks),
        "negative_when": item.negative_when if isinstance(item.negative_when, str) else None,
        "relevant": item.relevant,
        "section_relevant": section,
        "asked_when": _asked_when(checklist, section, item.relevant),
        "first_version": question.first_version,
        "last_version": question.last_version,
    }


def _asked_when(checklist: Checklist | None, section: str | None, own: str | None) -> Text:
    """The condition in words, in each language of the checklist."""
    if checklist is None:
        return {}
    tree = both(*(parse(text) if text else None for text in (section, own)))
    items = {item.code: item for item in checklist.items()}

    def named(lang: str) -> Text:
        return {code: text_of(lang, item.short_label, item.label) for code, item in items.items()}

    def option(lang: str) -> Option:
        labels = {(i.code, one.code): text_of(lang, one.label) for i in items.values() for one in i.options}
        return lambda code, value: labels.get((code, value))

    return {lang: in_words(tree, lang, named(lang).get, option(lang)) for lang in checklist.languages}


def _options(form: FormColumns, question: Question, at: int) -> list[dict[str, Any]]:
    """Of all versions, each with its newest label."""
    labels = _options_of(form, question.item.code, at)
    bad = negative_options(question.item)
    return [
        {"code": code, "label": labels[code].label, "negative": code in bad, "exclusive": labels[code].exclusive}
        for code in question.shown_options
        if code in labels
    ]


def _options_of(form: FormColumns, code: str, at: int) -> dict[str, Any]:
    labels: dict[str, Any] = {}
    for checklist in sorted((c for seq, c in form.versions if seq <= at), key=lambda c: c.version):
        for item in checklist.items():
            if item.code == code:
                labels |= {option.code: option for option in item.options}
    return labels


def _section_relevant(checklist: Checklist | None, item: Item) -> str | None:
    sections = checklist.sections if checklist else ()
    return next((section.relevant for section in sections if item in section.items), None)
