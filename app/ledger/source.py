"""What a verification reads beside the log: the audit trail, devices' keys, kept checkpoints, blobs."""

from collections.abc import Iterator

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import Connection, select

from app.store import audit
from app.store.checkpoints import CHECKPOINTS, Checkpoint
from app.store.log import BLOB, HEAD
from app.store.seal import public_key
from app.store.tables import Device, table
from app.store.unbroken import iso, rows_of
from app.store.walk import End, Link

DEVICES = table(Device)
AUDIT_COLUMNS = ("number", "at", "entry", *audit.CHAINED_FIELDS)


def missions(connection: Connection) -> list[str]:
    """Of everything that has a log or an audit trail, by code."""
    found = {*connection.execute(select(HEAD.c.mission)).scalars()}
    return sorted(found | {*connection.execute(select(audit.HEADS.c.mission)).scalars()})


def audit_end(connection: Connection, mission: str) -> End:
    row = connection.execute(select(audit.HEADS).where(audit.HEADS.c.mission == mission)).one_or_none()
    return End(row.number, row.entry) if row else End(0, audit.GENESIS)


def audit_links(connection: Connection, mission: str) -> Iterator[Link]:
    """Each entry of the audit trail."""
    for number, at, entry, *fields in rows_of(connection, "audit", "number", AUDIT_COLUMNS, mission):
        yield Link(number, entry, (mission, number, iso(at), *fields))


def keys_of(connection: Connection, mission: str) -> dict[str, ec.EllipticCurvePublicKey]:
    """Device -> its public key, for those that have one."""
    query = select(DEVICES.c.id, DEVICES.c.public_key).where(DEVICES.c.mission == mission)
    return {row.id: public_key(row.public_key) for row in connection.execute(query) if row.public_key}


def kept_checkpoints(connection: Connection, mission: str) -> list[Checkpoint]:
    """Those that the server kept itself, oldest first."""
    query = select(CHECKPOINTS).where(CHECKPOINTS.c.mission == mission).order_by(CHECKPOINTS.c.at)
    rows = connection.execute(query).mappings()
    return [Checkpoint(**{**row, "at": row["at"].isoformat()}) for row in rows]


def blobs(connection: Connection, mission: str) -> Iterator[tuple[str, bytes]]:
    """Hash and bytes of everything content-addressed, one at a time: a list of stations may have megabytes."""
    query = select(BLOB.c.hash, BLOB.c.content).where(BLOB.c.mission == mission).order_by(BLOB.c.hash)
    for row in connection.execute(query, execution_options={"yield_per": 1}):
        yield row.hash, bytes(row.content)
