"""When a question is asked, in words, from the tree of its condition. Pure.

A condition that needs more than these words is given as it is written, in brackets: nothing is left out.
"""

from collections.abc import Callable, Mapping
from typing import Any

from app.forms.expressions import to_text
from app.forms.model import Text

Named = Callable[[str], str | None]
"""Code of a question -> its label; None for what is none."""
Option = Callable[[str, str], str | None]
"""Codes of question and option -> the option's label."""
WORDS: dict[str, Text] = {
    "=": {"en": "{0} is {1}", "ru": "{0}: {1}", "kk": "{0}: {1}"},
    "!=": {"en": "{0} is not {1}", "ru": "{0}: не {1}", "kk": "{0}: {1} емес"},
    "<": {"en": "{0} is less than {1}", "ru": "{0} меньше {1}", "kk": "{0} {1} мәнінен аз"},
    "<=": {"en": "{0} is at most {1}", "ru": "{0} не больше {1}", "kk": "{0} {1} мәнінен аспайды"},
    ">": {"en": "{0} is more than {1}", "ru": "{0} больше {1}", "kk": "{0} {1} мәнінен көп"},
    ">=": {"en": "{0} is at least {1}", "ru": "{0} не меньше {1}", "kk": "{0} {1} мәнінен кем емес"},
    "selected": {"en": "{0} includes {1}", "ru": "{0}: выбрано {1}", "kk": "{0}: {1} таңдалған"},
    "and": {"en": " and ", "ru": " и ", "kk": " және "},
    "or": {"en": " or ", "ru": " или ", "kk": " немесе "},
    "not": {"en": "not ({0})", "ru": "не ({0})", "kk": "({0}) емес"},
    "count-selected": {"en": "the number of answers to {0}", "ru": "число ответов на {0}", "kk": "{0} жауаптары саны"},
    "always": {"en": "always", "ru": "всегда", "kk": "әрқашан"},
    "asked": {"en": "asked where {0}", "ru": "задаётся, если {0}", "kk": "егер {0} болса, сұралады"},
}  # fmt: skip
COMPARED = ("=", "!=", "<", "<=", ">", ">=", "selected")


def in_words(tree: Any, lang: str, named: Named, option: Option) -> str:
    """The whole sentence: "asked where “Access” is “full”"; "always" for None."""
    if tree is None:
        return _word("always", lang)
    return _word("asked", lang).format(_said(tree, lang, named, option))


def both(first: Any, second: Any) -> Any:
    """The tree of two conditions that must both hold; either may be None."""
    if first is None or second is None:
        return first if second is None else second
    return ["and", first, second]


def _said(tree: Any, lang: str, named: Named, option: Option) -> str:
    match tree:
        case [("and" | "or") as join, *parts]:
            return _word(join, lang).join(_within(join, part, lang, named, option) for part in parts)
        case ["not", part]:
            return _word("not", lang).format(_said(part, lang, named, option))
        case [kind, ["$", code], value] if kind in COMPARED and (subject := named(code)) is not None:
            words = option(code, value) if isinstance(value, str) else None
            return _word(kind, lang).format(_quoted(subject, lang), _value(value, words, lang, named))
        case [kind, ["count-selected", ["$", code]], value] if (
            kind in COMPARED and (subject := named(code)) is not None
        ):
            counted = _word("count-selected", lang).format(_quoted(subject, lang))
            return _word(kind, lang).format(counted, _value(value, None, lang, named))
    return f"({to_text(tree)})"


def _within(join: str, part: Any, lang: str, named: Named, option: Option) -> str:
    said = _said(part, lang, named, option)
    is_other = isinstance(part, list) and part[0] in ("and", "or") and part[0] != join
    return f"({said})" if is_other else said


def _value(value: Any, words: str | None, lang: str, named: Named) -> str:
    match value:
        case str():
            return _quoted(words if words is not None else value, lang)
        case ["$", code] if (subject := named(code)) is not None:
            return _quoted(subject, lang)
        case list():
            return f"({to_text(value)})"
    return str(value)


def _quoted(text: str, lang: str) -> str:
    return f"“{text}”" if lang == "en" else f"«{text}»"


def _word(kind: str, lang: str) -> str:
    words: Mapping[str, str] = WORDS[kind]
    return words.get(lang) or words["en"]
