"""The tables of the audit trail. Rows are written once: triggers refuse UPDATE and DELETE."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, Text
from sqlmodel import Field, SQLModel

from app.store import tables  # noqa: F401  sets how indexes are named, before a table is made
from app.store.database import UtcTime


class AuditHead(SQLModel, table=True):
    """One row a mission: number and chain's end of its trail. Taken by UPDATE, held to the commit, like the log's."""

    __tablename__ = "audit_head"
    mission: str = Field(primary_key=True)
    number: int = Field(sa_type=BigInteger)
    entry: str
    at: datetime = Field(sa_type=UtcTime, nullable=False)


class AuditEntry(SQLModel, table=True):
    """One act: who, what, about what, why. Ids and codes alone; names of observers never stand here."""

    __tablename__ = "audit"
    __table_args__ = (Index(None, "mission", "about"),)
    mission: str = Field(primary_key=True)
    number: int = Field(primary_key=True, sa_type=BigInteger)
    at: datetime = Field(sa_type=UtcTime, nullable=False)
    actor_kind: str  # staff | key | device | command | nobody
    actor: str  # name of staff, id of a key or device, "urna"
    act: str  # of app.store.audit.ACTS
    about: str = ""  # id of what was acted on
    reason: str = Field(default="", sa_type=Text)
    facts: str = Field(default="{}", sa_type=Text)  # JSON, ids and codes
    request_id: str = ""
    entry: str
