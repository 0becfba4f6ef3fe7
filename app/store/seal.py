"""The server's own signature (P-256) on receipts and grants. Every worker derives the same key from the secret."""

import base64
import json
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from app.store.secrets import derive

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256 (FIPS 186)


def to_base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """Raises ValueError for anything that is not base64url."""
    return base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)


class Seal:
    """Signs and verifies with the key derived from the server's secret. Signatures are raw r||s, base64url."""

    def __init__(self, secret: bytes) -> None:
        scalar = int.from_bytes(derive(secret, "urna-seal-v1", 48), "big") % (ORDER - 1) + 1
        self._key = ec.derive_private_key(scalar, ec.SECP256R1())

    def sign(self, message: bytes) -> str:
        r, s = decode_dss_signature(self._key.sign(message, ec.ECDSA(SHA256())))
        return to_base64url(r.to_bytes(32, "big") + s.to_bytes(32, "big"))

    def verifies(self, message: bytes, signature: str) -> bool:
        return verifies(self._key.public_key(), message, signature)

    def public_jwk(self) -> dict[str, str]:
        numbers = self._key.public_key().public_numbers()
        x, y = (to_base64url(n.to_bytes(32, "big")) for n in (numbers.x, numbers.y))
        return {"kty": "EC", "crv": "P-256", "x": x, "y": y}


def fingerprint(secret: bytes) -> str:
    """Tells secrets apart without giving one away: SHA-256 of the public key, lower-case hex."""
    return sha256(json.dumps(Seal(secret).public_jwk(), sort_keys=True).encode()).hexdigest()


def verifies(key: ec.EllipticCurvePublicKey, message: bytes, signature: str) -> bool:
    """Whether `signature` (raw r||s, base64url) over `message` is this key's."""
    try:
        raw = from_base64url(signature)
        if len(raw) != 64:
            return False
        der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        key.verify(der, message, ec.ECDSA(SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return True


def public_key(jwk: dict[str, object]) -> ec.EllipticCurvePublicKey:
    """A P-256 public key from its JWK. Raises ValueError for any other."""
    if jwk.get("kty") != "EC" or jwk.get("crv") != "P-256":
        raise ValueError("the key is not an EC key on P-256")
    x, y = (jwk.get(name) for name in ("x", "y"))
    if not isinstance(x, str) or not isinstance(y, str):
        raise ValueError("x and y are base64url texts")
    return _point(x, y)


@lru_cache(maxsize=4096)
def _point(x: str, y: str) -> ec.EllipticCurvePublicKey:
    """Kept for the devices that call again and again: to check that a point lies on the curve takes a millisecond."""
    return ec.EllipticCurvePublicNumbers(_coordinate(x), _coordinate(y), ec.SECP256R1()).public_key()


def _coordinate(text: str) -> int:
    return int.from_bytes(from_base64url(text), "big")
