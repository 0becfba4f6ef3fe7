"""What a simulated phone remembers: an outbox that only grows, and the newest receipt of each operation. No network.

An operation waits until it has a receipt of the epoch in which the server lives; an answer of another epoch makes
everything wait again. That is the whole of the phone's side of "nothing is lost".
"""

import hashlib
import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from app.rehearsal.day import Step
from app.store.chain import body_hash, link_text

VERSION = "rehearsal"
LINKED = ("device_seq", "op_id", "kind", "report_id", "made_at", "tz_min", "prev", "hash")
"""In the order of the link, after mission and device."""
FINAL = ("accepted", "duplicate", "held", "rejected")


@dataclass(frozen=True)
class Noted:
    """What the server said of an operation."""

    epoch: str
    outcome: str
    server_seq: int | None
    code: str | None = None


@dataclass
class Phone:
    name: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    mission: str = ""
    device_id: str = ""
    token: str = ""
    grant: str = ""
    number: int = 0
    link: str | None = None
    known: dict[str, Any] | None = None
    epoch: str | None = None
    cursor: str | None = None
    outbox: dict[str, dict[str, Any]] = field(default_factory=dict)
    """op_id -> operation, in the order in which they were made."""
    noted: dict[str, Noted] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)
    """Operations of which two answers of one epoch said different things: there is no innocent reason."""
    made_s: list[float] = field(default_factory=list)
    """When each was made, in seconds since the start of the play."""
    contact_s: float = 0.0

    @property
    def waiting(self) -> list[dict[str, Any]]:
        return [op for op_id, op in self.outbox.items() if not self._is_noted(op_id)]

    def enrolled(self, answer: dict[str, Any]) -> None:
        self.mission, self.device_id = answer["mission"], answer["device_id"]
        self.token, self.grant, self.epoch = answer["token"], answer["grant"], answer["epoch"]

    def was_away(self, since_s: float, now_s: float) -> bool:
        """Whether an outage that began at `since_s` lies between the last contact and now."""
        return self.contact_s < since_s <= now_s

    def mint(self, step: Step) -> dict[str, Any]:
        """The next operation, tied to the one before, signed, and in the outbox."""
        text = json.dumps(step.body, ensure_ascii=False, separators=(",", ":"))
        operation = {
            "op_id": str(uuid4()),
            "device_seq": self.number + 1,
            "kind": step.kind,
            "report_id": step.report_id,
            "made_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "tz_min": 0,
            "prev": self.link,
            "body": text,
            "hash": body_hash(text.encode()),
        }
        lines = link_text([self.mission, self.device_id, *(operation[name] for name in LINKED)])
        self.number, self.link = self.number + 1, hashlib.sha256(lines).hexdigest()
        self.outbox[str(operation["op_id"])] = made = {**operation, "sig": sign(self.key, lines)}
        return made

    def envelope(self, operations: list[dict[str, Any]]) -> dict[str, Any]:
        return {
            "protocol": 1,
            "attempt_id": str(uuid4()),
            "device_id": self.device_id,
            "app": {"version": VERSION},
            "sent_at": datetime.now(UTC).isoformat(),
            "known": self.known,
            "queue": {"ops": len(self.waiting), "oldest_at": None, "drafts": 0},
            "ops": operations,
        }

    def note(self, sent: dict[str, Any], answer: Any) -> list[str]:
        """Take an answer to the envelope `sent`; op_ids that it settled. An answer that is not ours says nothing."""
        if not _is_answer(answer, sent):
            return []
        self.epoch, self.known = answer["epoch"], answer["receipt"] or self.known
        settled = []
        for operation, result in zip(sent["ops"], answer["results"], strict=True):
            if result["outcome"] in FINAL and result["op_id"] == operation["op_id"]:
                self._note_one(operation["op_id"], result)
                settled.append(operation["op_id"])
        return settled

    def _note_one(self, op_id: str, result: dict[str, Any]) -> None:
        outcome = result.get("state", result["outcome"])
        fresh = Noted(str(self.epoch), outcome, result.get("server_seq"), result.get("code"))
        before = self.noted.get(op_id)
        if before is not None and before.epoch == fresh.epoch and before != fresh:
            self.changed.append(op_id)
        self.noted[op_id] = fresh

    def _is_noted(self, op_id: str) -> bool:
        noted = self.noted.get(op_id)
        return noted is not None and noted.epoch == self.epoch


def _is_answer(answer: Any, sent: dict[str, Any]) -> bool:
    """A page of a captive portal is none, and neither is the answer to another attempt."""
    if not isinstance(answer, dict) or answer.get("kind") != "urna.push":
        return False
    return answer.get("attempt_id") == sent["attempt_id"] and len(answer["results"]) == len(sent["ops"])


def public_jwk(key: ec.EllipticCurvePrivateKey) -> dict[str, str]:
    numbers = key.public_key().public_numbers()
    x, y = (_base64url(part.to_bytes(32, "big")) for part in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}


def sign(key: ec.EllipticCurvePrivateKey, lines: bytes) -> str:
    """Raw r||s as base64url."""
    r, s = decode_dss_signature(key.sign(lines, ec.ECDSA(SHA256())))
    return _base64url(r.to_bytes(32, "big") + s.to_bytes(32, "big"))


def _base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
