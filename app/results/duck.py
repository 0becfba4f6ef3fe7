"""The few statements by which rows get into DuckDB. Many rows travel as one JSON text: 30 times faster than one by one
(measured: 36 us a row of 130 columns)."""

from collections.abc import Sequence
from typing import Any

import duckdb
import orjson

FOREVER = 2**63 - 1
"""`to_seq` of what still stands."""
Connection = duckdb.DuckDBPyConnection
Rows = Sequence[Sequence[object]]


def insert(connection: Connection, table: str, rows: Rows) -> None:
    """Append rows of whole numbers, null or not, in the order of the table's columns."""
    if rows:
        picked = ", ".join(f"r[{place}]" for place in range(1, len(rows[0]) + 1))
        source = "(SELECT unnest(from_json(?, '[[\"BIGINT\"]]')) AS r)"
        connection.execute(f"INSERT INTO {table} SELECT {picked} FROM {source}", [_text(rows)])  # noqa: S608


def close(connection: Connection, table: str, key: str, ends: Rows) -> None:
    """Let the standing rows of (key, number) pairs end before that number."""
    if ends:
        pairs = "(SELECT r[1] AS key, r[2] AS seq FROM (SELECT unnest(from_json(?, '[[\"BIGINT\"]]')) AS r)) ended"
        standing = f"{table}.to_seq = {FOREVER} AND {table}.{key} = ended.key"
        connection.execute(f"UPDATE {table} SET to_seq = ended.seq FROM {pairs} WHERE {standing}", [_text(ends)])  # noqa: S608


def matching(connection: Connection, select: str, keys: Sequence[str], values: Rows) -> list[tuple[Any, ...]]:
    """Rows of `select` whose `keys` are among `values`."""
    if not values:
        return []
    wanted = ", ".join(f"r[{place}]" for place in range(1, len(keys) + 1))
    listed = f"(SELECT {wanted} FROM (SELECT unnest(from_json(?, '[[\"BIGINT\"]]')) AS r))"  # noqa: S608
    return connection.execute(f"{select} WHERE ({', '.join(keys)}) IN {listed}", [_text(values)]).fetchall()


def _text(rows: Rows) -> str:
    return orjson.dumps(rows).decode()
