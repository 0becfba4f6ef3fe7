"""Engines for SQLite and PostgreSQL, and the one type for times."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any

from sqlalchemy import BigInteger, Connection, Dialect, Engine, Table, TypeDecorator, create_engine, event

EPOCH_START = datetime(1970, 1, 1, tzinfo=UTC)

ROWS_A_STATEMENT = 100
SQLITE_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",  # NORMAL loses acknowledged commits on power loss
    "foreign_keys=ON",
    "busy_timeout=5000",
    "trusted_schema=OFF",
    "cache_size=-65536",
    "wal_autocheckpoint=8000",  # 32 MB: pages that every commit touches are copied into the file less often
)


class UtcTime(TypeDecorator[datetime]):
    """Integer microseconds since 1970 in UTC; comes back with its zone.

    SQLite drops the offset of `DateTime(timezone=True)`, an error of hours that nobody sees. A naive time is refused.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else to_microseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else EPOCH_START + timedelta(microseconds=value)


def to_microseconds(value: datetime) -> int:
    """Since 1970 in UTC. Raises ValueError for a time without a zone."""
    if value.tzinfo is None:
        raise ValueError("a time without a zone: use datetime.now(UTC)")
    return (value - EPOCH_START) // timedelta(microseconds=1)


def insert_rows(connection: Connection, into: Table, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Insert rows as the driver takes them: times as microseconds.

    Many rows a statement: SQLite's driver lets go of the interpreter at each, and waits for it as often.
    """
    for start in range(0, len(rows), ROWS_A_STATEMENT):
        some = rows[start : start + ROWS_A_STATEMENT]
        text = _insert_text(into, tuple(columns), len(some), connection.dialect.name)
        connection.exec_driver_sql(text, tuple(chain.from_iterable(some)))


@lru_cache
def _insert_text(into: Table, columns: tuple[str, ...], rows: int, dialect: str) -> str:
    marks = ", ".join(["?" if dialect == "sqlite" else "%s"] * len(columns))
    lines = ", ".join([f"({marks})"] * rows)
    return f"INSERT INTO {into.name} ({', '.join(columns)}) VALUES {lines}"  # noqa: S608 - names of our own tables


def connect(url: str) -> Engine:
    """An engine for `url`. SQLite makes its folder; PostgreSQL pools ten connections."""
    return _sqlite(url) if url.startswith("sqlite") else _postgresql(url)


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that may write: SQLite takes the write lock at once, so that it never fails half-way."""
    with engine.connect() as connection, connection.execution_options(urna_writes=True).begin():
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that only reads, over one snapshot on both databases."""
    with engine.connect() as connection:
        if engine.dialect.name != "sqlite":
            connection.execution_options(isolation_level="REPEATABLE READ")
        yield connection


def _sqlite(url: str) -> Engine:
    Path(url.removeprefix("sqlite:///")).absolute().parent.mkdir(parents=True, exist_ok=True)
    # As many as there are threads that may ask: a connection beyond the pool is opened and thrown away each time.
    pool = {"pool_size": 48, "max_overflow": 0, "pool_timeout": 5}
    engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": 5}, **pool)
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_pragmas(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # the driver must not open transactions of its own
    for pragma in SQLITE_PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("urna_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _postgresql(url: str) -> Engine:
    limits = "-c statement_timeout=15000 -c idle_in_transaction_session_timeout=10000 -c lock_timeout=10000"
    return create_engine(
        url.replace("postgresql://", "postgresql+psycopg://", 1),
        pool_size=10,
        max_overflow=0,
        pool_timeout=3,
        pool_pre_ping=True,
        connect_args={"options": limits},
    )
