"""One cell's text -> a value, or the fault and its cure. Pure. The cell is not blank."""

import re
from functools import cache
from zoneinfo import available_timezones

from app.setup.complaints import shown

CODE_CHARACTERS_MAX = 64
TEXT_CHARACTERS_MAX = 400

_THOUSANDS = re.compile(r"[0-9]{1,3}(?:[ \u00a0\u202f][0-9]{3})+")
_WHOLE = re.compile(r"([0-9]{1,12})(?:\.0{1,6})?")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,3}(?:[.,][0-9]{0,20})?")
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3])[:.]([0-5][0-9])(?::00)?")
_YES = frozenset({"yes", "true", "1", "да", "иә"})
_NO = frozenset({"no", "false", "0", "нет", "жоқ"})


class Unfit(ValueError):
    """A cell's text is no value of its field. The sentence names the value and the cure."""

    def __init__(self, code: str, message: str) -> None:
        self.code, self.message = code, message
        super().__init__(message)


def code(text: str) -> str:
    """A name by which machines find a thing: one line, at most 64 characters."""
    if len(text) > CODE_CHARACTERS_MAX:
        raise Unfit("too_long", f'"{shown(text)}" has {len(text)} characters, a code at most {CODE_CHARACTERS_MAX}.')
    if not text.isprintable():
        raise Unfit("code_unfit", f'"{shown(text)}" breaks over lines or has a tabulator. Type the code in one line.')
    return text


def label(text: str) -> str:
    """A text for people, at most 400 characters; line ends inside become blanks."""
    text = " ".join(text.split())
    if len(text) > TEXT_CHARACTERS_MAX:
        raise Unfit("too_long", f'"{shown(text)}" has {len(text)} characters, at most {TEXT_CHARACTERS_MAX} fit.')
    return text


def whole(text: str, low: int, high: int) -> int:
    """A whole number; `2 511` and `2511.0` are read as 2511."""
    match = _WHOLE.fullmatch(re.sub(r"\s", "", text) if _THOUSANDS.fullmatch(text) else text)
    if match is None:
        raise Unfit("not_a_number", f'"{shown(text)}" is no whole number. Write digits only, as in 2511.')
    number = int(match[1])
    if not low <= number <= high:
        raise Unfit("out_of_range", f'"{shown(text)}" lies outside {low} to {high}. Check the figure.')
    return number


def degrees(text: str, limit: int) -> float:
    """A coordinate in decimal degrees; a decimal comma is read as a point."""
    if not _DECIMAL.fullmatch(text):
        raise Unfit(
            "not_a_number",
            f'"{shown(text)}" is no coordinate. Write decimal degrees, as in 41.6903, or leave it blank.',
        )
    number = float(text.replace(",", "."))
    if abs(number) > limit:
        raise Unfit(
            "out_of_range", f'"{shown(text)}" lies outside -{limit} to {limit} degrees. Are lat and lon swapped?'
        )
    return number


def clock(text: str) -> str:
    """A time of day as HH:MM."""
    match = _CLOCK.fullmatch(text)
    if match is None:
        raise Unfit("not_a_time", f'"{shown(text)}" is no time of day. Write hours and minutes, as in 07:00.')
    return f"{int(match[1]):02}:{match[2]}"


def yes_no(text: str) -> bool:
    said = text.casefold()
    if said not in _YES | _NO:
        raise Unfit("not_yes_or_no", f'"{shown(text)}" is neither yes nor no. Write yes or no, or leave it blank.')
    return said in _YES


def one_of(text: str, options: tuple[str, ...]) -> str:
    said = text.casefold()
    if said not in options:
        raise Unfit("not_an_option", f'"{shown(text)}" is not one of {", ".join(options)}.')
    return said


def zone(text: str) -> str:
    """An IANA time zone that this machine knows."""
    if text not in _zones():
        message = (
            f'"{shown(text)}" is no time zone. Write its IANA name, as in Asia/Almaty; an offset like +5 will not do.'
        )
        raise Unfit("zone_unknown", message)
    return text


@cache
def _zones() -> frozenset[str]:
    return frozenset(name for name in available_timezones() if "/" in name or name == "UTC")
