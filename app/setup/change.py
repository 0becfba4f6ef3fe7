"""Change settings of a mission that is there: opening hours, the hotline, the embargo; close it."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from app.errors import UrnaError
from app.setup.book import Book
from app.setup.frame import canonical
from app.setup.guide import refuse_odd_guide
from app.store.audit import COMMAND, Actor, write_audit
from app.store.tables import Mission, table

MISSIONS = table(Mission)
FACTS = ("code", "name", "day", "zone", "languages")
EMBARGO = ("embargo_until", "embargo_roles")
CLOSED_AT = "closed_at"


def change_settings(book: Book, changes: Mapping[str, Any], actor: Actor = COMMAND, reason: str = "") -> dict[str, Any]:
    """The settings as they stand then; null takes one out. An entry of the log, and a line of the audit trail.

    Raises UrnaError `invalid_parameter` for the election day, which is no setting, for the close, which is an act, and
    for a guide that no phone could show.
    """
    if "day" in changes:
        raise UrnaError("invalid_parameter", "The election day cannot be changed: reports refer to it.")
    refuse_odd_guide(changes)
    if changes.get(CLOSED_AT) is not None:
        raise UrnaError(
            "invalid_parameter", "A mission is closed by urna mission close; closed_at=null opens it again."
        )
    return _change(book, changes, "embargo.set" if set(changes) & set(EMBARGO) else "mission.set", actor, reason)


def close_mission(book: Book, actor: Actor = COMMAND, reason: str = "") -> str:
    """When the mission closed: now, or before, and then nothing is written.

    Phones learn it by pull, and may let go of what they sent. What they send afterwards is taken as ever.
    """
    settings = book.connection.execute(select(MISSIONS.c.settings).where(MISSIONS.c.code == book.mission)).scalar_one()
    if CLOSED_AT not in settings:
        settings = _change(book, {CLOSED_AT: book.head.received_at.isoformat()}, "mission.closed", actor, reason)
    return str(settings[CLOSED_AT])


def _change(book: Book, changes: Mapping[str, Any], act: str, actor: Actor, reason: str) -> dict[str, Any]:
    row = book.connection.execute(select(MISSIONS).where(MISSIONS.c.code == book.mission)).one()
    merged = {**row.settings, **changes}
    settings = {name: value for name, value in merged.items() if value is not None}
    book.write("setup.mission", canonical({**{name: getattr(row, name) for name in FACTS}, "settings": settings}))
    facts = {"settings": sorted(changes)}
    write_audit(book.connection, book.mission, actor, act, now=book.head.received_at, reason=reason, facts=facts)
    return settings
