"""The server's secret: one file, from which keys are derived. Never in the database, never in its backups."""

import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SECRET_BYTES_MIN = 32
SAMPLES = (b"changethis", b"secret", b"example")


def load_secret(file: Path | None, data_dir: Path) -> bytes:
    """The secret's bytes. Without `file`, one is made in the data folder at first start.

    Raises ValueError for a missing file, a short secret or a sample.
    """
    if file is not None:
        return _checked(_read(file), file)
    made = data_dir / "secret"
    if not made.exists():
        _create(made)
    return _checked(made.read_bytes().strip(), made)


def derive(secret: bytes, purpose: str, length: int = 32) -> bytes:
    """A key for one purpose (HKDF-SHA256, RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=purpose.encode()).derive(secret)


def _create(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "wb") as stream:
        stream.write(secrets.token_hex(48).encode())


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes().strip()
    except OSError as error:
        raise ValueError(f"{file} cannot be read: {error.strerror}") from error


def _checked(secret: bytes, file: Path) -> bytes:
    if len(secret) < SECRET_BYTES_MIN or any(secret.lower().startswith(sample) for sample in SAMPLES):
        raise ValueError(f"{file} holds no secret of at least {SECRET_BYTES_MIN} bytes")
    return secret
