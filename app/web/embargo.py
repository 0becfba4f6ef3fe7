"""The embargo: until a time that the mission sets, figures and answers are for those alone whom it names.

A door that shows any calls `enter_embargoed` before it looks into a cache or compares a tag. What it lets through is
written into the audit trail before the answer leaves, when the route gives its `Session` back; a 304 shows nothing and
leaves no line.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from fastapi import Request
from sqlalchemy import Connection, Engine, select

from app.errors import UrnaError
from app.store.audit import Actor, write_audit
from app.store.database import writing
from app.store.tables import Mission, table
from app.web.callers import Caller

LIFTS_EMBARGO = "results:embargoed"
"""The scope with which one reads early."""
MISSIONS = table(Mission)


def enter_embargoed(request: Request, session: Connection, caller: Caller, now: datetime) -> None:
    """Let a caller pass to the figures of the own mission. Raises UrnaError `embargoed`."""
    query = select(MISSIONS.c.settings).where(MISSIONS.c.code == caller.mission)
    settings: Mapping[str, Any] = session.execute(query).scalar_one_or_none() or {}
    if not is_embargoed(settings, now):
        return
    if not may_read_early(settings, caller.role, caller.scopes):
        raise UrnaError("embargoed")
    request.state.early_reader = caller


def shows_nothing(request: Request) -> None:
    """The answer is a 304: whoever asked has these bytes already."""
    request.state.early_reader = None


def note_early_read(request: Request, engine: Engine) -> None:
    """Write what `enter_embargoed` let through into the audit trail."""
    caller: Caller | None = getattr(request.state, "early_reader", None)
    if caller is None:
        return
    route = getattr(request.scope.get("route"), "path", "-")
    actor = Actor("staff" if caller.kind == "staff" else "key", caller.id)
    with writing(engine) as connection:
        write_audit(connection, caller.mission, actor, "embargo.read", route, now=datetime.now(UTC))


def is_embargoed(settings: Mapping[str, Any], now: datetime) -> bool:
    """Whether the mission's settings keep its figures back at `now`. A time that nobody can read lifts nothing."""
    until = settings.get("embargo_until")
    if until is None:
        return False
    try:
        return now < datetime.fromisoformat(until)
    except (ValueError, TypeError):
        return True


def may_read_early(settings: Mapping[str, Any], role: str | None, scopes: frozenset[str]) -> bool:
    """By the scope; staff by the roles that the mission names, as a list or with commas between, where it names any."""
    named = settings.get("embargo_roles")
    if role is None or named is None:
        return LIFTS_EMBARGO in scopes
    roles = [one.strip() for one in named.split(",")] if isinstance(named, str) else named
    return isinstance(roles, list) and role in roles
