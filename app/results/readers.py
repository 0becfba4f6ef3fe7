"""Readers of single query parameters: raw texts in, a normal value out, or a refusal that says what is taken. Pure."""

import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise

from app.errors import UrnaError
from app.results.query import ITEM, TEXT_MAX, VALUES_MAX, Bands, Moment, Reader, wrong

NUMBER_MAX = 2**63 - 1
CODE = re.compile(r"[a-z][a-z0-9_]{0,31}")
SNAPSHOT = re.compile(r"[a-z][a-z0-9-]{0,39}")
"""The name of a snapshot; it can be taken for no number and no time."""
CURSOR = re.compile(r"[0-9]{1,19}(\.[0-9]{1,19}\.[0-9a-z]{1,8})?")
OFFSET_AS_BLANK = re.compile(r" (\d{2}:?\d{2})$")


def _split(name: str, raw: list[str]) -> list[str]:
    parts = [part.strip() for value in raw for part in value.split(",")]
    if any(not part or len(part) > TEXT_MAX for part in parts):
        raise wrong(name, f"{name} is a list of values with commas between, none of them empty")
    if len(parts) > VALUES_MAX:
        raise wrong(name, f"{name} has more than {VALUES_MAX} values")
    return parts


def texts(name: str, raw: list[str]) -> tuple[str, ...]:
    return tuple(sorted(set(_split(name, raw))))


def whole_texts(name: str, raw: list[str]) -> tuple[str, ...]:
    """Names that may hold commas: repeated, never split."""
    if any(not value or len(value) > TEXT_MAX for value in raw):
        raise wrong(name, f"{name} is a name; repeat the parameter for several")
    return tuple(sorted(set(raw)))


def codes(name: str, raw: list[str]) -> tuple[str, ...]:
    parts = _split(name, raw)
    if not all(CODE.fullmatch(part) for part in parts):
        raise wrong(name, f"{name} takes item codes: a letter, then letters, digits and underscores, 32 at most")
    return tuple(sorted(set(parts)))


def questions(name: str, raw: list[str]) -> tuple[str, ...]:
    return ("*",) if "*" in _split(name, raw) else codes(name, raw)


def fields(name: str, raw: list[str]) -> tuple[str, ...]:
    """Columns in the order asked for."""
    return tuple(dict.fromkeys(_split(name, raw)))


def one_of(*allowed: str) -> Reader:
    def read(name: str, raw: list[str]) -> str:
        if raw[0] not in allowed:
            raise wrong(name, f"{name} is one of {', '.join(allowed)}")
        return raw[0]

    return read


def some_of(*allowed: str) -> Callable[[str, list[str]], tuple[str, ...]]:
    def read(name: str, raw: list[str]) -> tuple[str, ...]:
        parts = texts(name, raw)
        if not set(parts) <= set(allowed):
            raise wrong(name, f"{name} takes {', '.join(allowed)}")
        return parts

    return read


def any_or(*allowed: str) -> Reader:
    """Like `some_of`, and the word `any`, with which nothing is filtered."""

    def read(name: str, raw: list[str]) -> tuple[str, ...]:
        parts = some_of(*allowed, "any")(name, raw)
        return () if "any" in parts else parts

    return read


def by(*allowed: str, items: bool = False, at_most: int = 2) -> Reader:
    def read(name: str, raw: list[str]) -> tuple[str, ...]:
        parts = _split(name, raw)
        if len(parts) > at_most or max(Counter(parts).values()) > 1:
            raise wrong(name, f"by takes up to {at_most} different dimensions")
        for part in parts:
            item = items and part.startswith(ITEM) and CODE.fullmatch(part.removeprefix(ITEM))
            if part not in allowed and not item:
                words = (*allowed, *(("item:<code>",) if items else ()))
                raise wrong(name, f"by takes {', '.join(words)}")
        return tuple(parts)

    return read


