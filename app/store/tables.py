"""Every table. Wire shapes are other classes: a table does not validate.

The log is the truth; `Mission` to `Plan` and `Report` are projections of it, droppable and rebuilt by `urna rebuild`.
`Device`, `Enrolment`, `ApiKey`, `Staff` hold who may, and are no projection.
"""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, LargeBinary, Table, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.store.database import UtcTime

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
SQLModel.metadata.naming_convention = NAMES


def table(model: type[SQLModel]) -> Table:
    """The Core table behind a model, for statements over many rows."""
    return cast(Table, model.__table__)  # type: ignore[attr-defined]


def _time(nullable: bool = False) -> Any:
    return Field(default=None, sa_type=UtcTime, nullable=nullable)


def _json() -> Any:
    return Field(default_factory=dict, sa_type=JSON, nullable=False)


class LogHead(SQLModel, table=True):
    """One row a mission: the number and the chain's end. Taken by UPDATE, held to the commit, never cached."""

    __tablename__ = "log_head"
    mission: str = Field(primary_key=True)
    epoch: str
    server_seq: int = Field(sa_type=BigInteger)
    entry: str
    received_at: datetime = _time()


class LogEntry(SQLModel, table=True):
    """One entry of a mission's log: a phone's operation, an act of staff, a piece of set-up. Never updated."""

    __tablename__ = "log"
    __table_args__ = (
        UniqueConstraint("mission", "op_id"),
        Index(None, "mission", "report_id"),
        Index(None, "mission", "author", "number"),
    )
    mission: str = Field(primary_key=True)
    server_seq: int = Field(primary_key=True, sa_type=BigInteger)
    op_id: str
    kind: str
    author_kind: str  # device | staff | setup
    author: str  # device id, staff name, or "setup"
    team: str | None = None  # of the device when it sent
    number: int | None = Field(default=None, sa_type=BigInteger)  # device_seq, null for staff and set-up
    report_id: str | None = None
    made_at: str  # as sent
    tz_min: int | None = None
    prev: str | None = None
    hash: str
    sig: str | None = None
    link: str
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    state: str  # accepted | held
    code: str | None = None  # why it is held
    flags: str = ""  # blank-separated: unsigned, carried, ...
    carried_by: str | None = None
    received_at: datetime = _time()
    entry: str


class Conflict(SQLModel, table=True):
    """Another text under a known op_id: kept once for each link, never counted."""

    mission: str = Field(primary_key=True)
    op_id: str = Field(primary_key=True)
    link: str = Field(primary_key=True)
    author: str
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    received_at: datetime = _time()


class Blob(SQLModel, table=True):
    """Content-addressed bytes: checklists, station lists, set-up."""

    mission: str = Field(primary_key=True)
    hash: str = Field(primary_key=True)
    media_type: str
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class Mission(SQLModel, table=True):
    code: str = Field(primary_key=True)
    name: str
    day: str  # election day, YYYY-MM-DD
    zone: str  # IANA
    languages: list[str] = Field(sa_type=JSON)
    settings: dict[str, Any] = _json()
    from_seq: int = Field(sa_type=BigInteger)


class Region(SQLModel, table=True):
    mission: str = Field(primary_key=True)
    code: str = Field(primary_key=True)
    name: dict[str, str] = _json()
    zone: str | None = None
    blob: str | None = None  # the region's station list
    from_seq: int = Field(sa_type=BigInteger)


class Commission(SQLModel, table=True):
    mission: str = Field(primary_key=True)
    code: str = Field(primary_key=True)
    name: dict[str, str] = _json()
    region: str | None = None
    from_seq: int = Field(sa_type=BigInteger)


class Station(SQLModel, table=True):
    mission: str = Field(primary_key=True)
    code: str = Field(primary_key=True)
    number: str
    name: str
    address: str = ""
    region: str | None = Field(default=None)
    district: str | None = None
    commission: str | None = None
    settlement: str | None = None  # urban | rural
    type: str | None = None  # ordinary, military, ...
    voters: int | None = None
    lat: float | None = None
    lon: float | None = None
    zone: str | None = None
    opens_at: str | None = None  # HH:MM
    closes_at: str | None = None
    sampled: bool | None = None
    stratum: str | None = None
    from_seq: int = Field(sa_type=BigInteger)


class Team(SQLModel, table=True):
    mission: str = Field(primary_key=True)
    code: str = Field(primary_key=True)
    region: str | None = None
    members: int | None = None
    type: str | None = None  # the delegation it belongs to, where several file the same checklists
    from_seq: int = Field(sa_type=BigInteger)


