"""A backup put in the place of what is there. Nothing is removed: what was there is moved aside, under a name that says
when. Every mission begins a new epoch, so that phones offer again whatever the backup lacks.
"""

import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from alembic import command
from sqlalchemy import Connection, Engine, inspect, text

from app.store.backup import BackupError, copy_rows, examine, opened
from app.store.database import writing
from app.store.epoch import Mark, adopt, read_marks
from app.store.schema import config_of, migrate, revision_of


@dataclass(frozen=True)
class Restored:
    aside: str | None
    """Where that lies which was there before: a file, or a schema of the database."""
    marks: dict[str, Mark]
    missing: list[str]
    """Missions that were served here and that the backup does not hold."""


def put_back(engine: Engine, file: Path, data_dir: Path, now: datetime) -> Restored:
    """Restore a backup into the database of `engine`. Raises BackupError where the backup is not whole, or where
    somebody is still connected to the database.
    """
    examine(file)
    remembered = read_marks(data_dir)
    fill = _fill_sqlite if engine.dialect.name == "sqlite" else _fill_postgresql
    aside = fill(engine, file, f"before_restore_{now:%Y%m%dT%H%M%S}")
    migrate(engine)
    marks = adopt(engine, data_dir, every=True)
    return Restored(aside, marks, sorted(remembered.keys() - marks.keys()))


def _fill_sqlite(engine: Engine, file: Path, name: str) -> str | None:
    engine.dispose()
    target = Path(str(engine.url.database)).absolute()
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f"{target.name}.restoring")
    shutil.copyfile(file, fresh)
    os.chmod(fresh, 0o600)
    aside = _put_file_aside(target, target.with_name(f"{target.name}.{name}")) if target.exists() else None
    fresh.rename(target)
    return aside


def _put_file_aside(target: Path, aside: Path) -> str:
    _refuse_in_use(target)
    for end in ("", "-wal", "-shm"):
        part = target.with_name(target.name + end)
        if part.exists():
            part.rename(aside.with_name(aside.name + end))
    return str(aside)


def _refuse_in_use(target: Path) -> None:
    """A file can leave the WAL mode only while nobody else has it open. One that cannot be read is in nobody's use."""
    try:
        with closing(sqlite3.connect(target, timeout=1)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE").fetchone()
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise BackupError(f"{target} is in use: stop the server first.") from error
    except sqlite3.DatabaseError:
        return


def _fill_postgresql(engine: Engine, file: Path, name: str) -> str | None:
    """In one transaction: a restore that fails leaves everything as it was."""
    engine.dispose()
    with writing(engine) as target, opened(file) as source:
        _refuse_connected(target)
        aside = _put_schema_aside(target, name.lower())
        command.upgrade(config_of(target), revision_of(source))
        copy_rows(source, target)
    return aside


def _refuse_connected(connection: Connection) -> None:
    others = "datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    count = connection.execute(text(f"SELECT count(*) FROM pg_stat_activity WHERE {others}")).scalar_one()  # noqa: S608
    if count:
        raise BackupError(f"{count} others are connected to the database: stop the server first.")


def _put_schema_aside(connection: Connection, name: str) -> str | None:
    if not inspect(connection).get_table_names():
        return None
    schema = connection.execute(text("SELECT current_schema()")).scalar_one()
    connection.execute(text(f'ALTER SCHEMA "{schema}" RENAME TO "{name}"'))
    connection.execute(text(f'CREATE SCHEMA "{schema}"'))
    return name
