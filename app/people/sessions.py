"""Sessions of staff: listed, and ended by their owner or by who leads."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select

from app.errors import UrnaError
from app.store.audit import Actor, write_audit
from app.store.tables import Staff, StaffSession, table

SESSIONS, STAFF = table(StaffSession), table(Staff)
ID_CHARACTERS = 16


def list_sessions(connection: Connection, mission: str, of: str | None, now: datetime) -> list[dict[str, Any]]:
    """Sessions that have not run out, newest first; `of`: those of one person."""
    query = (
        select(SESSIONS, STAFF.c.role)
        .join(STAFF, (STAFF.c.mission == SESSIONS.c.mission) & (STAFF.c.name == SESSIONS.c.staff))
        .where(SESSIONS.c.mission == mission, SESSIONS.c.expires_at > now)
        .order_by(SESSIONS.c.created_at.desc(), SESSIONS.c.sha256)
    )
    if of is not None:
        query = query.where(SESSIONS.c.staff == of)
    return [
        {
            "id": row.sha256[:ID_CHARACTERS],
            "user": row.staff,
            "role": row.role,
            "created_at": row.created_at.isoformat(),
            "seen_at": row.seen_at.isoformat(),
            "expires_at": row.expires_at.isoformat(),
        }
        for row in connection.execute(query)
    ]


def end_session(
    connection: Connection, mission: str, session: str, of: str | None, actor: Actor, now: datetime
) -> None:
    """End a session by its id; `of`: only if it is this person's. Raises UrnaError `not_found`."""
    here = (SESSIONS.c.mission == mission) & (SESSIONS.c.sha256.startswith(session, autoescape=True))
    if len(session) != ID_CHARACTERS:
        raise UrnaError("not_found")
    if of is not None:
        here &= SESSIONS.c.staff == of
    if connection.execute(delete(SESSIONS).where(here)).rowcount == 0:
        raise UrnaError("not_found")
    write_audit(connection, mission, actor, "session.ended", session, now=now)
