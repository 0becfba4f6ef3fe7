"""The schema's revision: bring a database to the head, or tell how far it is."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from app.store.database import writing

ROOT = Path(__file__).resolve().parents[2]


def migrate(engine: Engine, revision: str = "head") -> None:
    """Upgrade the database to `revision`."""
    with writing(engine) as connection:
        command.upgrade(_config(connection), revision)


def is_current(connection: Connection) -> bool:
    """Whether the database stands at the newest revision that this code knows."""
    script = ScriptDirectory.from_config(_config(connection))
    return MigrationContext.configure(connection).get_current_heads() == tuple(script.get_heads())


def _config(connection: Connection) -> Config:
    config = Config(ROOT / "alembic.ini")
    config.attributes["connection"] = connection
    return config
