"""The schema's revision: bring a database to the head, or tell how far it is."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect
from sqlmodel import SQLModel

from app.store import tables  # noqa: F401  the import fills the metadata
from app.store.database import writing

ROOT = Path(__file__).resolve().parents[2]


def migrate(engine: Engine, revision: str = "head") -> None:
    """Upgrade the database to `revision`."""
    with writing(engine) as connection:
        command.upgrade(config_of(connection), revision)


def is_current(connection: Connection) -> bool:
    """Whether the database stands at the newest revision that this code knows."""
    script = ScriptDirectory.from_config(config_of(connection))
    return MigrationContext.configure(connection).get_current_heads() == tuple(script.get_heads())


def revision_of(connection: Connection) -> str:
    """The revision at which the database stands; empty for a database without one, and where there are several."""
    heads = MigrationContext.configure(connection).get_current_heads()
    return heads[0] if len(heads) == 1 else ""


def fault_of_schema(connection: Connection) -> str | None:
    """What keeps this version from serving the database, with the way out; None where nothing does."""
    revisions = MigrationContext.configure(connection).get_current_heads()
    if not revisions:
        return "The database has no schema yet: urna migrate"
    if len(revisions) > 1 or not is_known(revisions[0]):
        return "The schema is of a newer version of Urna: serve it with that version, or restore a backup"
    if not is_current(connection):
        return "The schema is of an older version of Urna: urna backup, then urna migrate"
    missing = missing_parts(connection)
    if missing:
        return f"A part of the schema is missing, {', '.join(missing[:3])}: urna restore a backup"
    return None


def missing_parts(connection: Connection) -> list[str]:
    """Tables and columns that this code needs and the database has not: half of a restore, or of a migration."""
    here = inspect(connection)
    names = set(here.get_table_names())
    missing = []
    for one in SQLModel.metadata.sorted_tables:
        columns = {column["name"] for column in here.get_columns(one.name)} if one.name in names else set()
        missing += [f"{one.name}.{column.name}" for column in one.columns if column.name not in columns]
    return missing


def is_known(revision: str) -> bool:
    """Whether this code has that revision, the newest or an older one."""
    script = ScriptDirectory(str(ROOT / "migrations"))
    return any(one.revision == revision for one in script.walk_revisions())


def config_of(connection: Connection) -> Config:
    config = Config(ROOT / "alembic.ini")
    config.attributes["connection"] = connection
    return config
