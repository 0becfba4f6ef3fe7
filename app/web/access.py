"""Who is asking, and whether this door is theirs.

Three kinds of caller: a phone (device token, cookie or Bearer), an analyst's program (API key, Bearer or the password
of Basic, which is all that Excel can do), a person of staff (session cookie or Bearer). A route names the kinds it
lets in; `tests/test_doors.py` fails on one that names none.
"""

import base64
import binascii
from collections.abc import Callable, Container
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Literal

from fastapi import Depends, Request
from sqlalchemy import Connection, Row, select

from app.errors import UrnaError
from app.store.database import reading
from app.store.tables import ApiKey, Device, Staff, StaffSession, table
from app.web.ground import GroundDep

Kind = Literal["device", "key", "staff"]
DEVICE, KEY, STAFF = "urnad_", "urnak_", "urnas_"
COOKIES: dict[Kind, str] = {"device": "__Host-urna_device", "staff": "__Host-urna_staff"}
PREFIXES: dict[str, Kind] = {DEVICE: "device", KEY: "key", STAFF: "staff"}
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")

DEVICES, KEYS, STAFFS, SESSIONS = table(Device), table(ApiKey), table(Staff), table(StaffSession)


@dataclass(frozen=True)
class Caller:
    """Who asks. `scopes` of a key are those it was given; of staff, those of the role."""

    kind: Kind
    mission: str
    id: str
    team: str | None = None
    role: str | None = None
    state: str = "active"
    scopes: frozenset[str] = frozenset()
    public_key: dict[str, Any] | None = None
    by_cookie: bool = False


@dataclass(frozen=True)
class Rule:
    """What a route asks of its caller."""

    kinds: frozenset[Kind]
    scope: str | None = None
    lost_device: bool = False


ROLE_SCOPES: dict[str, frozenset[str]] = {
    "admin": frozenset({"results:read", "answers:read", "setup"}),
    "head": frozenset({"results:read", "answers:read", "setup", "results:embargoed"}),
    "analyst": frozenset({"results:read", "answers:read", "results:embargoed"}),
    "coordinator": frozenset({"results:read", "answers:read"}),
    "auditor": frozenset({"results:read"}),
}


def allow(*kinds: Kind, scope: str | None = None, lost_device: bool = False) -> Any:
    """A dependency that lets these kinds in and gives the Caller.

    Raises UrnaError: invalid_credentials, forbidden (other kind or scope), device_lost, bad_origin.
    """
    rule = Rule(frozenset(kinds), scope, lost_device)

    def caller(request: Request, ground: GroundDep) -> Caller:
        # A connection of its own, given back at once: a push that waits for its commit must not hold one of the pool.
        with reading(ground.engine) as session:
            found = find_caller(request, session, rule.kinds)
        _refuse_foreign_origin(request, found, ground.settings.public_url)
        _refuse_outside(rule, found)
        return found

    caller.rule = rule  # type: ignore[attr-defined]
    return Depends(caller, scope="function")


def open_to_all() -> Any:
    """For the few doors that need no credentials; says so where a reader and a test can see it."""

    def nobody() -> None:
        return None

    nobody.rule = Rule(frozenset())  # type: ignore[attr-defined]
    return Depends(nobody)


def find_caller(request: Request, session: Connection, kinds: Container[Kind] = ("device", "staff")) -> Caller:
    """Bearer and Basic before cookies; where both are sent, the cookie is not read.

    A browser that is a phone and a desk at once carries both cookies: a door reads those of the kinds it lets in first.
    """
    token = _from_header(request)
    if token is not None:
        return _look_up(session, token, by_cookie=False)
    for kind in sorted(COOKIES, key=lambda kind: kind not in kinds):
        token = request.cookies.get(COOKIES[kind])
        if token is not None:
            return _look_up(session, token, by_cookie=True)
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
    kind = PREFIXES.get(token[:6])
    finders: dict[Kind, Callable[[Connection, str, bool], Caller | None]] = {
        "device": _device,
        "key": _key,
        "staff": _staff,
    }
    found = finders[kind](session, token_sha256(token), by_cookie) if kind else None
    if found is None:
        raise _unknown()
    return found


def _device(session: Connection, digest: str, by_cookie: bool) -> Caller | None:
    row = _one(session, select(DEVICES).where(DEVICES.c.token_sha256 == digest))
    if row is None or row.state == "closed":
        return None
    return Caller(
        "device", row.mission, row.id, row.team, state=row.state, public_key=row.public_key, by_cookie=by_cookie
    )


def _key(session: Connection, digest: str, by_cookie: bool) -> Caller | None:
    row = _one(session, select(KEYS).where(KEYS.c.sha256 == digest))
    if row is None or row.revoked_at is not None or row.expires_at <= datetime.now(UTC):
        return None
    return Caller("key", row.mission, row.id, scopes=frozenset(row.scopes.split()))


def _staff(session: Connection, digest: str, by_cookie: bool) -> Caller | None:
    query = select(SESSIONS.c.expires_at, STAFFS.c.mission, STAFFS.c.name, STAFFS.c.role).where(
        SESSIONS.c.sha256 == digest,
        STAFFS.c.mission == SESSIONS.c.mission,
        STAFFS.c.name == SESSIONS.c.staff,
    )
    row = _one(session, query)
    if row is None or row.expires_at <= datetime.now(UTC):
        return None
    scopes = ROLE_SCOPES.get(row.role, frozenset())
    return Caller("staff", row.mission, row.name, role=row.role, scopes=scopes, by_cookie=by_cookie)


def _one(session: Connection, query: Any) -> Row[Any] | None:
    return session.execute(query).one_or_none()


def _refuse_outside(rule: Rule, caller: Caller) -> None:
    if caller.kind not in rule.kinds:
        raise UrnaError("forbidden", f"This door is for: {', '.join(sorted(rule.kinds))}.")
    if caller.kind == "device":
        if caller.state == "lost" and not rule.lost_device:
            raise UrnaError("device_lost")
    elif rule.scope is not None and rule.scope not in caller.scopes:
        raise UrnaError("forbidden", f"This door asks for the scope {rule.scope}.")


def _refuse_foreign_origin(request: Request, caller: Caller, public_url: str | None) -> None:
    """A cookie travels with requests of other sites; what it may do stays with our own pages."""
    if not caller.by_cookie or request.method in SAFE_METHODS:
        return
    origin = request.headers.get("origin")
    host = request.headers.get("host", "")
    if origin not in (f"http://{host}", f"https://{host}", (public_url or "").rstrip("/")) or not origin:
        raise UrnaError("bad_origin")


def _unknown() -> UrnaError:
    return UrnaError("invalid_credentials", headers={"WWW-Authenticate": 'Bearer realm="urna"'})
