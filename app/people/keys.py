"""API keys: scoped, expiring, shown once."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection, insert, select

from app.errors import UrnaError
from app.store.tables import ApiKey, LogHead, table

SCOPES = ("results:read", "answers:read", "results:embargoed")
DAYS_MAX = 90

KEYS, HEADS = table(ApiKey), table(LogHead)


def make_key(connection: Connection, mission: str, scopes: list[str], days: int, now: datetime) -> str:
    """A fresh key, the only time it is seen. Raises UrnaError for an unknown mission or scope, or over 90 days."""
    if unknown := sorted(set(scopes) - set(SCOPES)):
        raise UrnaError("invalid_parameter", f"No such scope: {', '.join(unknown)}. Scopes: {', '.join(SCOPES)}.")
    if not 1 <= days <= DAYS_MAX:
        raise UrnaError("invalid_parameter", f"A key lives 1 to {DAYS_MAX} days.")
    if connection.execute(select(HEADS.c.mission).where(HEADS.c.mission == mission)).first() is None:
        raise UrnaError("not_found", "No such mission: create it first, or check the spelling.")
    name = secrets.token_hex(4)
    key = f"urnak_{name}_{secrets.token_urlsafe(32)}"
    digest = sha256(key.encode()).hexdigest()
    row = {"id": name, "mission": mission, "sha256": digest, "scopes": " ".join(scopes), "created_at": now}
    connection.execute(insert(KEYS).values(**row, expires_at=now + timedelta(days=days)))
    return key