class Candidate(SQLModel, table=True):
    mission: str = Field(primary_key=True)
    code: str = Field(primary_key=True)
    position: int = Field(sa_type=Integer)
    name: dict[str, str] = _json()
    from_seq: int = Field(sa_type=BigInteger)


class ChecklistVersion(SQLModel, table=True):
    """A published version; its compiled JSON is the blob `hash`."""

    __tablename__ = "checklist"
    mission: str = Field(primary_key=True)
    code: str = Field(primary_key=True)
    version: int = Field(primary_key=True, sa_type=Integer)
    hash: str
    from_seq: int = Field(sa_type=BigInteger)


class Plan(SQLModel, table=True):
    """One planned visit of a team; `place` is a station's or, for tabulation, a commission's code."""

    mission: str = Field(primary_key=True)
    team: str = Field(primary_key=True)
    position: int = Field(primary_key=True, sa_type=Integer)
    place: str
    stage: str
    from_seq: int = Field(sa_type=BigInteger)


class Report(SQLModel, table=True):
    """A report as folded from its operations. `state` is the canonical JSON of `forms.fold.Report`."""

    __table_args__ = (Index(None, "mission", "last_seq"), Index(None, "mission", "team"))
    mission: str = Field(primary_key=True)
    report_id: str = Field(primary_key=True)
    team: str | None = None
    form: str | None = None
    form_version: int | None = None
    place_kind: str | None = None
    place_id: str | None = None
    status: str
    first_seq: int = Field(sa_type=BigInteger)
    last_seq: int = Field(sa_type=BigInteger)
    state: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class ReportFindings(SQLModel, table=True):
    """What the checks found in a report's latest and counted state, as canonical JSON; made after the commit."""

    __tablename__ = "report_findings"
    mission: str = Field(primary_key=True)
    report_id: str = Field(primary_key=True)
    last_seq: int = Field(sa_type=BigInteger)  # the report's last_seq that was judged
    findings: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class Device(SQLModel, table=True):
    __table_args__ = (UniqueConstraint("token_sha256"), Index(None, "mission", "team"))
    id: str = Field(primary_key=True)
    mission: str
    team: str
    label: str = ""
    token_sha256: str
    public_key: dict[str, Any] | None = Field(default=None, sa_type=JSON)  # P-256 JWK
    state: str = "active"  # active | lost | closed
    device_seq: int = Field(default=0, sa_type=BigInteger)  # highest number stored
    link: str | None = None  # of that operation
    flags: str = ""  # chain_gap, forked
    directive: str | None = None  # flush_then_forget: what a person decided that the phone is told
    app_version: str | None = None
    queue: dict[str, Any] = _json()  # what the phone said it still holds
    created_at: datetime = _time()
    last_contact_at: datetime | None = _time(nullable=True)


class Enrolment(SQLModel, table=True):
    """A one-time code. The locator finds the row, the secret is kept as an argon2id hash."""

    __table_args__ = (Index(None, "mission", "team"),)
    locator: str = Field(primary_key=True)
    mission: str
    team: str
    secret_hash: str
    created_at: datetime = _time()
    expires_at: datetime = _time()
    tries: int = Field(default=0, sa_type=Integer)
    used_at: datetime | None = _time(nullable=True)
    device_id: str | None = None
    key_thumbprint: str | None = None


class ApiKey(SQLModel, table=True):
    __tablename__ = "api_key"
    __table_args__ = (UniqueConstraint("sha256"),)
    id: str = Field(primary_key=True)
    mission: str
    sha256: str
    scopes: str  # blank-separated
    label: str = ""  # for whom or what
    made_by: str = ""  # name of staff, or "urna"
    created_at: datetime = _time()
    expires_at: datetime = _time()
    revoked_at: datetime | None = _time(nullable=True)


class Staff(SQLModel, table=True):
    mission: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    role: str  # admin, head, analyst, coordinator, auditor
    regions: list[str] = Field(default_factory=list, sa_type=JSON, nullable=False)  # a coordinator's own
    password_hash: str = Field(sa_type=Text)
    totp: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))  # sealed, see store.vault
    totp_step: int | None = Field(default=None, sa_type=BigInteger)  # the newest that was used; none works twice
    created_at: datetime = _time()


class StaffSession(SQLModel, table=True):
    __tablename__ = "staff_session"
    sha256: str = Field(primary_key=True)
    mission: str
    staff: str
    created_at: datetime = _time()
    seen_at: datetime = _time()
    expires_at: datetime = _time()
