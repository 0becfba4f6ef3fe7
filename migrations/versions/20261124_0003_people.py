"""Persons apart; regions and second factor of staff; what a device is told; for whom a key is."""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

import app.store.database

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString
    op.create_table(
        "person",
        sa.Column("id", text(), nullable=False),
        sa.Column("mission", text(), nullable=False),
        sa.Column("team", text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", app.store.database.UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    op.create_index(op.f("ix_person_mission_team"), "person", ["mission", "team"])
    op.add_column("staff", sa.Column("regions", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("staff", sa.Column("totp", sa.LargeBinary(), nullable=True))
    op.add_column("staff", sa.Column("totp_step", sa.BigInteger(), nullable=True))
    op.add_column("device", sa.Column("directive", text(), nullable=True))
    op.add_column("api_key", sa.Column("label", text(), nullable=False, server_default=""))
    op.add_column("api_key", sa.Column("made_by", text(), nullable=False, server_default=""))


def downgrade() -> None:
    for table, columns in (
        ("api_key", ("made_by", "label")),
        ("device", ("directive",)),
        ("staff", ("totp_step", "totp", "regions")),
    ):
        for column in columns:
            op.drop_column(table, column)
    op.drop_index(op.f("ix_person_mission_team"), "person")
    op.drop_table("person")
