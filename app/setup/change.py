"""Change settings of a mission that is there: opening hours, the hotline, the embargo."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from app.errors import UrnaError
from app.setup.book import Book
from app.setup.frame import canonical
from app.store.audit import COMMAND, Actor, write_audit
from app.store.tables import Mission, table

MISSIONS = table(Mission)
FACTS = ("code", "name", "day", "zone", "languages")
EMBARGO = ("embargo_until", "embargo_roles")


def change_settings(book: Book, changes: Mapping[str, Any], actor: Actor = COMMAND, reason: str = "") -> dict[str, Any]:
    """The settings as they stand then; null takes one out. An entry of the log, and a line of the audit trail.

    Raises UrnaError `invalid_parameter` for the election day, which is no setting.
    """
    if "day" in changes:
        raise UrnaError("invalid_parameter", "The election day cannot be changed: reports refer to it.")
    row = book.connection.execute(select(MISSIONS).where(MISSIONS.c.code == book.mission)).one()
    merged = {**row.settings, **changes}
    settings = {name: value for name, value in merged.items() if value is not None}
    book.write("setup.mission", canonical({**{name: getattr(row, name) for name in FACTS}, "settings": settings}))
    act = "embargo.set" if set(changes) & set(EMBARGO) else "mission.set"
    facts = {"settings": sorted(changes)}
    write_audit(book.connection, book.mission, actor, act, now=book.head.received_at, reason=reason, facts=facts)
    return settings
