"""Alembic's entry. One chain for SQLite and PostgreSQL; the URL comes from the settings or from the caller."""

from alembic import context
from sqlalchemy import Connection, text
from sqlmodel import SQLModel

from app.settings import settings
from app.store import (  # noqa: F401  the imports fill the metadata
    audit_tables,
    ledger_tables,
    people_tables,
    results_tables,
    tables,
)
from app.store.database import connect
from app.store.planner import tell_planner

LOCK = 0x75726E61  # "urna"; one migration at a time


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
    )
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL lock_timeout = '4s'"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        context.run_migrations()
        tell_planner(connection)


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with connect(settings().database_url).begin() as connection:
        run(connection)
