"""What SQLite's planner is told about the tables.

It plans by statistics of its own, or without any by guesses that no mission fits: one mission holds nearly every row,
so an index is good only from its second column on. A fresh file would be read from end to end for each push, and a
file that was measured on its first day would mislead on the great one. So the sizes of a great mission are written
where `ANALYZE` writes (https://www.sqlite.org/fileformat2.html#stat1tab). PostgreSQL measures by itself.
"""

from sqlalchemy import Connection, inspect, text

ROWS, SHARED_FIRST_COLUMNS, ALIKE = 1_000_000, 1000, 4
"""Rows of a table; rows that agree in the first columns of an index, and in all of them where it is not unique."""
WHOLE_TABLE = ("mission",)


def tell_planner(connection: Connection) -> None:
    """Write the statistics for every index that is there. Does nothing on PostgreSQL."""
    if connection.dialect.name != "sqlite":
        return
    connection.execute(text("ANALYZE"))
    connection.execute(text("DELETE FROM sqlite_stat1"))
    rows = [row for table in inspect(connection).get_table_names() for row in _rows(connection, table)]
    if rows:
        connection.execute(text("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (:tbl, :idx, :stat)"), rows)
    connection.execute(text("ANALYZE sqlite_schema"))


def _rows(connection: Connection, table: str) -> list[dict[str, str]]:
    indexes = connection.execute(text("SELECT name, [unique] FROM pragma_index_list(:of)"), {"of": table}).all()
    return [{"tbl": table, "idx": name, "stat": _stat(connection, name, unique)} for name, unique in indexes]


def _stat(connection: Connection, index: str, unique: int) -> str:
    """Rows in all, then for each column how many rows agree in it and in those before."""
    query = text("SELECT name FROM pragma_index_info(:of) ORDER BY seqno")
    columns = tuple(connection.execute(query, {"of": index}).scalars())
    firsts = [ROWS if columns[:n] == WHOLE_TABLE else SHARED_FIRST_COLUMNS for n in range(1, len(columns))]
    last = 1 if unique else ROWS if columns == WHOLE_TABLE else ALIKE
    return " ".join(map(str, (ROWS, *firsts, last)))