def hours(name: str, raw: list[str]) -> tuple[int, ...]:
    parts = _split(name, raw)
    if not all(re.fullmatch(r"[0-9]{1,2}", part) and int(part) < 24 for part in parts):
        raise wrong(name, "hour takes whole hours from 0 to 23")
    return tuple(sorted({int(part) for part in parts}))


def whole_number(low: int, high: int) -> Reader:
    def read(name: str, raw: list[str]) -> int:
        if not re.fullmatch(r"[0-9]{1,19}", raw[0]) or not low <= int(raw[0]) <= high:
            raise wrong(name, f"{name} is a whole number from {low} to {high}")
        return int(raw[0])

    return read


def a_time(name: str, raw: list[str]) -> datetime:
    text = OFFSET_AS_BLANK.sub(r"+\1", raw[0])  # a plus sign that nobody escaped arrives as a blank
    try:
        moment = datetime.fromisoformat(text) if len(text) <= 40 else None
        if moment is not None and moment.utcoffset() is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise wrong(name, f"{name} takes a time with its offset, as 2024-10-26T13:00:00+04:00 or with Z")


def a_moment(name: str, raw: list[str]) -> Moment:
    if re.fullmatch(r"[0-9]{1,19}", raw[0]) and int(raw[0]) <= NUMBER_MAX:
        return int(raw[0])
    if SNAPSHOT.fullmatch(raw[0]):
        return raw[0]
    try:
        return a_time(name, raw)
    except UrnaError:
        raise wrong(name, f"{name} takes a number of the log, a time with its offset or a snapshot's name") from None


def snapshot(name: str, raw: list[str]) -> str:
    if not SNAPSHOT.fullmatch(raw[0]):
        raise wrong(name, f"{name} takes the name of a snapshot")
    return raw[0]


def where(name: str, raw: list[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    pairs = set()
    for value in raw:
        item, colon, options = value.partition(":")
        if not colon or not CODE.fullmatch(item):
            raise wrong(name, "where is <item>:<option>, with commas between options that will do")
        pairs.add((item, codes(name, [options])))
    return tuple(sorted(pairs))


def ratio(name: str, raw: list[str]) -> tuple[str, str]:
    above, slash, below = raw[0].partition("/")
    if not slash or not CODE.fullmatch(above) or not CODE.fullmatch(below):
        raise wrong(name, "ratio is <item>/<item>")
    return above, below


def bands(name: str, raw: list[str]) -> Bands:
    parts = _split(name, raw)
    clock = all(re.fullmatch(r"[0-4]?[0-9]:[0-5][0-9]", part) for part in parts)
    if not clock and not all(re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,6})?", part) for part in parts):
        raise wrong(name, "bands takes clock times or numbers, not both")
    cuts = tuple(_minutes(part) if clock else float(part) for part in parts)
    if len(cuts) > 50 or any(low >= high for low, high in pairwise(cuts)):
        raise wrong(name, "bands takes up to 50 cuts, each above the one before")
    return Bands(cuts, clock)


def _minutes(text: str) -> float:
    hours, minutes = text.split(":")
    return float(int(hours) * 60 + int(minutes))


def boolean(name: str, raw: list[str]) -> bool:
    return one_of("true", "false")(name, raw) == "true"


def cursor(name: str, raw: list[str]) -> str:
    """As `changes.py` writes it, or a number of the log alone."""
    if not CURSOR.fullmatch(raw[0]):
        raise wrong(name, f"{name} is the cursor of an answer before, or a number of the log")
    return raw[0]


def after(name: str, raw: list[str]) -> str:
    if not 0 < len(raw[0]) <= TEXT_MAX:
        raise wrong(name, "after is what the link to the next page says")
    return raw[0]


def language(name: str, raw: list[str]) -> str:
    if not re.fullmatch(r"[a-z]{2,3}", raw[0]):
        raise wrong(name, "lang is a language code of two or three letters")
    return raw[0]
