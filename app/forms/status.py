"""What one answer says: a value, a kind of blank, or nothing.

The wire keeps whatever a phone sent. A value that its question cannot have (an option that does not exist, a word
where a number belongs) is kept too, and counts as missing.
"""

import math
from collections.abc import Callable
from typing import Any, Literal

from app.forms.expressions import moment
from app.forms.model import Item

Status = Literal["answered", "not_observed", "not_applicable", "no_access", "missing"]
WHOLE_MAX = 2**53 - 1
"""The greatest whole number that phones and server hold alike."""


def status(item: Item, answer: object) -> Status:
    """`answer` as on the wire: a value, {"blank": kind}, or None (says empty, or says nothing)."""
    match answer:
        case {"blank": "not_observed"}:
            return "not_observed"
        case {"blank": "not_applicable"}:
            return "not_applicable"
        case {"blank": "no_access"}:
            return "no_access"
    return "answered" if _FITS[item.type](item, answer) else "missing"


def outside(item: Item, answer: object) -> bool:
    """Whether an answer was given that the question cannot have."""
    return answer not in (None, "", []) and item.type != "note" and status(item, answer) == "missing"


def _chosen(item: Item, answer: object) -> bool:
    return isinstance(answer, str) and any(option.code == answer for option in item.options)


def _all_chosen(item: Item, answer: object) -> bool:
    return isinstance(answer, list) and bool(answer) and all(_chosen(item, code) for code in answer)


def _number(_: Item, answer: object) -> bool:
    return isinstance(answer, int | float) and not isinstance(answer, bool) and abs(answer) < math.inf


def _whole(_: Item, answer: Any) -> bool:
    return _number(_, answer) and abs(answer) <= WHOLE_MAX and answer == int(answer)


def _text(_: Item, answer: object) -> bool:
    return isinstance(answer, str) and answer != ""


def _moment(item: Item, answer: object) -> bool:
    return isinstance(answer, str) and moment(answer) == item.type


_FITS: dict[str, Callable[[Item, Any], bool]] = {
    "single": _chosen,
    "multiple": _all_chosen,
    "integer": _whole,
    "decimal": _number,
    "text": _text,
    "time": _moment,
    "date": _moment,
    "datetime": _moment,
    "note": lambda item, answer: False,
    "photo": lambda item, answer: answer is not None,
    "point": lambda item, answer: answer is not None,
}
