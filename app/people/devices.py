"""Devices as staff sees them: active, lost or closed, and what they are told.

A lost device may only push, and what it sends is held until a person looks; a closed one is unknown. Neither deletes
anything on the phone: that is a decision of its own, and even then unsent work is sent first.
"""

from collections.abc import Set
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, select, update

from app.errors import UrnaError
from app.store.audit import Actor, write_audit
from app.store.tables import Device, Team, table

DEVICES, TEAMS = table(Device), table(Team)
ACTS = {"active": "device.found", "lost": "device.lost", "closed": "device.closed"}
"""State -> the act that leads there."""
FLUSH_THEN_FORGET = "flush_then_forget"


def list_devices(connection: Connection, mission: str, regions: Set[str] | None) -> list[dict[str, Any]]:
    """Devices by team; `regions`: those of teams there alone, None is all."""
    query = (
        select(DEVICES).where(_seen_by(mission, regions)).order_by(DEVICES.c.team, DEVICES.c.created_at, DEVICES.c.id)
    )
    return [_plain(row) for row in connection.execute(query)]


def read_device(connection: Connection, mission: str, device_id: str, regions: Set[str] | None) -> dict[str, Any]:
    """Raises UrnaError `not_found`, also for a device of another mission or region."""
    row = connection.execute(select(DEVICES).where(_seen_by(mission, regions), DEVICES.c.id == device_id)).one_or_none()
    if row is None:
        raise UrnaError("not_found")
    return _plain(row)


def set_state(
    connection: Connection,
    mission: str,
    device_id: str,
    state: str,
    regions: Set[str] | None,
    actor: Actor,
    reason: str,
    now: datetime,
) -> dict[str, Any]:
    """Mark a device lost, closed, or active again; as it stands then. Raises UrnaError `not_found`."""
    return _change(connection, mission, device_id, {"state": state}, regions, actor, ACTS[state], reason, now)


def set_directive(
    connection: Connection,
    mission: str,
    device_id: str,
    directive: str | None,
    regions: Set[str] | None,
    actor: Actor,
    reason: str,
    now: datetime,
) -> dict[str, Any]:
    """Tell a device at its next push to send all that it holds and then to forget, or no more. Raises `not_found`."""
    change = {"directive": directive}
    return _change(connection, mission, device_id, change, regions, actor, "device.forgets", reason, now)


def _change(
    connection: Connection,
    mission: str,
    device_id: str,
    change: dict[str, Any],
    regions: Set[str] | None,
    actor: Actor,
    act: str,
    reason: str,
    now: datetime,
) -> dict[str, Any]:
    read_device(connection, mission, device_id, regions)
    connection.execute(update(DEVICES).where(DEVICES.c.id == device_id).values(**change))
    write_audit(connection, mission, actor, act, device_id, now=now, reason=reason, facts=change)
    return read_device(connection, mission, device_id, regions)


def _seen_by(mission: str, regions: Set[str] | None) -> ColumnElement[bool]:
    here = DEVICES.c.mission == mission
    if regions is None:
        return here
    own = select(TEAMS.c.code).where(TEAMS.c.mission == mission, TEAMS.c.region.in_(regions))
    return here & DEVICES.c.team.in_(own)


def _plain(row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "team": row.team,
        "label": row.label,
        "state": row.state,
        "directive": row.directive,
        "flags": row.flags.split(),
        "signs": row.public_key is not None,
        "app_version": row.app_version,
        "device_seq": row.device_seq,
        "created_at": row.created_at.isoformat(),
        "last_contact_at": row.last_contact_at.isoformat() if row.last_contact_at else None,
    }
