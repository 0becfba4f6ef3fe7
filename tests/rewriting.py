"""What the database refuses and an insider with its password can do all the same: change rows that are written once."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text

WRITTEN_ONCE = ("log", "conflict", "audit", "checkpoint")


@contextmanager
def rewriting(connection: Connection) -> Iterator[None]:
    """Take the triggers away, and put them back at the end."""
    if connection.dialect.name == "sqlite":
        kept = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
        away, back = [f"DROP TRIGGER {row.name}" for row in kept], [row.sql for row in kept]
    else:
        away = [f"ALTER TABLE {name} DISABLE TRIGGER USER" for name in WRITTEN_ONCE]
        back = [f"ALTER TABLE {name} ENABLE TRIGGER USER" for name in WRITTEN_ONCE]
    for statement in away:
        connection.exec_driver_sql(statement)
    yield
    for statement in back:
        connection.exec_driver_sql(statement)
