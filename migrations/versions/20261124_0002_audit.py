"""The audit trail, and triggers that refuse to change it or the log.

On SQLite a later revision that alters `log`, `conflict` or `audit` in batch mode makes the table anew and loses its
triggers: it must make them again (`tests/test_audit.py` says so).
"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

import app.store.database

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

WRITTEN_ONCE = ("log", "conflict", "audit")


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString
    op.create_table(
        "audit_head",
        sa.Column("mission", text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("entry", text(), nullable=False),
        sa.Column("at", app.store.database.UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("mission", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "audit",
        sa.Column("mission", text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("at", app.store.database.UtcTime(), nullable=False),
        sa.Column("actor_kind", text(), nullable=False),
        sa.Column("actor", text(), nullable=False),
        sa.Column("act", text(), nullable=False),
        sa.Column("about", text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("request_id", text(), nullable=False),
        sa.Column("entry", text(), nullable=False),
        sa.PrimaryKeyConstraint("mission", "number", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_mission_about"), "audit", ["mission", "about"])
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    if not is_sqlite:
        op.execute(POSTGRESQL_FUNCTION)
    for name in WRITTEN_ONCE:
        for statement in _sqlite(name) if is_sqlite else [_postgresql(name)]:
            op.execute(statement)


def downgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for name in WRITTEN_ONCE:
        for trigger in (f"{name}_no_update", f"{name}_no_delete") if is_sqlite else (f"{name}_written_once",):
            op.execute(f"DROP TRIGGER {trigger}" + ("" if is_sqlite else f" ON {name}"))
    if not is_sqlite:
        op.execute("DROP FUNCTION urna_written_once()")
    op.drop_index(op.f("ix_audit_mission_about"), "audit")
    op.drop_table("audit")
    op.drop_table("audit_head")


POSTGRESQL_FUNCTION = """
CREATE FUNCTION urna_written_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of % are written once', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""


def _sqlite(name: str) -> list[str]:
    return [
        f"CREATE TRIGGER {name}_no_{event.lower()} BEFORE {event} ON {name} "
        f"BEGIN SELECT RAISE(ABORT, 'rows of {name} are written once'); END"
        for event in ("UPDATE", "DELETE")
    ]


def _postgresql(name: str) -> str:
    """For the statement, not for each row: TRUNCATE has no rows, and an UPDATE of none is an attempt too."""
    return (
        f"CREATE TRIGGER {name}_written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON {name} "
        "FOR EACH STATEMENT EXECUTE FUNCTION urna_written_once()"
    )
