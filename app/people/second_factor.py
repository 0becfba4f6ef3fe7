"""Six digits that change every half minute (RFC 6238), for those who could do most harm with a stolen password."""

import secrets
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from sqlalchemy import Row

from app.store.vault import Vault

SECOND_FACTOR_ROLES = ("admin", "analyst")
KEY_BYTES, DIGITS, STEP_S = 20, 6, 30
"""What every authenticator app takes: SHA-1, six digits, half a minute."""
PURPOSE = "urna-totp-v1"


def new_key() -> bytes:
    return secrets.token_bytes(KEY_BYTES)


def seal(vault: Vault, mission: str, name: str, key: bytes) -> bytes:
    return vault.seal(key, f"{mission} {name}")


def address(key: bytes, mission: str, name: str) -> str:
    """The otpauth:// address that an authenticator app reads from a QR."""
    return _totp(key).get_provisioning_uri(name, f"Urna {mission}")


def digits(key: bytes, now: datetime) -> str:
    return _totp(key).generate(int(now.timestamp())).decode()


def step_of(vault: Vault | None, row: Row[Any], code: str | None, now: datetime) -> int | None:
    """The time step of a code that is right now, or half a minute before or after; None for any other."""
    if vault is None or row.totp is None or not code:
        return None
    try:
        totp = _totp(vault.open(row.totp, f"{row.mission} {row.name}"))
    except ValueError:
        return None  # another server's secret: nobody can be asked for these digits here
    newest = int(now.timestamp()) // STEP_S
    return next((step for step in (newest, newest - 1, newest + 1) if _is_right(totp, code, step)), None)


def _is_right(totp: TOTP, code: str, step: int) -> bool:
    try:
        totp.verify(code.replace(" ", "").encode("utf-8", "replace"), step * STEP_S)
    except InvalidToken:
        return False
    return True


def _totp(key: bytes) -> TOTP:
    return TOTP(key, DIGITS, SHA1(), STEP_S)  # noqa: S303  HMAC-SHA-1, as RFC 6238 and the apps have it
