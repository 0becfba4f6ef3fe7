"""Who observers are, apart from what they saw: nothing of the log, of reports or of results refers to this table."""

from datetime import datetime

from sqlalchemy import Column, Index, LargeBinary
from sqlmodel import Field, SQLModel

from app.store.database import UtcTime


class Person(SQLModel, table=True):
    """An observer. Name, telephone and mail lie sealed under a key that no database and no backup of it holds."""

    __table_args__ = (Index(None, "mission", "team"),)
    id: str = Field(primary_key=True)
    mission: str
    team: str
    sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    created_at: datetime = Field(sa_type=UtcTime, nullable=False)
