"""Argon2id for what people type. At most two at once: a flood of sign-ins must not starve the phones."""

import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

HASHES_AT_ONCE = 2
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)  # OWASP's minimum
_gate = threading.Semaphore(HASHES_AT_ONCE)


def hashed(secret: str) -> str:
    with _gate:
        return _hasher.hash(secret)


def matches(stored: str, secret: str) -> bool:
    with _gate:
        try:
            return _hasher.verify(stored, secret)
        except (VerificationError, InvalidHashError):
            return False


NOBODY = _hasher.hash("nobody")
"""Verified against for unknown names, so that they take as long as known ones."""
