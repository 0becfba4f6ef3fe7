"""Judging a checklist before it is published, and compiling the one that has no fault.

A complaint has a stable code, the place in the checklist, the language where one is missing, and one sentence with
the cure. What is said of expressions stands in check_expressions.py.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from app.errors import Place, UrnaError
from app.forms.check_expressions import check_expressions, sources
from app.forms.complaint import Complaint
from app.forms.expressions import parse
from app.forms.model import Checklist, Item, Text

__all__ = ["Complaint", "check_checklist", "compile_checklist"]

SHORT_LABEL_MAX = 60
OPTIONS_MAX = 80
"""Answers are kept as sets of bits where they are counted; an option beyond would count as observed under none."""
CHOICES = ("single", "multiple")


def check_checklist(checklist: Checklist) -> list[Complaint]:
    """Every fault, in the order of the checklist; empty where it may be published. Codes: docs/expressions.md."""
    return [
        *_duplicates(checklist),
        *_texts(checklist),
        *_choices(checklist),
        *_pointers(checklist),
        *check_expressions(checklist),
    ]


def compile_checklist(checklist: Checklist) -> Checklist:
    """The checklist with the AST of each of its expressions. Raises UrnaError `checklist_invalid`, whose places are
    the complaints."""
    complaints = check_checklist(checklist)
    if complaints:
        places = [Place(complaint.where, complaint.code, complaint.message) for complaint in complaints]
        raise UrnaError("checklist_invalid", f"The checklist has {len(places)} faults; errors names each.", places)
    texts = dict.fromkeys(source.text for source in sources(checklist))
    return checklist.model_copy(update={"expressions": {text: parse(text) for text in texts}})


def _duplicates(checklist: Checklist) -> Iterator[Complaint]:
    yield from _twice("section", (section.code for section in checklist.sections))
    yield from _twice("item", (item.code for item in checklist.items()))
    yield from _twice("check", (check.code for check in checklist.checks))
    yield from _twice("language", checklist.languages)
    for item in checklist.items():
        yield from _twice(f"{item.code}.options", (option.code for option in item.options))


def _twice(kind: str, codes: Iterable[str]) -> Iterator[Complaint]:
    for code, times in Counter(codes).items():
        if times > 1:
            message = f"The code {code} stands {times} times: give each its own."
            yield Complaint("duplicate_code", f"{kind} {code}", None, message)


def _texts(checklist: Checklist) -> Iterator[Complaint]:
    if not checklist.languages:
        yield Complaint("missing_translation", "languages", None, "No language is named: name at least one.")
    for where, text, must in _all_texts(checklist):
        if must or text:
            yield from _untranslated(checklist, where, text)
    for item in checklist.items():
        for language, short in item.short_label.items():
            if len(short) > SHORT_LABEL_MAX:
                message = f"{item.code}.short_label has {len(short)} characters in {language}: keep to 60."
                yield Complaint("short_label_too_long", f"{item.code}.short_label", language, message)


def _all_texts(checklist: Checklist) -> Iterator[tuple[str, Text, bool]]:
    """Place, text per language, whether it must be there at all."""
    yield "title", checklist.title, True
    for section in checklist.sections:
        yield f"section {section.code}.label", section.label, True
        yield f"section {section.code}.hint", section.hint, False
    for item in checklist.items():
        yield from _item_texts(item)
    for check in checklist.checks:
        yield f"{check.code}.label", check.label, True
        yield f"{check.code}.message", check.message, True


def _item_texts(item: Item) -> Iterator[tuple[str, Text, bool]]:
    yield f"{item.code}.label", item.label, True
    yield f"{item.code}.hint", item.hint, False
    yield f"{item.code}.short_label", item.short_label, False
    yield f"{item.code}.constraint_message", item.constraint_message, False
    for option in item.options:
        yield f"{item.code}.options.{option.code}.label", option.label, True


def _untranslated(checklist: Checklist, where: str, text: Text) -> Iterator[Complaint]:
    for language in checklist.languages:
        if not text.get(language, "").strip():
            yield Complaint("missing_translation", where, language, f"{where} has no text in {language}: add it.")


def _choices(checklist: Checklist) -> Iterator[Complaint]:
    for item in checklist.items():
        if item.type in CHOICES and not item.options and not item.options_from:
            yield Complaint("no_options", item.code, None, f"{item.code} is a choice without options: add them.")
        if len(item.options) > OPTIONS_MAX:
            message = f"{item.code} has {len(item.options)} options: keep to {OPTIONS_MAX}, or make two questions."
            yield Complaint("too_many_options", f"{item.code}.options", None, message)
        if item.type not in CHOICES and (item.options or item.options_from):
            message = f"{item.code} has options but is no choice: make it single or multiple, or take them away."
            yield Complaint("options_misplaced", item.code, None, message)
        if item.constraint and not item.constraint_message:
            message = f"{item.code} has a constraint without a message: say what to correct, in every language."
            yield Complaint("constraint_without_message", f"{item.code}.constraint", None, message)
    for check in checklist.checks:
        if check.difference is None and any("{difference}" in text for text in check.message.values()):
            message = f"The message of {check.code} shows a difference that is not defined: define it."
            yield Complaint("difference_undefined", f"{check.code}.message", None, message)


def _pointers(checklist: Checklist) -> Iterator[Complaint]:
    """What points at an item or an option that does not exist."""
    codes = {item.code for item in checklist.items()}
    for field in ("access", "stayed_until", "overall"):
        code = getattr(checklist, field)
        if code is not None and code not in codes:
            yield Complaint("dangling_reference", field, None, f"{field} names no item: name one, or leave it out.")
    for item in checklist.items():
        for field in ("negative_when", "key_when", "critical_when"):
            yield from _absent_options(item, field)


def _absent_options(item: Item, field: str) -> Iterator[Complaint]:
    named = getattr(item, field)
    if isinstance(named, str) or item.options_from:
        return
    options = {option.code for option in item.options}
    for code in named:
        if code not in options:
            message = f"{item.code}.{field} names {code}, which is no option of {item.code}: name one that is."
            yield Complaint("dangling_reference", f"{item.code}.{field}", None, message)
