"""The functions of expressions: how many arguments each takes, and what it gives for their values.

Plain functions take values and return a value. `if`, `coalesce`, `blank`, `now`, `today` need more than values and
stand in evaluation.py; ARITY knows all of them. docs/expressions.md has the table.
"""

import math
from collections.abc import Callable

from app.forms.expressions.regexes import matcher
from app.forms.expressions.values import Value, as_number, as_text, as_truth, day_of, day_text, is_empty

MANY = 10_000
ARITY: dict[str, tuple[int, int]] = {
    "selected": (2, 2),
    "true": (0, 0),
    "false": (0, 0),
    "if": (3, 3),
    "not": (1, 1),
    "concat": (1, MANY),
    "string-length": (1, 1),
    "count-selected": (1, 1),
    "today": (0, 0),
    "now": (0, 0),
    "int": (1, 1),
    "sum": (1, MANY),
    "max": (1, MANY),
    "min": (1, MANY),
    "selected-at": (2, 2),
    "round": (1, 2),
    "regex": (2, 2),
    "coalesce": (2, MANY),
    "count": (1, MANY),
    "count-non-empty": (1, MANY),
    "date": (1, 1),
    "number": (1, 1),
    "string": (1, 1),
    "boolean": (1, 1),
    "checklist": (3, MANY),
    "join": (2, MANY),
    "format-date": (2, 2),
    "contains": (2, 2),
    "substr": (2, 3),
    "blank": (1, 1),
}
"""Name -> fewest and most arguments."""
REFUSED = {
    "position": "There are no repeats; give each thing a question of its own.",
    "indexed-repeat": "There are no repeats; name the question as ${code}.",
    "instance": "There are no attached tables; use the station's fields as ${station.name}.",
    "jr:choice-name": "It changes with the language; compare the option's code instead.",
    "once": "It depends on when it runs; leave it out, a report keeps its own times.",
    "uuid": "It gives another value each time; a report has its own id.",
}
"""Functions of XLSForm that are refused on purpose -> the cure."""
DATE_CODES = "YymndeHhMS%"


def codes(value: Value) -> list[str]:
    """The codes of a multiple choice; a text is split at its spaces."""
    return value if isinstance(value, list) else [code for code in as_text(value).split(" ") if code]


def _selected_at(value: Value, index: Value) -> str:
    chosen, place = codes(value), math.modf(as_number(index))[1]
    return chosen[int(place)] if 0 <= place < len(chosen) else ""


def _numbers(values: tuple[Value, ...]) -> list[float]:
    return [as_number(value) for value in values if not is_empty(value)]


def _sum(*values: Value) -> float:
    total = 0.0
    for number in _numbers(values):
        total += number
    return total


def _max(*values: Value) -> float:
    return _extreme(_numbers(values), 1)


def _min(*values: Value) -> float:
    return _extreme(_numbers(values), -1)


def _extreme(numbers: list[float], sign: int) -> float:
    """The first of the greatest (or, for -1, the least); NaN where there is none or one is NaN."""
    if not numbers or any(number != number for number in numbers):
        return math.nan
    best = numbers[0]
    for number in numbers[1:]:
        if sign * number > sign * best:
            best = number
    return best


def _count(*values: Value) -> float:
    return float(sum(not is_empty(value) for value in values))


def half_up(number: float) -> float:
    """The nearest whole number, a half towards +infinity; keeps -0, as Math.round does."""
    if not abs(number) < 2**52:
        return number
    below = math.floor(number)
    whole = float(below if number - below < 0.5 else below + 1)
    return math.copysign(whole, number) if whole == 0 else whole


def _round(value: Value, places: Value = 0.0) -> float:
    number, shift = as_number(value), math.modf(as_number(places))[1]
    if not abs(shift) <= 15:
        return math.nan
    power = float(f"1e{abs(int(shift))}")
    if shift < 0:
        return half_up(number / power) * power
    return half_up(number * power) / power


def _whole(value: Value) -> float:
    return math.modf(as_number(value))[1]


def _regex(text: Value, pattern: Value) -> bool:
    return matcher(as_text(pattern))(as_text(text))


def _date(value: Value) -> str:
    if isinstance(value, float):
        return day_text(value)
    return day_of(as_text(value))


def _checklist(low: Value, high: Value, *values: Value) -> bool:
    least, most, true = as_number(low), as_number(high), sum(map(as_truth, values))
    return (least == -1 or true >= least) and (most == -1 or true <= most)


def _join(separator: Value, *values: Value) -> str:
    return as_text(separator).join(map(as_text, values))


def _substr(value: Value, start: Value, end: Value = math.inf) -> str:
    text = as_text(value)
    return text[_index(start, len(text)) : _index(end, len(text))]


def _index(value: Value, length: int) -> int:
    number = as_number(value)
    return 0 if number != number else int(max(-length, min(length, number)))


def _format_date(value: Value, pattern: Value) -> str:
    seconds = half_up(as_number(value) * 86_400)
    day = day_text(math.floor(seconds / 86_400)) if math.isfinite(seconds) else ""
    if not day:
        return ""
    rest = int(seconds - math.floor(seconds / 86_400) * 86_400)
    return _formatted(as_text(pattern), _fields(day, rest))


def _fields(day: str, rest_s: int) -> dict[str, str]:
    year, month, date = day.split("-")
    hour, minute, second = rest_s // 3600, rest_s // 60 % 60, rest_s % 60
    return {
        "Y": year, "y": year[2:], "m": month, "n": str(int(month)), "d": date, "e": str(int(date)),
        "H": f"{hour:02}", "h": str(hour), "M": f"{minute:02}", "S": f"{second:02}", "%": "%",
    }  # fmt: skip


def _formatted(pattern: str, fields: dict[str, str]) -> str:
    parts, at = [], 0
    while at < len(pattern):
        code = pattern[at + 1 : at + 2] if pattern[at] == "%" else ""
        parts.append(fields.get(code, pattern[at]))
        at += 2 if code in fields else 1
    return "".join(parts)


PLAIN: dict[str, Callable[..., Value]] = {
    "selected": lambda value, code: as_text(code) in codes(value),
    "true": lambda: True,
    "false": lambda: False,
    "not": lambda value: not as_truth(value),
    "concat": lambda *values: "".join(map(as_text, values)),
    "string-length": lambda value: float(len(as_text(value))),
    "count-selected": lambda value: float(len(codes(value))),
    "int": _whole,
    "sum": _sum,
    "max": _max,
    "min": _min,
    "selected-at": _selected_at,
    "round": _round,
    "regex": _regex,
    "count": _count,
    "count-non-empty": _count,
    "date": _date,
    "number": as_number,
    "string": as_text,
    "boolean": as_truth,
    "checklist": _checklist,
    "join": _join,
    "format-date": _format_date,
    "contains": lambda text, part: as_text(part) in as_text(text),
    "substr": _substr,
}
