"""API keys: scoped, expiring, shown once, listed, revoked."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, insert, select, update

from app.errors import UrnaError
from app.people.staff import refuse_unknown_mission
from app.store.audit import COMMAND, Actor, write_audit
from app.store.tables import ApiKey, table

SCOPES = ("results:read", "results:embargoed", "results:public")
DAYS_MAX = 90

KEYS = table(ApiKey)


def make_key(
    connection: Connection,
    mission: str,
    scopes: list[str],
    days: int,
    now: datetime,
    label: str = "",
    actor: Actor = COMMAND,
) -> str:
    """A fresh key, the only time it is seen. Raises UrnaError for an unknown mission or scope, or over 90 days."""
    if unknown := sorted(set(scopes) - set(SCOPES)):
        raise UrnaError("invalid_parameter", f"No such scope: {', '.join(unknown)}. Scopes: {', '.join(SCOPES)}.")
    if not 1 <= days <= DAYS_MAX:
        raise UrnaError("invalid_parameter", f"A key lives 1 to {DAYS_MAX} days.")
    refuse_unknown_mission(connection, mission)
    name = secrets.token_hex(4)
    key = f"urnak_{name}_{secrets.token_urlsafe(32)}"
    digest = sha256(key.encode()).hexdigest()
    row = {"id": name, "mission": mission, "sha256": digest, "scopes": " ".join(scopes), "created_at": now}
    more = {"label": label, "made_by": actor.id, "expires_at": now + timedelta(days=days)}
    connection.execute(insert(KEYS).values(**row, **more))
    write_audit(connection, mission, actor, "key.made", name, now=now, facts={"scopes": scopes, "days": days})
    return key


def list_keys(connection: Connection, mission: str) -> list[dict[str, Any]]:
    """Every key of the mission without what opens doors: id, scopes, label, made_by and its times, newest first."""
    query = select(KEYS).where(KEYS.c.mission == mission).order_by(KEYS.c.created_at.desc(), KEYS.c.id)
    return [
        {
            "id": row.id,
            "scopes": row.scopes.split(),
            "label": row.label,
            "made_by": row.made_by,
            "created_at": row.created_at.isoformat(),
            "expires_at": row.expires_at.isoformat(),
            "revoked_at": row.revoked_at.isoformat() if row.revoked_at else None,
        }
        for row in connection.execute(query)
    ]


def revoke_key(connection: Connection, mission: str, key_id: str, now: datetime, actor: Actor = COMMAND) -> None:
    """End a key at once. Raises UrnaError `not_found` for one that is not there or was revoked before."""
    alive = (KEYS.c.mission == mission) & (KEYS.c.id == key_id) & KEYS.c.revoked_at.is_(None)
    if connection.execute(update(KEYS).where(alive).values(revoked_at=now)).rowcount != 1:
        raise UrnaError("not_found", "No such key, or it was revoked before.")
    write_audit(connection, mission, actor, "key.revoked", key_id, now=now)
