"""Who may enter: a route names the kinds of caller it lets in, and what it asks of them.

`tests/test_doors.py` fails on a route that names none. A coordinator sees the own regions alone: a door is shut to
coordinators until it says `regional`, that is, until it keeps to them or shows nothing that belongs to a region.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from fastapi import Depends, Request

from app.errors import UrnaError
from app.store.database import reading
from app.web.callers import COOKIES, ROLE_SCOPES, ROLES, Caller, Kind, find_caller, note_contact
from app.web.ground import GroundDep

__all__ = ["COOKIES", "ROLES", "ROLE_SCOPES", "Caller", "Kind", "Rule", "allow", "find_caller", "open_to_all"]
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class Rule:
    """What a route asks of its caller. `roles`: of staff, those alone; None asks for none in particular."""

    kinds: frozenset[Kind]
    scope: str | None = None
    lost_device: bool = False
    roles: frozenset[str] | None = None
    regional: bool = False


def allow(
    *kinds: Kind,
    scope: str | None = None,
    lost_device: bool = False,
    roles: Iterable[str] | None = None,
    regional: bool = False,
) -> Any:
    """A dependency that lets these kinds in and gives the Caller. Of two cookies the kind that is named first counts.

    Raises UrnaError: invalid_credentials, forbidden (other kind, scope, role or region), device_lost, bad_origin.
    """
    rule = Rule(frozenset(kinds), scope, lost_device, None if roles is None else frozenset(roles), regional)

    def caller(request: Request, ground: GroundDep) -> Caller:
        # A connection of its own, given back at once: a push that waits for its commit must not hold one of the pool.
        with reading(ground.engine) as session:
            found = find_caller(request, session, kinds)
        _refuse_foreign_origin(request, found, ground.settings.public_url)
        _refuse_outside(rule, found)
        note_contact(ground.engine, found)
        return found

    caller.rule = rule  # type: ignore[attr-defined]
    return Depends(caller, scope="function")


def open_to_all() -> Any:
    """For the few doors that need no credentials; says so where a reader and a test can see it."""

    def nobody() -> None:
        return None

    nobody.rule = Rule(frozenset())  # type: ignore[attr-defined]
    return Depends(nobody)


def _refuse_outside(rule: Rule, caller: Caller) -> None:
    if caller.kind not in rule.kinds:
        raise UrnaError("forbidden", f"This door is for: {', '.join(sorted(rule.kinds))}.")
    if caller.kind == "device":
        if caller.state == "lost" and not rule.lost_device:
            raise UrnaError("device_lost")
    elif rule.scope is not None and rule.scope not in caller.scopes:
        raise UrnaError("forbidden", f"This door asks for the scope {rule.scope}.")
    if caller.kind == "staff" and rule.roles is not None and caller.role not in rule.roles:
        raise UrnaError("forbidden", f"This door is for the roles: {', '.join(sorted(rule.roles))}.")
    if caller.regions is not None and not rule.regional:
        raise UrnaError("forbidden", "This door shows the whole mission; coordinators see their own regions.")


def _refuse_foreign_origin(request: Request, caller: Caller, public_url: str | None) -> None:
    """A cookie travels with requests of other sites; what it may do stays with our own pages."""
    if not caller.by_cookie or request.method in SAFE_METHODS:
        return
    origin = request.headers.get("origin")
    host = request.headers.get("host", "")
    if origin not in (f"http://{host}", f"https://{host}", (public_url or "").rstrip("/")) or not origin:
        raise UrnaError("bad_origin")
