"""What the ledger's doors answer."""

from typing import Any

from pydantic import BaseModel


class CheckpointShape(BaseModel):
    mission: str
    epoch: str
    server_seq: int
    entry: str
    audit_number: int
    audit_entry: str
    at: str
    sig: str


class CheckpointsAnswer(BaseModel):
    """`key` is the server's public key, with which receipts and checkpoints verify; `now` is signed for this answer."""

    key: dict[str, str]
    now: CheckpointShape
    kept: list[CheckpointShape]


class ActShape(BaseModel):
    number: int
    at: str
    actor_kind: str
    actor: str
    act: str
    about: str
    reason: str
    facts: dict[str, Any]
    request_id: str
    entry: str


class AuditAnswer(BaseModel):
    rows: list[ActShape]
    acts: dict[str, str]
    next: int | None


class EntryShape(BaseModel):
    op_id: str
    server_seq: int
    kind: str
    state: str
    code: str | None
    made_at: str
    received_at: str
    entry: str


class ReceiptShape(BaseModel):
    short: str
    report_id: str
    team: str | None
    form: str | None
    place_id: str | None
    status: str
    entries: list[EntryShape]


class ReceiptsAnswer(BaseModel):
    rows: list[ReceiptShape]
