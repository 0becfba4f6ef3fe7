"""Checkpoints that the server keeps, written once like the log and the audit trail."""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

import app.store.database

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString
    op.create_table(
        "checkpoint",
        sa.Column("mission", text(), nullable=False),
        sa.Column("at", app.store.database.UtcTime(), nullable=False),
        sa.Column("epoch", text(), nullable=False),
        sa.Column("server_seq", sa.BigInteger(), nullable=False),
        sa.Column("entry", text(), nullable=False),
        sa.Column("audit_number", sa.BigInteger(), nullable=False),
        sa.Column("audit_entry", text(), nullable=False),
        sa.Column("sig", text(), nullable=False),
        sa.PrimaryKeyConstraint("mission", "at", name=op.f("pk_checkpoint")),
    )
    if op.get_bind().dialect.name == "sqlite":
        for event in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER checkpoint_no_{event.lower()} BEFORE {event} ON checkpoint "
                "BEGIN SELECT RAISE(ABORT, 'rows of checkpoint are written once'); END"
            )
    else:
        op.execute(
            "CREATE TRIGGER checkpoint_written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON checkpoint "
            "FOR EACH STATEMENT EXECUTE FUNCTION urna_written_once()"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER checkpoint_no_update")
        op.execute("DROP TRIGGER checkpoint_no_delete")
    else:
        op.execute("DROP TRIGGER checkpoint_written_once ON checkpoint")
    op.drop_table("checkpoint")
