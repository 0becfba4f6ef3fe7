"""Hash links, pure. A device's link ties its operations together; the log's entry ties the log."""

from collections.abc import Iterable
from hashlib import sha256

GENESIS = "0" * 64
"""The entry before the first."""
_SIZES = tuple(size.to_bytes(4, "big") for size in range(256))


def body_hash(body: bytes) -> str:
    """SHA-256 of a body's bytes, lower-case hex."""
    return sha256(body).hexdigest()


def link_text(fields: Iterable[object]) -> bytes:
    """The lines that are hashed and signed: `urna-op-v1`, then each field as sent, null as an empty line."""
    lines = ["urna-op-v1", *("" if field is None else str(field) for field in fields)]
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def link(
    mission: str,
    device_id: str,
    device_seq: int | None,
    op_id: str,
    kind: str,
    report_id: str | None,
    made_at: str,
    tz_min: int | None,
    prev: str | None,
    hash: str,
) -> str:
    """The link of one operation: SHA-256 over its lines (design: The protocol), lower-case hex."""
    fields = (mission, device_id, device_seq, op_id, kind, report_id, made_at, tz_min, prev, hash)
    return sha256(link_text(fields)).hexdigest()


def entry(previous: str, fields: Iterable[object]) -> str:
    """The log's next entry: SHA-256 over 0x00, the previous entry, and each field with its length before it."""
    parts = [b"\x00", bytes.fromhex(previous)]
    for field in fields:
        raw = field if type(field) is bytes else b"" if field is None else str(field).encode("utf-8", "surrogatepass")
        size = len(raw)
        parts += (_SIZES[size] if size < len(_SIZES) else size.to_bytes(4, "big"), raw)
    return sha256(b"".join(parts)).hexdigest()
