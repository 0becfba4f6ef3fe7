"""First tables: the log, what is set up, what is projected, who may."""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

import app.store.database

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:

    op.create_table(
        "api_key",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("mission", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("scopes", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("created_at", app.store.database.UtcTime(), nullable=False),
        sa.Column("expires_at", app.store.database.UtcTime(), nullable=False),
        sa.Column("revoked_at", app.store.database.UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("sha256", name=op.f("uq_api_key_sha256")),
    )
    op.create_table(
        "blob",
        sa.Column("mission", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("hash", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("media_type", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("mission", "hash", name=op.f("pk_blob")),
    )
    op.create_table(
        "candidate",
        sa.Column("mission", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("code", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("from_seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("mission", "code", name=op.f("pk_candidate")),
    )
    op.create_table(
        "checklist",
        sa.Column("mission", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("code", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("hash", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("from_seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("mission", "code", "version", name=op.f("pk_checklist")),
    )
    op.create_table(
        "commission",
        sa.Column("mission", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("code", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("region", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("from_seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("mission", "code", name=op.f("pk_commission")),
    )
    op.create_table(
        "conflict",
        sa.Column("mission", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("op_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("link", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("author", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", app.store.database.UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("mission", "op_id", "link", name=op.f("pk_conflict")),
    )
    op.create_table(
        "device",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("mission", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("team", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("label", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("token_sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("public_key", sa.JSON(), nullable=True),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("device_seq", sa.BigInteger(), nullable=False),
        sa.Column("link", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("flags", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("app_version", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("queue", sa.JSON(), nullable=False),
        sa.Column("created_at", app.store.database.UtcTime(), nullable=False),
        sa.Column("last_contact_at", app.store.database.UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_device_token_sha256")),
    )
    with op.batch_alter_table("device", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_device_mission_team"), ["mission", "team"], unique=False)

    op.create_table(
        "enrolment",
        sa.Column("locator", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("mission", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("team", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("secret_hash", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("created_at", app.store.database.UtcTime(), nullable=False),
        sa.Column("expires_at", app.store.database.UtcTime(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("used_at", app.store.database.UtcTime(), nullable=True),
        sa.Column("device_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("key_thumbprint", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.PrimaryKeyConstraint("locator", name=op.f("pk_enrolment")),
    )
    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_enrolment_mission_team"), ["mission", "team"], unique=False)

    op.create_table(
        "log",
        sa.Column("mission", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("server_seq", sa.BigInteger(), nullable=False),
        sa.Column("op_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("author_kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("author", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("team", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("report_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("made_at", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("tz_min", sa.Integer(), nullable=True),
        sa.Column("prev", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("hash", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("sig", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("link", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("code", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("flags", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("carried_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("received_at", app.store.database.UtcTime(), nullable=False),
        sa.Column("entry", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("mission", "server_seq", name=op.f("pk_log")),
        sa.UniqueConstraint("mission", "op_id", name=op.f("uq_log_mission_op_id")),
    )
    with op.batch_alter_table("log", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_log_mission_author_number"), ["mission", "author", "number"], unique=False)
        batch_op.create_index(batch_op.f("ix_log_mission_report_id"), ["mission", "report_id"], unique=False)

    op.create_table(
        "log_head",
        sa.Column("mission", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("epoch", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("server_seq", sa.BigInteger(), nullable=False),
        sa.Column("entry", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("received_at", app.store.database.UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("mission", name=op.f("pk_log_head")),
    )
    op.create_table(
        "mission",
        sa.Column("code", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("day", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("zone", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("from_seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_mission")),
    )
    op.create_table(
        "plan",
        sa.Column("mission", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("team", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("place", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("stage", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("from_seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("mission", "team", "position", name=op.f("pk_plan")),
    )
    op.create_table(
        "region",
        sa.Column("mission", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("code", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("zone", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("blob", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("from_seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("mission", "code", name=op.f("pk_region")),
    )
    op.create_table(
        "report",
        sa.Column("mission", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("report_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("team", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("form", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("form_version", sa.Integer(), nullable=True),
        sa.Column("place_kind", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("place_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("first_seq", sa.BigInteger(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("mission", "report_id", name=op.f("pk_report")),
    )
    with op.batch_alter_table("report", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_report_mission_last_seq"), ["mission", "last_seq"], unique=False)
        batch_op.create_index(batch_op.f("ix_report_mission_team"), ["mission", "team"], unique=False)

    op.create_table(
        "report_findings",
        sa.Column("mission", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("report_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("findings", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("mission", "report_id", name=op.f("pk_report_findings")),
    )
    op.create_table(
        "staff",
        sa.Column("mission", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("role", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("created_at", app.store.database.UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("mission", "name", name=op.f("pk_staff")),
    )
    op.create_table(
        "staff_session",
        sa.Column("sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("mission", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("staff", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("created_at", app.store.database.UtcTime(), nullable=False),
        sa.Column("seen_at", app.store.database.UtcTime(), nullable=False),
        sa.Column("expires_at", app.store.database.UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_staff_session")),
    )
    op.create_table(
        "station",
        sa.Column("mission", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("code", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("number", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("address", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("region", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("district", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("commission", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("settlement", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("type", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("voters", sa.Integer(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("zone", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("opens_at", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("closes_at", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("sampled", sa.Boolean(), nullable=True),
        sa.Column("stratum", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("from_seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("mission", "code", name=op.f("pk_station")),
    )
    op.create_table(
        "team",
        sa.Column("mission", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("code", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("region", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("members", sa.Integer(), nullable=True),
        sa.Column("type", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("from_seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("mission", "code", name=op.f("pk_team")),
    )


def downgrade() -> None:

    op.drop_table("team")
    op.drop_table("station")
    op.drop_table("staff_session")
    op.drop_table("staff")
    op.drop_table("report_findings")
    with op.batch_alter_table("report", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_report_mission_team"))
        batch_op.drop_index(batch_op.f("ix_report_mission_last_seq"))

    op.drop_table("report")
    op.drop_table("region")
    op.drop_table("plan")
    op.drop_table("mission")
    op.drop_table("log_head")
    with op.batch_alter_table("log", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_log_mission_report_id"))
        batch_op.drop_index(batch_op.f("ix_log_mission_author_number"))

    op.drop_table("log")
    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_enrolment_mission_team"))

    op.drop_table("enrolment")
    with op.batch_alter_table("device", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_device_mission_team"))

    op.drop_table("device")
    op.drop_table("conflict")
    op.drop_table("commission")
    op.drop_table("checklist")
    op.drop_table("candidate")
    op.drop_table("blob")
    op.drop_table("api_key")
