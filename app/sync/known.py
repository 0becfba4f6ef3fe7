"""What the mission knows of everything that a push names, read in one go."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import Connection, Table, and_, or_, select

from app.store.log import HEAD, LOG
from app.store.seal import public_key
from app.store.tables import ChecklistVersion, Commission, Device, Mission, Report, Station, table
from app.sync.judge import DeviceFacts, Known, places_named
from app.sync.wire import Sent

DEVICES, MISSIONS, REPORTS = table(Device), table(Mission), table(Report)
CHECKLISTS, STATIONS, COMMISSIONS = table(ChecklistVersion), table(Station), table(Commission)
REQUIRED = "required"
"""Value of the mission's setting `signatures` under which unsigned operations are held."""


def missions_named(connection: Connection, operations: Sequence[Sent]) -> frozenset[str]:
    """Those of the missions that operations name which have a log here."""
    names = {operation.mission for operation in operations}
    return frozenset(connection.execute(select(HEAD.c.mission).where(HEAD.c.mission.in_(names))).scalars())


def read_known(connection: Connection, mission: str, carrier: str, operations: Sequence[Sent]) -> Known:
    """For operations that go into the log of `mission`."""
    devices = _devices(connection, {carrier, *(operation.device_id for operation in operations)})
    if not operations:
        return Known(mission, carrier, devices=devices)
    settings = connection.execute(select(MISSIONS.c.settings).where(MISSIONS.c.code == mission)).scalar()
    stations, commissions = places_named(operations)
    return Known(
        mission=mission,
        carrier=carrier,
        devices=devices,
        links=_links(connection, mission, devices, operations),
        owners=_owners(connection, mission, operations),
        versions=_versions(connection, mission),
        stations=_codes(connection, STATIONS, mission, stations),
        commissions=_codes(connection, COMMISSIONS, mission, commissions),
        signatures_required=(settings or {}).get("signatures") == REQUIRED,
    )


def _devices(connection: Connection, ids: set[str]) -> dict[str, DeviceFacts]:
    columns = (DEVICES.c.id, DEVICES.c.mission, DEVICES.c.team, DEVICES.c.state, DEVICES.c.public_key, DEVICES.c.link)
    rows = connection.execute(select(*columns).where(DEVICES.c.id.in_(ids)))
    return {row.id: DeviceFacts(row.mission, row.team, row.state, _key(row), row.link) for row in rows}


def _key(row: Any) -> ec.EllipticCurvePublicKey | None:
    """The device's key; None where it has none, or one that is none."""
    try:
        return public_key(row.public_key) if row.public_key else None
    except ValueError:
        return None


def _links(
    connection: Connection, mission: str, devices: dict[str, DeviceFacts], operations: Sequence[Sent]
) -> dict[str, frozenset[str]]:
    """The newest link of each device; where a `prev` is another, also those just below the numbers that are sent."""
    links: dict[str, set[str]] = defaultdict(set)
    for device_id, device in devices.items():
        links[device_id] |= {device.link} if device.link else set()
    sent = {operation.link for operation in operations}
    open_ = [
        and_(LOG.c.author == op.device_id, LOG.c.number == op.number - 1)
        for op in operations
        if op.prev is not None and op.number is not None and op.prev not in sent | links[op.device_id]
    ]
    if open_:
        for row in connection.execute(select(LOG.c.author, LOG.c.link).where(LOG.c.mission == mission, or_(*open_))):
            links[row.author].add(row.link)
    return {device_id: frozenset(found) for device_id, found in links.items()}


def _owners(connection: Connection, mission: str, operations: Sequence[Sent]) -> dict[str, str | None]:
    ids = {operation.report_id for operation in operations if operation.report_id is not None}
    if not ids:
        return {}
    query = select(REPORTS.c.report_id, REPORTS.c.team).where(
        REPORTS.c.mission == mission, REPORTS.c.report_id.in_(ids)
    )
    return {row.report_id: row.team for row in connection.execute(query)}


def _versions(connection: Connection, mission: str) -> frozenset[tuple[str, int]]:
    query = select(CHECKLISTS.c.code, CHECKLISTS.c.version).where(CHECKLISTS.c.mission == mission)
    return frozenset((row.code, row.version) for row in connection.execute(query))


def _codes(connection: Connection, places: Table, mission: str, codes: frozenset[str]) -> frozenset[str]:
    if not codes:
        return frozenset()
    query = select(places.c.code).where(places.c.mission == mission, places.c.code.in_(codes))
    return frozenset(connection.execute(query).scalars())
