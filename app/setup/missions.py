"""A new mission: its log, its first entry, the checklists that it starts with."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, select

from app.errors import UrnaError
from app.forms.model import Checklist
from app.setup import values
from app.setup.book import Book
from app.setup.frame import canonical
from app.setup.guide import refuse_odd_guide
from app.setup.publish import publish
from app.store.log import open_log
from app.store.tables import LogHead, table

HEADS = table(LogHead)
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
_LANGUAGE = re.compile(r"[a-z]{2,3}")


def create_mission(
    connection: Connection,
    code: str,
    name: str,
    day: str,
    zone: str,
    languages: Sequence[str],
    forms: Iterable[Checklist],
    now: datetime,
    settings: Mapping[str, Any] | None = None,
) -> Book:
    """Open the mission's log and publish its first checklists. Raises UrnaError for what cannot be.

    `settings` are what checklists read as `${settings...}`: opens_at, closes_at, issued...; `day` is always among them.
    """
    content = {"code": code, "name": name, "day": _day(day), "zone": _zone(zone), "languages": _languages(languages)}
    _refuse_if_taken(connection, code)
    refuse_odd_guide(settings or {})
    open_log(connection, code, str(uuid4()), now)
    book = Book.open(connection, code, now)
    book.write("setup.mission", canonical({**content, "settings": {**(settings or {}), "day": content["day"]}}))
    for checklist in forms:
        publish(book, checklist)
    return book


def _refuse_if_taken(connection: Connection, code: str) -> None:
    if not _CODE.fullmatch(code):
        raise UrnaError(
            "invalid_parameter", "A mission's code is 1 to 32 Latin letters, digits, - or _, as in KZ-2022."
        )
    if connection.execute(select(HEADS.c.mission).where(HEADS.c.mission == code)).first():
        raise UrnaError("invalid_parameter", "There is a mission of this code already: choose another code.")


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise UrnaError("invalid_parameter", "Write the election day as 2024-10-26.") from None


def _zone(text: str) -> str:
    try:
        return values.zone(text)
    except values.Unfit as fault:
        raise UrnaError("invalid_parameter", fault.message) from None


def _languages(languages: Sequence[str]) -> list[str]:
    if not languages or len(set(languages)) < len(languages) or not all(map(_LANGUAGE.fullmatch, languages)):
        raise UrnaError("invalid_parameter", "Write the languages as en,ru,kk: ISO codes, the first one first.")
    return list(languages)
