"""Seals single values at rest (AES-256-GCM) under keys derived from the server's secret.

The secret lies in a file of its own: whoever holds the database or a backup of it holds nothing readable.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.store.secrets import derive

NONCE_BYTES = 12


class Vault:
    """Seals and opens for one purpose. A value is tied to its place: rows cannot change places."""

    def __init__(self, secret: bytes, purpose: str) -> None:
        self._key = AESGCM(derive(secret, purpose))

    def seal(self, plain: bytes, place: str) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._key.encrypt(nonce, plain, place.encode())

    def open(self, sealed: bytes, place: str) -> bytes:
        """Raises ValueError where the bytes were changed, moved, or sealed under another secret."""
        try:
            return self._key.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place.encode())
        except InvalidTag:
            raise ValueError("sealed under another secret, or not here") from None
