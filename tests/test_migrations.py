"""Every revision, up and down, with data, on both databases; models and migrations say the same."""

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, select, text
from sqlmodel import SQLModel

from app.store import schema
from app.store.database import reading, writing
from app.store.log import append
from app.store.tables import LogEntry, table
from tests.cast import BEFORE, MISSION, set_stage
from tests.test_log import draft


def revisions() -> list[str]:
    """Every revision, oldest first."""
    script = ScriptDirectory(str(schema.ROOT / "migrations"))
    return [revision.revision for revision in reversed(list(script.walk_revisions()))]


def downgrade(engine: Engine, to: str) -> None:
    with writing(engine) as connection:
        command.downgrade(schema.config_of(connection), to)


def tables_of(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names()) - {"alembic_version"}


@pytest.fixture
def empty(database: Engine) -> Engine:
    downgrade(database, "base")
    return database


def test_models_and_migrations_say_the_same(database: Engine) -> None:
    with reading(database) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_down_to_nothing_leaves_nothing(empty: Engine) -> None:
    with reading(empty) as connection:
        assert tables_of(connection) == set()
        assert not schema.is_current(connection)


def test_each_revision_goes_up_and_down_and_up_again(empty: Engine) -> None:
    before = "base"
    for revision in revisions():
        schema.migrate(empty, revision)
        downgrade(empty, before)
        schema.migrate(empty, revision)
        before = revision
    with reading(empty) as connection:
        assert schema.is_current(connection)


def test_the_newest_revision_keeps_the_data_it_finds(database: Engine) -> None:
    set_stage(database)
    with writing(database) as connection:
        append(connection, MISSION, [draft() for _ in range(3)], BEFORE)
    if len(revisions()) > 1:
        downgrade(database, revisions()[-2])
        schema.migrate(database)
    with reading(database) as connection:
        assert len(connection.execute(select(table(LogEntry).c.server_seq)).all()) == 3


def test_a_migration_that_is_run_twice_changes_nothing(database: Engine) -> None:
    with reading(database) as connection:
        before = tables_of(connection)
    schema.migrate(database)
    with reading(database) as connection:
        assert tables_of(connection) == before
        assert connection.execute(text("SELECT count(*) FROM alembic_version")).scalar_one() == 1
