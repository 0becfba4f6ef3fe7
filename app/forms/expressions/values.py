"""Values of expressions and how one kind becomes another: XPath 1.0, with the decisions of docs/expressions.md.

A value is a text, a number (float64), a truth value, or a list of codes (the answer to a multiple choice).
"""

import math
import re
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import TypeAlias

Value: TypeAlias = str | float | bool | list[str]

TOLERANCE = 1e-12
_NUMBER = re.compile(r"[ \t\r\n]*(-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))[ \t\r\n]*")
_CLOCK = r"([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]+)?)?"
_DAY = r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
_MOMENT = re.compile(rf"{_DAY}(?:T{_CLOCK}(?:Z|[+-][0-9]{{2}}:?[0-9]{{2}})?)?")
_TIME = re.compile(_CLOCK)
_EPOCH = date(1970, 1, 1).toordinal()
_DAY_S = 86_400


def load(raw: object) -> Value:
    """An answer or a context value as a value; null, blanks and anything else without a value give ''."""
    kind = raw.__class__
    if kind is str or kind is float or kind is bool:
        return raw  # type: ignore[return-value]
    if isinstance(raw, int):
        return _float(raw)
    if isinstance(raw, list):
        return [code for code in raw if isinstance(code, str)]
    return ""


def _float(number: int) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def as_text(value: Value) -> str:
    if value.__class__ is str:
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return " ".join(value)
    return number_text(value)  # type: ignore[arg-type]


def is_empty(value: Value) -> bool:
    return value == "" if value.__class__ is str else isinstance(value, list) and as_text(value) == ""


def as_number(value: Value) -> float:
    """NaN where the text is neither a number nor a date, a time or a date-time (days, without zone)."""
    if value.__class__ is float:
        return value
    if isinstance(value, bool):
        return 1.0 if value else 0.0
    text = as_text(value)
    found = _NUMBER.fullmatch(text)
    return float(found[1]) if found else days(text)


def as_truth(value: Value) -> bool:
    """'' and 'false', 0 and NaN, and an empty list are false."""
    if isinstance(value, bool):
        return value
    if isinstance(value, float):
        return value != 0 and value == value
    return as_text(value) not in ("", "false")


def equal(left: Value, right: Value) -> bool:
    """XPath 1.0: truth values if one is a truth value, else numbers if one is a number, else texts."""
    if left.__class__ is str and right.__class__ is str:
        return left == right
    if isinstance(left, bool) or isinstance(right, bool):
        return as_truth(left) == as_truth(right)
    if isinstance(left, float) or isinstance(right, float):
        return near(as_number(left), as_number(right))
    return as_text(left) == as_text(right)


def near(left: float, right: float) -> bool:
    return left == right or abs(left - right) <= TOLERANCE


@lru_cache(maxsize=4096)
def days(text: str) -> float:
    """Days since 1970-01-01 of an ISO date or date-time (an offset moves nothing), the part of a day of a time."""
    found = _MOMENT.fullmatch(text)
    if found:
        year, month, day, *clock = found.groups()
        ordinal = _ordinal(int(year), int(month), int(day))
        return (ordinal * _DAY_S + _seconds(clock)) / _DAY_S
    found = _TIME.fullmatch(text)
    return _seconds(found.groups()) / _DAY_S if found else math.nan


def moment(text: str) -> str:
    """What a text is in ISO: date, datetime, time (an offset may follow, seconds too), or ''."""
    if math.isnan(days(text)):
        return ""
    if _TIME.fullmatch(text):
        return "time"
    return "date" if len(text) == 10 else "datetime"


def day_of(text: str) -> str:
    """The day of an ISO date or date-time; '' where there is none."""
    return text[:10] if moment(text) in ("date", "datetime") else ""


def _ordinal(year: int, month: int, day: int) -> float:
    try:
        return date(year, month, day).toordinal() - _EPOCH
    except ValueError:
        return math.nan


def _seconds(clock: "list[str | None] | tuple[str | None, ...]") -> float:
    hour, minute, second = (int(part or 0) for part in clock)
    return hour * 3600 + minute * 60 + second if hour < 24 and minute < 60 and second < 60 else math.nan


def day_text(number: float) -> str:
    """The ISO date of a number of days since 1970-01-01; '' outside the years 1 to 9999."""
    if not -719_162 <= number < 2_932_897:
        return ""
    return date.fromordinal(math.floor(number) + _EPOCH).isoformat()


def number_text(number: float) -> str:
    """Number::toString of ECMAScript. Python's repr has the same shortest digits; only the form differs."""
    if number != number:
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    if number.is_integer() and abs(number) < 1e15:
        return str(int(number))
    return ("-" if number < 0 else "") + _digits(abs(number))


def _digits(number: float) -> str:
    _, figures, exponent = Decimal(repr(number)).normalize().as_tuple()
    assert isinstance(exponent, int)
    shown, count = "".join(map(str, figures)), len(figures)
    point = count + exponent
    if count <= point <= 21:
        return shown + "0" * (point - count)
    if 0 < point <= 21:
        return f"{shown[:point]}.{shown[point:]}"
    if -6 < point <= 0:
        return "0." + "0" * -point + shown
    mantissa = shown if count == 1 else f"{shown[0]}.{shown[1:]}"
    return f"{mantissa}e{point - 1:+d}"
