"""The table of checkpoints that the server keeps. Rows are written once."""

from datetime import datetime

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from app.store import tables  # noqa: F401  sets how indexes are named, before a table is made
from app.store.database import UtcTime


class CheckpointRow(SQLModel, table=True):
    """Where a mission's two chains stood at a moment, signed by the server."""

    __tablename__ = "checkpoint"
    mission: str = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcTime, primary_key=True)
    epoch: str
    server_seq: int = Field(sa_type=BigInteger)
    entry: str
    audit_number: int = Field(sa_type=BigInteger)
    audit_entry: str
    sig: str
