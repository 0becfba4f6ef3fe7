"""A mission's log as the database holds it, from its first entry to its head: in pieces, whatever its length, and
without a model in between, for that is where speed is.
"""

from collections.abc import Iterator
from datetime import timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, select, sql

from app.store import chain
from app.store.database import EPOCH_START
from app.store.log import CHAINED_FIELDS, HEAD
from app.store.walk import End, Link, faults_of

ROWS_AT_ONCE = 2000
LOG_COLUMNS = ("server_seq", "received_at", "entry", *CHAINED_FIELDS)
Fields = dict[str, Any]


def first_break(connection: Connection, mission: str) -> int | None:
    """The number of the first entry that does not hold or is missing; None for a log that is whole.

    Raises LookupError for a mission without a log.
    """
    end, epoch = log_end(connection, mission)
    if not epoch:
        raise LookupError("no such mission")
    links = (link for link, _ in log_links(connection, mission))
    fault = next(faults_of("log", links, chain.GENESIS, end), None)
    return None if fault is None else fault.number


def log_end(connection: Connection, mission: str) -> tuple[End, str]:
    """The head of the log, and its epoch; of a mission without a log the start, and no epoch."""
    row = connection.execute(select(HEAD).where(HEAD.c.mission == mission)).one_or_none()
    return (End(row.server_seq, row.entry), str(row.epoch)) if row else (End(0, chain.GENESIS), "")


def log_links(connection: Connection, mission: str) -> Iterator[tuple[Link, Fields]]:
    """Each entry of the log, with its fields by name."""
    for number, at, entry, *fields in rows_of(connection, "log", "server_seq", LOG_COLUMNS, mission):
        op = dict(zip(CHAINED_FIELDS, fields, strict=True))
        if type(op["body"]) is not bytes:
            op["body"] = str(op["body"]).encode()
        yield Link(number, entry, (number, iso(at), *fields)), op


def rows_of(
    connection: Connection, name: str, order: str, columns: tuple[str, ...], mission: str
) -> Iterator[tuple[Any, ...]]:
    """These columns of a mission's rows, as the driver gives them."""
    plain: list[sql.ColumnElement[Any]] = [sql.column(one) for one in columns]
    own = (
        select(*plain).select_from(sql.table(name)).order_by(sql.column(order)).where(sql.column("mission") == mission)
    )
    for part in connection.execute(own, execution_options={"yield_per": ROWS_AT_ONCE}).partitions():
        yield from part


@lru_cache(maxsize=4096)  # those of one commit share their time
def iso(microseconds: object) -> str:
    """As times read when they were sealed. SQLite keeps whatever somebody puts there instead."""
    if not isinstance(microseconds, int):
        return str(microseconds)
    return (EPOCH_START + timedelta(microseconds=microseconds)).isoformat()
