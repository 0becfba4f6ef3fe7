"""Tables of the analysts' door: snapshots with the bytes that they keep, webhooks and what became of each delivery."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.store.database import UtcTime


def _time(nullable: bool = False) -> Any:
    return Field(default=None, sa_type=UtcTime, nullable=nullable)


class Snapshot(SQLModel, table=True):
    """A number of the log under a name, for ever. Its data package is kept byte for byte."""

    mission: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    epoch: str
    server_seq: int = Field(sa_type=BigInteger)
    as_of: datetime | None = _time(nullable=True)  # when that entry came in
    made_at: datetime = _time()
    made_by: str
    release: str  # of Urna: the rules by which its package was counted
    sha256: str | None = None  # of the package; null until it is kept
    size_bytes: int | None = Field(default=None, sa_type=BigInteger)


class SnapshotPart(SQLModel, table=True):
    """A stretch of a snapshot's package."""

    __tablename__ = "snapshot_part"
    mission: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    position: int = Field(primary_key=True, sa_type=Integer)
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class Webhook(SQLModel, table=True):
    """An address that is told of events. Its secret is derived from the server's, never stored."""

    __table_args__ = (Index(None, "mission"),)
    id: str = Field(primary_key=True)
    mission: str
    url: str = Field(sa_type=Text)
    events: str  # blank-separated
    made_at: datetime = _time()
    made_by: str
    seen_seq: int = Field(default=0, sa_type=BigInteger)  # the log has been looked through up to here
    ended_at: datetime | None = _time(nullable=True)


class WebhookDelivery(SQLModel, table=True):
    """One message to one webhook, each event once, and what became of it."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (UniqueConstraint("webhook", "event", "about"), Index(None, "state", "next_at"))
    id: str = Field(primary_key=True)  # the webhook-id of its header
    mission: str
    webhook: str
    event: str
    about: str  # id of the report, name of the snapshot
    body: str = Field(sa_type=Text)
    made_at: datetime = _time()
    state: str = "waiting"  # waiting | delivered | failed
    tries: int = Field(default=0, sa_type=Integer)
    next_at: datetime = _time()
    status: int | None = Field(default=None, sa_type=Integer)  # of the last answer
    error: str | None = None  # why there was none
    delivered_at: datetime | None = _time(nullable=True)
