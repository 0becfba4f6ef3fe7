"""Snapshots with their packages, webhooks with their deliveries."""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

import app.store.database

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    text, time = sqlmodel.sql.sqltypes.AutoString, app.store.database.UtcTime
    op.create_table(
        "snapshot",
        sa.Column("mission", text(), nullable=False),
        sa.Column("name", text(), nullable=False),
        sa.Column("epoch", text(), nullable=False),
        sa.Column("server_seq", sa.BigInteger(), nullable=False),
        sa.Column("as_of", time(), nullable=True),
        sa.Column("made_at", time(), nullable=False),
        sa.Column("made_by", text(), nullable=False),
        sa.Column("release", text(), nullable=False),
        sa.Column("sha256", text(), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("mission", "name", name=op.f("pk_snapshot")),
    )
    op.create_table(
        "snapshot_part",
        sa.Column("mission", text(), nullable=False),
        sa.Column("name", text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("mission", "name", "position", name=op.f("pk_snapshot_part")),
    )
    op.create_table(
        "webhook",
        sa.Column("id", text(), nullable=False),
        sa.Column("mission", text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("events", text(), nullable=False),
        sa.Column("made_at", time(), nullable=False),
        sa.Column("made_by", text(), nullable=False),
        sa.Column("seen_seq", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", time(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
    )
    op.create_index(op.f("ix_webhook_mission"), "webhook", ["mission"])
    op.create_table(
        "webhook_delivery",
        sa.Column("id", text(), nullable=False),
        sa.Column("mission", text(), nullable=False),
        sa.Column("webhook", text(), nullable=False),
        sa.Column("event", text(), nullable=False),
        sa.Column("about", text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("made_at", time(), nullable=False),
        sa.Column("state", text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_at", time(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("error", text(), nullable=True),
        sa.Column("delivered_at", time(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_delivery")),
        sa.UniqueConstraint("webhook", "event", "about", name=op.f("uq_webhook_delivery_webhook_event_about")),
    )
    op.create_index(op.f("ix_webhook_delivery_state_next_at"), "webhook_delivery", ["state", "next_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_webhook_delivery_state_next_at"), "webhook_delivery")
    op.drop_table("webhook_delivery")
    op.drop_index(op.f("ix_webhook_mission"), "webhook")
    op.drop_table("webhook")
    op.drop_table("snapshot_part")
    op.drop_table("snapshot")
