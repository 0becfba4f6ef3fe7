"""Who called and what came of whom, noted on the devices' rows in the transaction of the append."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select, update

from app.store.log import LOG, Appended, Head
from app.store.tables import Device, table

DEVICES = table(Device)
LASTING_FLAGS = frozenset({"chain_gap"})
"""Flags of operations that say something of the device."""
UNPROVEN = frozenset({"malformed", "other_mission", "carrier_upload", "bad_signature", "unsigned"})
"""Why an operation is held that may be another's than the device's that it names. One number near the greatest, said in
its name by a stranger, would lead that phone to numbers that cannot be kept."""
FIELDS = ("device_seq", "link", "flags", "app_version", "queue", "last_contact_at")
UPDATE = (
    update(DEVICES).where(DEVICES.c.id == bindparam("of")).values({name: bindparam(f"to_{name}") for name in FIELDS})
)
_ROWS = (
    select(DEVICES.c.id, *(DEVICES.c[name] for name in FIELDS))
    .where(DEVICES.c.mission == bindparam("of"), DEVICES.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(DEVICES.c.id)
)
DeviceRow = Row[*tuple[Any, ...]]


@dataclass
class Contact:
    """A device that called, and what it said of itself. `device_seq` is filled in when it has been noted."""

    device_id: str
    app_version: str | None = None
    queue: dict[str, Any] = field(default_factory=dict)
    clock_is_off: bool = False
    flags: set[str] = field(default_factory=set)
    device_seq: int | None = None


def meet_devices(connection: Connection, head: Head, contacts: Sequence[Contact], fresh: Sequence[Appended]) -> None:
    """Note every contact, and for each device the highest of its own numbers that is stored."""
    sent: dict[str, list[Appended]] = defaultdict(list)
    for result in fresh:
        draft = result.draft
        if draft.author_kind == "device" and draft.number is not None and draft.code not in UNPROVEN:
            sent[draft.author].append(result)
    called = {contact.device_id: contact for contact in contacts}
    devices = _rows(connection, head.mission, {*sent, *called})
    forked = _forked(connection, head.mission, devices, sent)
    changed = [
        {"of": device_id, **_row(row, head, sent.get(device_id, ()), called.get(device_id), device_id in forked)}
        for device_id, row in devices.items()
    ]
    if changed:
        connection.execute(UPDATE, changed)
    numbers = {row["of"]: row["to_device_seq"] for row in changed}
    for contact in contacts:
        contact.device_seq = numbers.get(contact.device_id)


def _rows(connection: Connection, mission: str, ids: Collection[str]) -> dict[str, DeviceRow]:
    if not ids:
        return {}
    return {row.id: row for row in connection.execute(_ROWS, {"of": mission, "ids": list(ids)})}


def _row(
    row: DeviceRow, head: Head, sent: Sequence[Appended], contact: Contact | None, is_forked: bool
) -> dict[str, Any]:
    fields = {name: getattr(row, name) for name in FIELDS}
    newest = max((result.draft for result in sent), key=lambda draft: (draft.number or 0, draft.link), default=None)
    if newest is not None and (newest.number or 0) >= row.device_seq:
        fields.update(device_seq=newest.number, link=newest.link)
    flags = {*row.flags.split(), *({"forked"} if is_forked else ())}
    flags |= LASTING_FLAGS & {flag for result in sent for flag in result.draft.flags.split()}
    if contact is not None:
        flags = (flags - {"clock"}) | contact.flags | ({"clock"} if contact.clock_is_off else set())
        fields.update(app_version=contact.app_version, queue=contact.queue, last_contact_at=head.received_at)
    fields["flags"] = " ".join(sorted(flags))
    return {f"to_{name}": value for name, value in fields.items()}


def _forked(
    connection: Connection, mission: str, devices: Mapping[str, DeviceRow], sent: Mapping[str, Sequence[Appended]]
) -> frozenset[str]:
    """Devices of which two operations bear one number. Only a number that is not new can be such."""
    forked = set()
    for device_id, results in sent.items():
        numbers = Counter(result.draft.number for result in results)
        known = devices[device_id].device_seq if device_id in devices else 0
        old = [number for number in numbers if number is not None and number <= known]
        if max(numbers.values()) > 1 or (old and _has_twins(connection, mission, device_id, old)):
            forked.add(device_id)
    return frozenset(forked)


def _has_twins(connection: Connection, mission: str, device_id: str, numbers: Sequence[int]) -> bool:
    own = (LOG.c.mission == mission) & (LOG.c.author == device_id) & LOG.c.number.in_(numbers)
    twins = select(LOG.c.number).where(own).group_by(LOG.c.number).having(func.count() > 1)
    return connection.execute(twins).first() is not None
