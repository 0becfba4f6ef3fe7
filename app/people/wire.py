"""Shapes of the people's door."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Short = Annotated[str, StringConstraints(max_length=200, pattern="^[^\\x00]*$")]
"""No NUL: PostgreSQL keeps none in a text."""
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


class SignInAnswer(BaseModel):
    mission: str
    user: str
    role: str
    expires_at: str
