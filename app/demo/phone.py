"""A phone of the demo: a device key, a chain of operations, and what it says to the server. No network here."""

import hashlib
import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from app.demo.chance import SEED, dice_of, uuid7
from app.demo.steps import Step
from app.store.chain import body_hash, link_text

VERSION = "demo"


@dataclass
class Phone:
    """A phone that is enrolled."""

    mission: str
    device_id: str
    token: str
    key: ec.EllipticCurvePrivateKey
    number: int = 0
    link: str | None = None
    known: dict[str, Any] | None = None
    """The newest receipt."""

    def mint(self, step: Step, other: "Phone | None") -> dict[str, Any]:
        """The next operation, tied to the one before and signed; `other` is the team's second phone."""
        seen = {"seen": {other.device_id: other.number}} if other and step.knows_other and other.number else {}
        body = json.dumps({**step.body, **seen}, ensure_ascii=False, separators=(",", ":"))
        operation = {
            "op_id": uuid7(step.at, dice_of("operation", step.report_id, step.kind, step.at, step.phone)),
            "device_seq": self.number + 1,
            "kind": step.kind,
            "report_id": step.report_id,
            "made_at": f"{step.at:%Y-%m-%dT%H:%M:%S}.{step.at.microsecond // 1000:03}Z",
            "tz_min": step.tz_min,
            "prev": self.link,
            "body": body,
            "hash": body_hash(body.encode()),
        }
        lines = link_text([self.mission, self.device_id, *(operation[name] for name in LINKED)])
        self.number, self.link = self.number + 1, hashlib.sha256(lines).hexdigest()
        return {**operation, "sig": sign(self.key, lines)}


LINKED = ("device_seq", "op_id", "kind", "report_id", "made_at", "tz_min", "prev", "hash")
"""In the order of the link, after mission and device."""


def key_of(team: str, number: int) -> ec.EllipticCurvePrivateKey:
    """The same key for the same phone in every run."""
    digest = hashlib.sha256(f"{SEED}:key:{team}:{number}".encode()).digest()
    return ec.derive_private_key(int.from_bytes(digest, "big") >> 1, ec.SECP256R1())


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
