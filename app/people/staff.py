"""People of staff: name, role, password; a session is a random token, hashed at rest."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection, Engine, delete, insert, select

from app.errors import UrnaError
from app.people.hashing import NOBODY, hashed, matches
from app.store.database import reading, writing
from app.store.tables import LogHead, Staff, StaffSession, table

ROLES = ("admin", "head", "analyst", "coordinator", "auditor")
PASSWORD_CHARACTERS_MIN = 12
SESSION_HOURS = 12

STAFF, SESSIONS, HEADS = table(Staff), table(StaffSession), table(LogHead)


@dataclass(frozen=True)
class SignedIn:
    token: str
    role: str
    expires_at: datetime


def add_staff(connection: Connection, mission: str, name: str, role: str, password: str, now: datetime) -> None:
    """Add a person, or give one a new role and password. Raises UrnaError for an unknown mission, role, short word."""
    if role not in ROLES:
        raise UrnaError("invalid_parameter", f"Roles: {', '.join(ROLES)}.")
    if len(password) < PASSWORD_CHARACTERS_MIN:
        raise UrnaError("invalid_parameter", f"A password has at least {PASSWORD_CHARACTERS_MIN} characters.")
    if connection.execute(select(HEADS.c.mission).where(HEADS.c.mission == mission)).first() is None:
        raise UrnaError("not_found", "No such mission: create it first, or check the spelling.")
    who = (STAFF.c.mission == mission) & (STAFF.c.name == name)
    connection.execute(delete(STAFF).where(who))
    row = {"mission": mission, "name": name, "role": role, "password_hash": hashed(password), "created_at": now}
    connection.execute(insert(STAFF).values(**row))
    connection.execute(delete(SESSIONS).where(SESSIONS.c.mission == mission, SESSIONS.c.staff == name))


def sign_in(engine: Engine, mission: str, name: str, password: str, now: datetime) -> SignedIn:
    """A fresh session. Raises UrnaError `invalid_credentials`, as slowly for unknown names as for known ones."""
    with reading(engine) as connection:
        who = select(STAFF).where(STAFF.c.mission == mission, STAFF.c.name == name)
        row = connection.execute(who).one_or_none()
    if not matches(row.password_hash if row else NOBODY, password) or row is None:
        raise UrnaError("invalid_credentials", "Check mission, name and password.")
    token, expires_at = "urnas_" + secrets.token_urlsafe(32), now + timedelta(hours=SESSION_HOURS)
    digest = sha256(token.encode()).hexdigest()
    session = {"sha256": digest, "mission": mission, "staff": name, "created_at": now, "seen_at": now}
    with writing(engine) as connection:
        connection.execute(insert(SESSIONS).values(**session, expires_at=expires_at))
    return SignedIn(token, row.role, expires_at)


def sign_out(engine: Engine, token: str) -> None:
    digest = sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
    with writing(engine) as connection:
        connection.execute(delete(SESSIONS).where(SESSIONS.c.sha256 == digest))
