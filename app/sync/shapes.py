"""Shapes of the phones' door, for the description of the API. What is sent is read by hand: see wire.py."""

from typing import Any, Literal

from pydantic import BaseModel


class PushResult(BaseModel):
    """What became of one operation; in the order sent."""

    op_id: str | None
    outcome: Literal["accepted", "duplicate", "held", "rejected", "retry"]
    server_seq: int | None = None
    state: Literal["accepted", "held"] | None = None
    code: str | None = None


class ReceiptShape(BaseModel):
    mission: str
    epoch: str
    op_id: str
    server_seq: int
    entry: str
    sig: str


class ReplayAnswer(BaseModel):
    """What became of the lines of a file; `held` and `rejected` count by code, `not_here` is of other missions."""

    accepted: int
    duplicate: int
    held: dict[str, int]
    rejected: dict[str, int]
    not_here: int


class PushAnswer(BaseModel):
    kind: Literal["urna.push"]
    protocol: int
    attempt_id: str | None
    epoch: str
    server_time: str
    device_seq: int | None
    results: list[PushResult]
    receipt: ReceiptShape | None
    next_in_s: int
    pull: bool
    directive: str | None


class PulledChange(BaseModel):
    type: Literal["team", "plan", "form", "stations", "message", "report", "op", "mission"]
    id: str
    rev: int
    deleted: bool
    data: Any


class SignedCheckpoint(BaseModel):
    mission: str
    epoch: str
    server_seq: int
    entry: str
    audit_number: int
    audit_entry: str
    at: str
    sig: str


class PullAnswer(BaseModel):
    kind: Literal["urna.pull"]
    epoch: str
    changes: list[PulledChange]
    cursor: str
    more: bool
    checkpoint: SignedCheckpoint


PUSH_BODY: dict[str, Any] = {
    "type": "object",
    "required": ["protocol", "ops"],
    "properties": {
        "protocol": {"type": "integer", "enum": [1]},
        "attempt_id": {"type": ["string", "null"], "pattern": "^[A-Za-z0-9._:-]{1,100}$"},
        "device_id": {"type": "string", "format": "uuid"},
        "app": {"type": "object", "properties": {"version": {"type": "string"}}},
        "sent_at": {"type": "string", "format": "date-time"},
        "known": {"anyOf": [{"type": "object"}, {"type": "null"}]},
        "queue": {"type": "object"},
        "ops": {"type": "array", "maxItems": 100, "items": {"type": "object"}},
    },
}
"""Each operation is judged by itself, so its shape is not part of the request's: docs/sync.md has it."""
