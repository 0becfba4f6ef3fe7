"""GET /v1/codebook: every variable of the published checklists, and what its codes mean."""

from typing import Any

from app.forms.model import Checklist, Item
from app.results.bits import negative_options
from app.results.forms import FormColumns, Question
from app.results.mirror import Mirror
from app.results.query import Query
from app.results.source import ask

MISSING = {
    "not_observed": "Chosen: could not be seen",
    "no_access": "Chosen, or access was refused",
    "not_applicable": "Chosen, or skipped by an earlier answer",
    "missing": "Left empty, or a value that the question cannot have",
    "not_in_version": "The report's version of the checklist does not ask it",
}
"""Kinds of blank; none of them is an option of any question."""


def codebook(mirror: Mirror, query: Query, at: int) -> dict[str, Any]:
    """The body without its stamp."""
    asked = ask(mirror, query, at)
    return {
        "forms": [_form(form, at) for form in asked.forms],
        "variables": [_variable(form, question, at) for form in asked.forms for question in form.questions(at)],
        "missing_codes": MISSING,
    }


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


def _variable(form: FormColumns, question: Question, at: int) -> dict[str, Any]:
    item = question.item
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
        "section_relevant": _section_relevant(form.version(question.last_version, at), item),
        "first_version": question.first_version,
        "last_version": question.last_version,
    }


def _options(form: FormColumns, question: Question, at: int) -> list[dict[str, Any]]:
    """Of all versions, each with its newest label."""
    labels: dict[str, Any] = {}
    for checklist in sorted((c for seq, c in form.versions if seq <= at), key=lambda c: c.version):
        for item in checklist.items():
            if item.code == question.item.code:
                labels |= {option.code: option for option in item.options}
    bad = negative_options(question.item)
    return [
        {"code": code, "label": labels[code].label, "negative": code in bad, "exclusive": labels[code].exclusive}
        for code in question.shown_options
        if code in labels
    ]


def _section_relevant(checklist: Checklist | None, item: Item) -> str | None:
    sections = checklist.sections if checklist else ()
    return next((section.relevant for section in sections if item in section.items), None)
