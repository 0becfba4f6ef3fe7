"""People of staff: name, role, password, and for some a second factor; a session is a random token, hashed at rest."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, insert, or_, select, update

from app.errors import UrnaError
from app.people.hashing import NOBODY, hashed, matches
from app.people.second_factor import SECOND_FACTOR_ROLES, step_of
from app.store.audit import COMMAND, Actor, write_audit
from app.store.database import reading, writing
from app.store.tables import LogHead, Region, Staff, StaffSession, Team, table
from app.store.vault import Vault

ROLES = ("admin", "head", "analyst", "coordinator", "auditor")
PASSWORD_CHARACTERS_MIN = 12
SESSION_HOURS = 12
"""The absolute limit; the idle one is app.web.callers.IDLE."""

STAFF, SESSIONS, HEADS = table(Staff), table(StaffSession), table(LogHead)
TEAMS, REGIONS = table(Team), table(Region)


@dataclass(frozen=True)
class SignedIn:
    token: str
    role: str
    expires_at: datetime


def add_staff(
    connection: Connection,
    mission: str,
    name: str,
    role: str,
    password: str,
    now: datetime,
    regions: Sequence[str] = (),
    totp: bytes | None = None,
    actor: Actor = COMMAND,
) -> None:
    """Add a person, or give one a new role and password; sessions that were open end.

    `regions`: a coordinator's own. `totp`: the sealed second factor. Raises UrnaError for an unknown mission, role or
    region, a short password, a coordinator without a region.
    """
    if role not in ROLES:
        raise UrnaError("invalid_parameter", f"Roles: {', '.join(ROLES)}.")
    if len(password) < PASSWORD_CHARACTERS_MIN:
        raise UrnaError("invalid_parameter", f"A password has at least {PASSWORD_CHARACTERS_MIN} characters.")
    refuse_unknown_mission(connection, mission)
    _refuse_regions(connection, mission, role, regions)
    _forget(connection, mission, name)
    row = {"mission": mission, "name": name, "role": role, "password_hash": hashed(password), "created_at": now}
    connection.execute(insert(STAFF).values(**row, regions=sorted(regions), totp=totp))
    facts = {"role": role, "regions": sorted(regions)}
    write_audit(connection, mission, actor, "staff.added", name, now=now, facts=facts)


def remove_staff(connection: Connection, mission: str, name: str, now: datetime, actor: Actor = COMMAND) -> None:
    """Take a person out; sessions that were open end. Raises UrnaError `not_found`."""
    if not _forget(connection, mission, name):
        raise UrnaError("not_found", "Nobody of staff has this name in this mission.")
    write_audit(connection, mission, actor, "staff.removed", name, now=now)


def list_staff(connection: Connection, mission: str) -> list[dict[str, Any]]:
    """Everybody of staff by name: user, role, regions, second_factor, created_at."""
    query = select(STAFF).where(STAFF.c.mission == mission).order_by(STAFF.c.name)
    return [
        {
            "user": row.name,
            "role": row.role,
            "regions": row.regions,
            "second_factor": row.totp is not None,
            "created_at": row.created_at.isoformat(),
        }
        for row in connection.execute(query)
    ]


def refuse_unknown_mission(connection: Connection, mission: str) -> None:
    """Raises UrnaError `not_found`."""
    if connection.execute(select(HEADS.c.mission).where(HEADS.c.mission == mission)).first() is None:
        raise UrnaError("not_found", "No such mission: create it first, or check the spelling.")


def sign_in(
    engine: Engine,
    mission: str,
    name: str,
    password: str,
    now: datetime,
    code: str | None = None,
    vault: Vault | None = None,
    before_code: Callable[[], None] = lambda: None,
) -> SignedIn:
    """A fresh session. `before_code` is called where the password is right, before six digits are looked at.

    Raises UrnaError: invalid_credentials, as slowly for unknown names as for known ones; second_factor, where the
    password is right and the six digits are wanted, wrong or used.
    """
    with reading(engine) as connection:
        who = select(STAFF).where(STAFF.c.mission == mission, STAFF.c.name == name)
        row = connection.execute(who).one_or_none()
    if not matches(row.password_hash if row else NOBODY, password) or row is None:
        if row is not None:
            _note_refusal(engine, row, "password", now)
        raise UrnaError("invalid_credentials", "Check mission, name and password.")
    if code and row.role in SECOND_FACTOR_ROLES:
        before_code()
    step = step_of(vault, row, code, now) if row.role in SECOND_FACTOR_ROLES else None
    if row.role in SECOND_FACTOR_ROLES and step is None:
        if code:
            _note_refusal(engine, row, "second_factor", now)
        raise UrnaError("second_factor")
    return _begin(engine, row, step, now)


def _begin(engine: Engine, row: Row[Any], step: int | None, now: datetime) -> SignedIn:
    """The digits' time step is claimed in the transaction that makes the session: none opens two."""
    token, expires_at = "urnas_" + secrets.token_urlsafe(32), now + timedelta(hours=SESSION_HOURS)
    digest = sha256(token.encode()).hexdigest()
    session = {"sha256": digest, "mission": row.mission, "staff": row.name, "created_at": now, "seen_at": now}
    with writing(engine) as connection:
        if step is not None:
            unused = or_(STAFF.c.totp_step.is_(None), STAFF.c.totp_step < step)
            mine = (STAFF.c.mission == row.mission) & (STAFF.c.name == row.name)
            if connection.execute(update(STAFF).where(mine, unused).values(totp_step=step)).rowcount != 1:
                raise UrnaError("second_factor", "These six digits were used. Wait for the next ones.")
        connection.execute(delete(SESSIONS).where(SESSIONS.c.mission == row.mission, SESSIONS.c.expires_at <= now))
        connection.execute(insert(SESSIONS).values(**session, expires_at=expires_at))
        write_audit(connection, row.mission, Actor("staff", row.name), "session.begun", digest[:16], now=now)
    return SignedIn(token, row.role, expires_at)


def _note_refusal(engine: Engine, row: Row[Any], what: str, now: datetime) -> None:
    with writing(engine) as connection:
        about, facts = row.name, {"what": what}
        write_audit(connection, row.mission, Actor("nobody", ""), "session.refused", about, now=now, facts=facts)


def _forget(connection: Connection, mission: str, name: str) -> bool:
    connection.execute(delete(SESSIONS).where(SESSIONS.c.mission == mission, SESSIONS.c.staff == name))
    return connection.execute(delete(STAFF).where(STAFF.c.mission == mission, STAFF.c.name == name)).rowcount == 1


def _refuse_regions(connection: Connection, mission: str, role: str, regions: Sequence[str]) -> None:
    if (role == "coordinator") != bool(regions):
        raise UrnaError("invalid_parameter", "A coordinator has one region or more (--region); others have none.")
    own = [*connection.execute(select(REGIONS.c.code).where(REGIONS.c.mission == mission)).scalars()]
    own += connection.execute(select(TEAMS.c.region).where(TEAMS.c.mission == mission)).scalars()
    if not set(regions) <= set(own):
        raise UrnaError("not_found", "No such region in this mission: import stations first, or check the spelling.")
