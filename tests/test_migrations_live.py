"""Migrations of a server that lives: rows kept both ways, the version before still at work, a kill half-way mended."""

import multiprocessing
import os
import signal
import subprocess
import tarfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, MetaData, event, insert, inspect, select, text
from sqlalchemy import types as kinds

from app.store import schema
from app.store.database import connect, reading, writing
from tests.loading import ENVIRONMENT, Load
from tests.sending import set_out
from tests.serving import Server
from tests.test_kills import wait_until
from tests.test_migrations import downgrade, revisions

STEPS = [*zip(["base", *revisions()], revisions(), strict=False)][1:]
"""(revision before, revision) of each revision but the first."""
VERSIONS = "alembic_version"


def reflected(connection: Connection) -> MetaData:
    tables = MetaData()
    tables.reflect(connection)
    return tables


def fill(connection: Connection) -> None:
    """A row in every table, whatever its columns are."""
    for one in reflected(connection).sorted_tables:
        if one.name != VERSIONS:
            connection.execute(insert(one).values({column.name: made(column) for column in one.columns}))


def made(column: Any) -> Any:
    match column.type:
        case kinds.Boolean():
            return True
        case kinds.JSON():
            return {"kept": [1, "ә"]}
        case kinds.LargeBinary():
            return b"\x00\xff"
        case kinds.Integer() | kinds.Numeric() | kinds.Float():
            return 7
        case _:
            return f"{column.name} ә"


def rows(connection: Connection) -> dict[str, list[dict[str, Any]]]:
    found = {name: connection.execute(select(one)).mappings() for name, one in reflected(connection).tables.items()}
    return {name: [dict(row) for row in some] for name, some in found.items() if name != VERSIONS}


def kept(before: dict[str, list[dict[str, Any]]], after: dict[str, list[dict[str, Any]]]) -> bool:
    """Whether every row is there still, and says in each of its columns what it said."""
    return all(
        len(after[name]) == len(some)
        and all(old.items() <= new.items() for old, new in zip(some, after[name], strict=True))
        for name, some in before.items()
    )


@pytest.mark.parametrize(("before", "revision"), STEPS)
def test_each_revision_keeps_a_row_of_every_table_up_and_down(database: Engine, before: str, revision: str) -> None:
    downgrade(database, before)
    with writing(database) as connection:
        fill(connection)
        old = rows(connection)
    schema.migrate(database, revision)
    with reading(database) as connection:
        up = rows(connection)
    assert kept(old, up), f"{revision} loses or changes rows on the way up"
    downgrade(database, before)
    with reading(database) as connection:
        assert rows(connection) == old, f"{revision} loses or changes rows on the way down"


@pytest.mark.parametrize(("before", "revision"), STEPS)
def test_each_revision_only_adds_so_that_the_version_before_goes_on(
    database: Engine, before: str, revision: str
) -> None:
    downgrade(database, before)
    with reading(database) as connection:
        old = columns(connection)
    schema.migrate(database, revision)
    with reading(database) as connection:
        new = columns(connection)
    assert old.keys() <= new.keys()
    fresh = {name: column for name, column in new.items() if name not in old and name[0] in {one[0] for one in old}}
    needed = [name for name, column in fresh.items() if not column["nullable"] and column["default"] is None]
    assert needed == [], "an insert of the version before would fail: give a default in the database"


def columns(connection: Connection) -> dict[tuple[str, str], Any]:
    here = inspect(connection)
    return {(name, column["name"]): column for name in here.get_table_names() for column in here.get_columns(name)}


def git(*arguments: str) -> bytes:
    """What git says; nothing where the history is not here."""
    return subprocess.run(["git", *arguments], cwd=schema.ROOT, capture_output=True).stdout


def commit_before_the_newest_migration() -> str | None:
    """The last commit that had every migration of this checkout but the newest."""
    *others, newest = sorted(f"migrations/versions/{one.name}" for one in (schema.ROOT / "migrations").glob("*/*.py"))
    added = git("log", "--diff-filter=A", "--format=%H^", "--", newest).decode().split()
    for commit in ("HEAD", *added):
        if git("ls-tree", "--name-only", commit, "migrations/versions/").decode().split() == others:
            return commit
    return None


@pytest.fixture(scope="module")
def version_before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkout as it was before the newest migration."""
    commit = commit_before_the_newest_migration()
    if commit is None:
        pytest.skip("the history is not here: the version before the newest migration cannot be taken from it")
    folder = tmp_path_factory.mktemp("before")
    with tarfile.open(fileobj=BytesIO(git("archive", commit))) as files:
        files.extractall(folder, filter="data")
    return folder


def test_the_version_before_serves_on_while_and_after_the_schema_moves(
    database: Engine, database_url: str, version_before: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_out(database)
    downgrade(database, revisions()[-2])
    monkeypatch.chdir(version_before)
    server = Server(database_url, tmp_path, ENVIRONMENT, is_forked=False).start()
    try:
        with Load(server.url) as load:
            wait_until(lambda: load.answers[200] > 10)
            schema.migrate(database)
            moved = load.answers[200]
            wait_until(lambda: load.answers[200] > moved + 10)
            load.settle()
        load.check_all(database)
        assert load.answers.keys() <= {200, 503}, load.answers
    finally:
        server.kill()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        ("UPDATE alembic_version SET version_num = 'ffff'", "newer version"),
        ("INSERT INTO alembic_version VALUES ('ffff')", "newer version"),
        ("ALTER TABLE device DROP COLUMN label", "device.label"),
        ("DROP TABLE blob", "blob"),
        ("DELETE FROM alembic_version", "no schema"),
        (f"UPDATE alembic_version SET version_num = '{revisions()[-2]}'", "urna migrate"),
    ],
)
def test_a_schema_that_is_newer_older_or_half_there_is_told(database: Engine, spoil: str, said: str) -> None:
    with writing(database) as connection:
        connection.execute(text(spoil))
    with reading(database) as connection:
        assert said in str(schema.fault_of_schema(connection))


def test_serve_refuses_such_a_schema_with_exit_3_and_words(database: Engine, database_url: str, tmp_path: Path) -> None:
    with writing(database) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'ffff'"))
    refused = Server(database_url, tmp_path, {}).run("serve", "--port", "0", check=False)
    assert (refused.returncode, "newer version" in refused.stderr) == (3, True)


def _migrate_until(url: str, statements: int) -> None:
    """In a process of its own: the way up, killed at its n-th statement."""
    engine, left = connect(url), iter(range(statements))

    @event.listens_for(engine, "before_cursor_execute")
    def count(*_: Any) -> None:
        if next(left, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)

    schema.migrate(engine)


@pytest.mark.parametrize("statements", [3, 10, 25, 40])
def test_a_migration_that_is_killed_half_way_leaves_nothing_and_runs_again(
    database: Engine, database_url: str, statements: int
) -> None:
    downgrade(database, "base")
    database.dispose()
    migrating = multiprocessing.get_context("fork").Process(target=_migrate_until, args=(database_url, statements))
    migrating.start()
    migrating.join(60)
    assert migrating.exitcode == -signal.SIGKILL
    with reading(database) as connection:
        assert set(inspect(connection).get_table_names()) <= {VERSIONS}
        assert schema.fault_of_schema(connection)
    schema.migrate(database)
    with reading(database) as connection:
        assert schema.fault_of_schema(connection) is None
