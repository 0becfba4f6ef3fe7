"""What the mission knows of everything that a push names, read in as few queries as that takes."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import Connection, Pool, Table, and_, bindparam, or_, select

from app.store.log import HEAD, LOG
from app.store.seal import public_key
from app.store.tables import ChecklistVersion, Commission, Device, Mission, Report, Station, table
from app.sync.judge import Content, DeviceFacts, Known, places_named
from app.sync.wire import Sent

DEVICES, MISSIONS, REPORTS = table(Device), table(Mission), table(Report)
CHECKLISTS, STATIONS, COMMISSIONS = table(ChecklistVersion), table(Station), table(Commission)
REQUIRED = "required"
"""Value of the mission's setting `signatures` under which unsigned operations are held."""
_DEVICES = (
    select(DEVICES.c.id, DEVICES.c.mission, DEVICES.c.team, DEVICES.c.state, DEVICES.c.public_key, DEVICES.c.link)
    .add_columns(MISSIONS.c.settings)
    .select_from(DEVICES.outerjoin(MISSIONS, MISSIONS.c.code == DEVICES.c.mission))
    .where(DEVICES.c.id.in_(bindparam("ids", expanding=True)))
)
_OWNERS = select(REPORTS.c.report_id, REPORTS.c.team).where(
    REPORTS.c.mission == bindparam("of"),
    REPORTS.c.report_id.in_(bindparam("ids", expanding=True)),
    REPORTS.c.status != "held",
)


def missions_named(connection: Connection, mission: str, operations: Sequence[Sent]) -> frozenset[str]:
    """Those of the missions that operations name which have a log here; `mission` has one."""
    names = {operation.mission for operation in operations} - {mission}
    others = connection.execute(select(HEAD.c.mission).where(HEAD.c.mission.in_(names))).scalars() if names else ()
    return frozenset({mission, *others})


def read_known(
    connection: Connection, mission: str, carrier: str, operations: Sequence[Sent], contents: Sequence[Content]
) -> Known:
    """For operations that go into the log of `mission`; `contents` are their bodies."""
    devices, required = _devices(connection, {carrier, *(operation.device_id for operation in operations)})
    if not operations:
        return Known(mission, carrier, devices=devices)
    lasting = _lasting(connection, mission)
    stations, commissions = places_named(contents)
    return Known(
        mission=mission,
        carrier=carrier,
        devices=devices,
        links=_links(connection, mission, devices, operations),
        owners=_owners(connection, mission, operations),
        versions=lasting.versions_for(connection, contents),
        stations=lasting.places_for(connection, STATIONS, stations),
        commissions=lasting.places_for(connection, COMMISSIONS, commissions),
        signatures_required=mission in required,
    )


class _Lasting:
    """What a mission has once had and never loses: versions, codes of places. Only misses are looked up."""

    def __init__(self, mission: str) -> None:
        self._mission = mission
        self._versions: frozenset[tuple[str, int]] = frozenset()
        self._places: dict[str, set[str]] = defaultdict(set)

    def versions_for(self, connection: Connection, contents: Sequence[Content]) -> frozenset[tuple[str, int]]:
        named = {(content.body.get("form"), content.body.get("form_version")) for content in contents}
        if not named <= self._versions:
            query = select(CHECKLISTS.c.code, CHECKLISTS.c.version).where(CHECKLISTS.c.mission == self._mission)
            self._versions = frozenset((row.code, row.version) for row in connection.execute(query))
        return self._versions

    def places_for(self, connection: Connection, places: Table, codes: frozenset[str]) -> frozenset[str]:
        known = self._places[places.name]
        missing = codes - known
        if missing:
            query = select(places.c.code).where(places.c.mission == self._mission, places.c.code.in_(missing))
            known.update(connection.execute(query).scalars())
        return codes & known


_LASTING: WeakKeyDictionary[Pool, dict[str, _Lasting]] = WeakKeyDictionary()
"""By pool: `dispose` gives an engine a new one, and maybe another database."""


def _lasting(connection: Connection, mission: str) -> _Lasting:
    return _LASTING.setdefault(connection.engine.pool, {}).setdefault(mission, _Lasting(mission))


def _devices(connection: Connection, ids: set[str]) -> tuple[dict[str, DeviceFacts], frozenset[str]]:
    """The devices, and those of their missions that demand signatures."""
    rows = connection.execute(_DEVICES, {"ids": list(ids)}).all()
    required = frozenset(row.mission for row in rows if (row.settings or {}).get("signatures") == REQUIRED)
    return {row.id: DeviceFacts(row.mission, row.team, row.state, _key(row), row.link) for row in rows}, required


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
    """Of reports in which something counts: what is held under a report's id gives nobody a claim to it."""
    ids = {operation.report_id for operation in operations if operation.report_id is not None}
    if not ids:
        return {}
    return {row.report_id: row.team for row in connection.execute(_OWNERS, {"of": mission, "ids": list(ids)})}
