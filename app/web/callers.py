"""Who is asking: the caller behind a header or a cookie.

Three kinds: a phone (device token, cookie or Bearer), an analyst's program (API key, Bearer or the password of Basic,
which is all that Excel can do), a person of staff (session cookie or Bearer).
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Literal

from fastapi import Request
from sqlalchemy import Connection, Engine, Row, select, update
from sqlalchemy.exc import OperationalError

from app.errors import UrnaError
from app.store.database import writing
from app.store.tables import ApiKey, Device, Staff, StaffSession, table

Kind = Literal["device", "key", "staff"]
DEVICE, KEY, STAFF = "urnad_", "urnak_", "urnas_"
COOKIES: dict[Kind, str] = {"device": "__Host-urna_device", "staff": "__Host-urna_staff"}
PREFIXES: dict[str, Kind] = {DEVICE: "device", KEY: "key", STAFF: "staff"}
IDLE: dict[str, timedelta] = {"admin": timedelta(minutes=30)}
IDLE_OF_OTHERS = timedelta(hours=2)
"""A session that asks nothing for so long is over. A desk that is open asks every few seconds, read or not: what ends
that one is the absolute limit."""
NOTED_EVERY = timedelta(minutes=1)

DEVICES, KEYS, STAFFS, SESSIONS = table(Device), table(ApiKey), table(Staff), table(StaffSession)

ROLES = ("admin", "head", "analyst", "coordinator", "auditor")
ROLE_SCOPES: dict[str, frozenset[str]] = {
    **dict.fromkeys(ROLES, frozenset({"results:read"})),
    **dict.fromkeys(("head", "analyst"), frozenset({"results:read", "results:embargoed", "results:public"})),
}
"""What a person of staff may as a key with these scopes may; a door for some roles alone names them."""


@dataclass(frozen=True)
class Caller:
    """Who asks. `scopes` of a key are those it was given; of staff, those of the role.

    `regions`: those of a coordinator; None is the whole mission. `session`: the id of a person's session.
    `directive`: what a device is to be told.
    """

    kind: Kind
    mission: str
    id: str
    team: str | None = None
    role: str | None = None
    state: str = "active"
    scopes: frozenset[str] = frozenset()
    public_key: dict[str, Any] | None = None
    by_cookie: bool = False
    regions: frozenset[str] | None = None
    session: str | None = None
    seen_at: datetime | None = None
    directive: str | None = None


def find_caller(request: Request, session: Connection, kinds: Sequence[Kind] = ("device", "staff")) -> Caller:
    """Bearer and Basic before cookies; where both are sent, the cookie is not read.

    A browser that is a phone and a desk at once carries both cookies, of which one may be stale: of those that the door
    lets in, the first that is good counts. A cookie of another kind is looked at where there is no other.
    """
    token = _from_header(request)
    if token is not None:
        return _look_up(session, token, by_cookie=False)
    sent = {kind: cookie for kind in (*kinds, *COOKIES) if (cookie := request.cookies.get(COOKIES.get(kind, "")))}
    fitting = [cookie for kind, cookie in sent.items() if kind in kinds]
    for cookie in fitting or sent.values():
        found = _find(session, cookie, by_cookie=True)
        if found is not None:
            return found
    raise _unknown()


def token_sha256(token: str) -> str:
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _from_header(request: Request) -> str | None:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    match scheme.lower():
        case "":
            return None
        case "bearer":
            return value.strip()
        case "basic":
            return _basic_password(value)
    raise _unknown()


def _basic_password(value: str) -> str:
    try:
        return base64.b64decode(value.strip(), validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise _unknown() from None


def _look_up(session: Connection, token: str, by_cookie: bool) -> Caller:
    found = _find(session, token, by_cookie)
    if found is None:
        raise _unknown()
    return found


def _find(session: Connection, token: str, by_cookie: bool) -> Caller | None:
    kind = PREFIXES.get(token[:6])
    finders: dict[Kind, Callable[[Connection, str, bool], Caller | None]] = {
        "device": _device,
        "key": _key,
        "staff": _staff,
    }
    return finders[kind](session, token_sha256(token), by_cookie) if kind else None


def _device(session: Connection, digest: str, by_cookie: bool) -> Caller | None:
    row = _one(session, select(DEVICES).where(DEVICES.c.token_sha256 == digest))
    if row is None or row.state == "closed":
        return None
    facts = {"state": row.state, "public_key": row.public_key, "directive": row.directive}
    return Caller("device", row.mission, row.id, row.team, by_cookie=by_cookie, **facts)


def _key(session: Connection, digest: str, by_cookie: bool) -> Caller | None:
    row = _one(session, select(KEYS).where(KEYS.c.sha256 == digest))
    if row is None or row.revoked_at is not None or row.expires_at <= datetime.now(UTC):
        return None
    return Caller("key", row.mission, row.id, scopes=frozenset(row.scopes.split()))


def _staff(session: Connection, digest: str, by_cookie: bool) -> Caller | None:
    columns = (
        SESSIONS.c.expires_at,
        SESSIONS.c.seen_at,
        *(STAFFS.c[n] for n in ("mission", "name", "role", "regions")),
    )
    query = select(*columns).where(
        SESSIONS.c.sha256 == digest,
        STAFFS.c.mission == SESSIONS.c.mission,
        STAFFS.c.name == SESSIONS.c.staff,
    )
    row, now = _one(session, query), datetime.now(UTC)
    if row is None or row.expires_at <= now or row.seen_at + IDLE.get(row.role, IDLE_OF_OTHERS) <= now:
        return None
    own = frozenset(row.regions) if row.role == "coordinator" else None
    facts = {"scopes": ROLE_SCOPES.get(row.role, frozenset()), "session": session_id(digest), "seen_at": row.seen_at}
    return Caller("staff", row.mission, row.name, role=row.role, by_cookie=by_cookie, regions=own, **facts)


def session_id(digest: str) -> str:
    """The public name of a session: enough to end it, nothing to enter with."""
    return digest[:16]


def _one(session: Connection, query: Any) -> Row[Any] | None:
    return session.execute(query).one_or_none()


def note_contact(engine: Engine, caller: Caller) -> None:
    """A session lives from its last request on. A database that is busy now must not shut the desk."""
    if caller.seen_at is None or datetime.now(UTC) - caller.seen_at < NOTED_EVERY:
        return
    mine = (SESSIONS.c.mission == caller.mission) & (SESSIONS.c.staff == caller.id)
    seen = update(SESSIONS).where(mine, SESSIONS.c.sha256.startswith(str(caller.session)))
    try:
        with writing(engine) as connection:
            connection.execute(seen.values(seen_at=datetime.now(UTC)))
    except OperationalError:
        return


def _unknown() -> UrnaError:
    return UrnaError("invalid_credentials", headers={"WWW-Authenticate": 'Bearer realm="urna"'})
