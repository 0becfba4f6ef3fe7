"""Shapes of the people's door."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Short = Annotated[str, StringConstraints(max_length=200, pattern="^[^\\x00]*$")]
"""No NUL: PostgreSQL keeps none in a text."""
Reason = Annotated[str, StringConstraints(min_length=3, max_length=500, pattern="^[^\\x00]*$")]
Coordinate = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$")]


class Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class PublicKey(BaseModel):
    """A P-256 public key as JWK; what else a browser puts into one is left aside."""

    model_config = ConfigDict(extra="ignore", strict=True)
    kty: Annotated[str, StringConstraints(pattern="^EC$")]
    crv: Annotated[str, StringConstraints(pattern="^P-256$")]
    x: Coordinate
    y: Coordinate


class AppVersion(Asked):
    version: Short


class EnrolAsked(Asked):
    code: Short
    label: Short = ""
    public_key: PublicKey | None = None
    app: AppVersion | None = None


class OpenMission(BaseModel):
    name: str
    organisation: str = Field(description='Who runs it: the setting of this name; "" where there is none.')


class WelcomeAnswer(BaseModel):
    missions: list[OpenMission] = Field(description="Those that are not closed.")


class EnrolAnswer(BaseModel):
    device_id: str
    token: str
    team: str
    mission: str
    epoch: str
    grant: str


class GrantAsked(Asked):
    grant: Annotated[str, StringConstraints(max_length=4096)]


class GrantAnswer(BaseModel):
    device_id: str


class SignInAsked(Asked):
    mission: Short
    user: Short
    password: Short
    totp: Annotated[str, StringConstraints(max_length=12, pattern="^[0-9 ]*$")] | None = None
    """The six digits of an authenticator app, for roles that need them."""


class SignInAnswer(BaseModel):
    mission: str
    user: str
    role: str
    expires_at: str


class WhoAnswer(BaseModel):
    mission: str
    user: str
    role: str
    regions: list[str] | None = None
    """Of a coordinator; left out where it is the whole mission."""


class SessionRow(BaseModel):
    id: str
    user: str
    role: str
    created_at: str
    seen_at: str
    expires_at: str
    current: bool
    """Whether it is the one that asks."""


class SessionsAnswer(BaseModel):
    rows: list[SessionRow]


class StaffRow(BaseModel):
    user: str
    role: str
    regions: list[str]
    second_factor: bool
    created_at: str


class StaffAnswer(BaseModel):
    rows: list[StaffRow]


Scope = Literal["results:read", "results:embargoed", "results:public"]


class KeyAsked(Asked):
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=3)]
    days: Annotated[int, Field(ge=1, le=90)] = 30
    label: Short = ""


class KeyMade(BaseModel):
    key: str
    """Shown this once."""


class KeyRow(BaseModel):
    id: str
    scopes: list[str]
    label: str
    made_by: str
    created_at: str
    expires_at: str
    revoked_at: str | None


class KeysAnswer(BaseModel):
    rows: list[KeyRow]


class DeviceRow(BaseModel):
    id: str
    team: str
    label: str
    state: str
    directive: str | None
    flags: list[str]
    signs: bool
    app_version: str | None
    device_seq: int
    created_at: str
    last_contact_at: str | None


class DevicesAnswer(BaseModel):
    rows: list[DeviceRow]


class StateAsked(Asked):
    state: Literal["active", "lost", "closed"]
    reason: Reason


class DirectiveAsked(Asked):
    directive: Literal["flush_then_forget"] | None
    reason: Reason


class EnrolmentAsked(Asked):
    team: Short


class EnrolmentMade(BaseModel):
    code: str
    link: str
    expires_at: str


class PersonAsked(Asked):
    team: Short
    name: Short
    phone: Short = ""
    email: Short = ""


class PersonMade(BaseModel):
    id: str


class PersonsAsked(Asked):
    reason: Reason
    team: Short | None = None


class PersonRow(BaseModel):
    id: str
    team: str
    name: str
    phone: str
    email: str


class PersonsAnswer(BaseModel):
    rows: list[PersonRow]
