"""Rows of the two chains as the database holds them, in pieces, without a model in between: that is where speed is."""

from collections.abc import Iterator
from datetime import timedelta
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import Connection, select, sql

from app.ledger.chains import End, Link
from app.store import audit, chain
from app.store.checkpoints import CHECKPOINTS, Checkpoint
from app.store.database import EPOCH_START
from app.store.log import BLOB, CHAINED_FIELDS, HEAD
from app.store.seal import public_key
from app.store.tables import Device, table

ROWS_AT_ONCE = 2000
DEVICES = table(Device)
LOG_COLUMNS = ("server_seq", "received_at", "entry", *CHAINED_FIELDS)
AUDIT_COLUMNS = ("number", "at", "entry", *audit.CHAINED_FIELDS)
Fields = dict[str, Any]


def missions(connection: Connection) -> list[str]:
    """Of everything that has a log or an audit trail, by code."""
    found = {*connection.execute(select(HEAD.c.mission)).scalars()}
    return sorted(found | {*connection.execute(select(audit.HEADS.c.mission)).scalars()})


def log_end(connection: Connection, mission: str) -> tuple[End, str]:
    """The head of the log, and its epoch."""
    row = connection.execute(select(HEAD).where(HEAD.c.mission == mission)).one_or_none()
    return (End(row.server_seq, row.entry), str(row.epoch)) if row else (End(0, chain.GENESIS), "")


def audit_end(connection: Connection, mission: str) -> End:
    row = connection.execute(select(audit.HEADS).where(audit.HEADS.c.mission == mission)).one_or_none()
    return End(row.number, row.entry) if row else End(0, audit.GENESIS)


def log_links(connection: Connection, mission: str) -> Iterator[tuple[Link, Fields]]:
    """Each entry of the log, with its fields by name."""
    for number, at, entry, *fields in _rows(connection, "log", "server_seq", LOG_COLUMNS, mission):
        op = dict(zip(CHAINED_FIELDS, fields, strict=True))
        if type(op["body"]) is not bytes:
            op["body"] = str(op["body"]).encode()
        yield Link(number, entry, (number, _iso(at), *fields)), op


def audit_links(connection: Connection, mission: str) -> Iterator[Link]:
    """Each entry of the audit trail."""
    for number, at, entry, *fields in _rows(connection, "audit", "number", AUDIT_COLUMNS, mission):
        yield Link(number, entry, (mission, number, _iso(at), *fields))


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


def _rows(
    connection: Connection, name: str, order: str, columns: tuple[str, ...], mission: str
) -> Iterator[tuple[Any, ...]]:
    plain: list[sql.ColumnElement[Any]] = [sql.column(one) for one in columns]
    own = (
        select(*plain).select_from(sql.table(name)).order_by(sql.column(order)).where(sql.column("mission") == mission)
    )
    for part in connection.execute(own, execution_options={"yield_per": ROWS_AT_ONCE}).partitions():
        yield from part


@lru_cache(maxsize=4096)  # those of one commit share their time
def _iso(microseconds: object) -> str:
    """As the log's times read when they were sealed. SQLite keeps whatever somebody puts there instead."""
    if not isinstance(microseconds, int):
        return str(microseconds)
    return (EPOCH_START + timedelta(microseconds=microseconds)).isoformat()
