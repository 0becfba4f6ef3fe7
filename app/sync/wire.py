"""What a phone sends, read by hand: one bad operation never fails the others. Pure.

An operation comes out as `Sent`, its fields fit for the log, or as `Refused` where it cannot be kept at all. What is
odd about a `Sent` stands in `odd`; it is kept for a person to look at.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeGuard

import orjson

from app.errors import Place, UrnaError
from app.store import chain

PROTOCOL = 1
KINDS = frozenset(
    {"report.revision", "report.finish", "report.void", "message.ack", "device.checkin", "attachment.declare"}
)
OWN_WORDS = ("report.", "message.", "device.", "attachment.")
"""First words of kinds that phones may come to send; any other is stored under `unknown.`, so that no phone can
write an entry that reads like one of staff's or of set-up's."""
CLOCK_OFF_MAX = timedelta(minutes=10)
SHORT_MAX = 64
SIG_MAX = 200

_HEX = re.compile(r"[0-9a-f]{64}")
_KIND = re.compile(r"[a-z]{1,16}(\.[a-z_]{1,24}){1,2}")
_TOKEN = re.compile(r"[A-Za-z0-9._:-]{1,100}")
_UUID = re.compile(r"(?:urn:uuid:)?\{?([0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12})\}?")
_UUID_AS_STORED = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Envelope:
    """A push without its operations looked at."""

    attempt_id: str | None
    device_id: str | None
    app_version: str | None
    sent_at: datetime | None
    known: dict[str, Any] | None
    queue: dict[str, Any]
    ops: list[Any]


@dataclass(frozen=True)
class Sent:
    """An operation whose bytes can be kept. `shown_id` is its id as sent, `op_id` the one spelling of it."""

    shown_id: str
    op_id: str
    mission: str
    device_id: str
    number: int | None
    kind: str
    report_id: str | None
    made_at: str
    tz_min: int | None
    prev: str | None
    hash: str
    sig: str | None
    body: bytes
    lines: bytes
    """What the link hashes and the signature signs: each field as sent."""
    link: str
    odd: str | None
    """Why it cannot count as it stands: malformed, unknown_kind."""
    flags: tuple[str, ...]


@dataclass(frozen=True)
class Refused:
    """An operation that cannot be kept: malformed, too_large, hash_mismatch."""

    shown_id: str | None
    code: str


@dataclass(frozen=True)
class Sender:
    """Whom operations belong to that name nobody, and what the door allows."""

    mission: str
    device_id: str
    body_bytes_max: int
    now: datetime


def read_envelope(raw: bytes, operations_max: int) -> Envelope:
    """Raises UrnaError: invalid_json, too_complex, invalid_request, body_too_large (too many operations)."""
    sent = _loads(raw)
    if not isinstance(sent, dict):
        raise _invalid("")
    ops = sent.get("ops")
    if sent.get("protocol") != PROTOCOL or isinstance(sent["protocol"], bool):
        raise _invalid("/protocol")
    if not isinstance(ops, list):
        raise _invalid("/ops")
    if len(ops) > operations_max:
        raise UrnaError("body_too_large", f"At most {operations_max} operations in one push.")
    attempt_id = sent.get("attempt_id")
    if attempt_id is not None and not (isinstance(attempt_id, str) and _TOKEN.fullmatch(attempt_id)):
        raise _invalid("/attempt_id")
    app, known = sent.get("app"), sent.get("known")
    return Envelope(
        attempt_id=attempt_id,
        device_id=as_uuid(sent.get("device_id")),
        app_version=_short(app.get("version")) if isinstance(app, dict) else None,
        sent_at=_moment(sent.get("sent_at")),
        known=known if isinstance(known, dict) else None,
        queue=_queue(sent.get("queue")),
        ops=ops,
    )


def read_operations(ops: Sequence[Any], sender: Sender) -> list[Sent | Refused]:
    """One for each operation, in the order sent."""
    return [_read_operation(op, sender) for op in ops]


def as_uuid(value: object) -> str | None:
    """A UUID in the one spelling that is stored, whatever spelling was sent; None for anything else."""
    if type(value) is str and _UUID_AS_STORED.fullmatch(value):
        return value
    found = _UUID.fullmatch(value.lower()) if isinstance(value, str) and len(value) <= SHORT_MAX else None
    if found is None:
        return None
    digits = found[1].replace("-", "")
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _read_operation(op: Any, sender: Sender) -> Sent | Refused:
    if not isinstance(op, dict):
        return Refused(None, "malformed")
    op_id, body = as_uuid(op.get("op_id")), op.get("body")
    if op_id is None:
        return Refused(None, "malformed")
    if not isinstance(body, str):
        return Refused(op["op_id"], "malformed")
    raw = _utf8(body)
    if len(raw) > sender.body_bytes_max:
        return Refused(op["op_id"], "too_large")
    if op.get("hash") != chain.body_hash(raw):
        return Refused(op["op_id"], "hash_mismatch")
    return _sent(op, op_id, raw, sender)


def _sent(op: dict[str, Any], op_id: str, raw: bytes, sender: Sender) -> Sent:
    mission, device_id = op.get("mission", sender.mission), op.get("device_id", sender.device_id)
    names = ("op_id", "kind", "report_id", "made_at", "tz_min", "prev", "hash")
    op_, kind, report_id, made_at, tz_min, prev, hash_ = (op.get(name) for name in names)
    fields = (mission, device_id, op.get("device_seq"), op_, kind, report_id, made_at, tz_min, prev, hash_)
    lines = chain.link_text(_as_sent(fields))
    number, known_device, known_report = _number(op.get("device_seq")), as_uuid(device_id), as_uuid(report_id)
    sig = op.get("sig")
    clock = _clock_flag(made_at, tz_min, sender.now)
    respelled = {"respelled"} if (op_id, known_report) != (op_, report_id) else set()
    return Sent(
        shown_id=str(op_),
        op_id=op_id,
        mission=mission if isinstance(mission, str) and _short(mission) else "",
        device_id=known_device or "",
        number=number,
        kind=_kind(kind),
        report_id=known_report,
        made_at=_short(made_at) or "",
        tz_min=tz_min if _is_whole(tz_min) and abs(tz_min) <= 24 * 60 else None,
        prev=prev if isinstance(prev, str) and _HEX.fullmatch(prev) else None,
        hash=str(hash_),
        sig=None if sig is None else sig if isinstance(sig, str) and _short(sig, SIG_MAX) else "?",
        body=raw,
        lines=lines,
        link=chain.body_hash(lines),
        odd=_odd(kind, number, report_id, known_report, known_device),
        flags=tuple(sorted(clock | respelled)),
    )


def _odd(
    kind: object, number: int | None, report_id: object, known_report: str | None, device: str | None
) -> str | None:
    if number is None or device is None or not _is_kind(kind):
        return "malformed"
    if known_report is None and (report_id is not None or kind.startswith("report.")):
        return "malformed"
    return None if kind in KINDS else "unknown_kind"


def _kind(kind: object) -> str:
    if not _is_kind(kind):
        return "unknown.kind"
    return kind if kind.startswith(OWN_WORDS) else f"unknown.{kind}"


def _is_kind(kind: object) -> TypeGuard[str]:
    return isinstance(kind, str) and (kind in KINDS or _KIND.fullmatch(kind) is not None)


def _clock_flag(made_at: object, tz_min: object, now: datetime) -> set[str]:
    """A clock is never a reason to hold; that it cannot be right is worth a flag."""
    at = _moment(made_at)
    right = at is not None and now.year - 10 < at.year and at - now < CLOCK_OFF_MAX
    return set() if right and _is_whole(tz_min) else {"clock"}


def _moment(value: object) -> datetime | None:
    """A time with its offset; None for anything else."""
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) and len(value) <= SHORT_MAX else None
        return at if at is not None and at.utcoffset() is not None else None
    except ValueError:
        return None


def _number(value: object) -> int | None:
    return value if _is_whole(value) and 0 < value < 2**53 else None


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _short(value: object, characters_max: int = SHORT_MAX) -> str | None:
    """A short text without control characters; None for anything else."""
    return value if isinstance(value, str) and 0 < len(value) <= characters_max and value.isprintable() else None


def _as_sent(fields: Sequence[object]) -> list[str]:
    """The line of each. A text with line ends or other controls cannot pretend to be several fields."""
    texts = [field if type(field) is str else _as_text(field) for field in fields]
    if "".join(texts).isprintable():
        return texts
    return [text if text.isprintable() else json.dumps(text) for text in texts]


def _as_text(field: object) -> str:
    return "" if field is None else str(field) if type(field) is int else json.dumps(field)


def _utf8(text: str) -> bytes:
    """As browsers encode: a lone surrogate becomes U+FFFD. So the bytes are those that the phone hashed."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return _SURROGATE.sub("\ufffd", text).encode()


def _queue(value: object) -> dict[str, Any]:
    """What the phone says it still holds: numbers and short texts only."""
    known = value if isinstance(value, dict) else {}
    counts = {name: known[name] for name in ("ops", "drafts", "attachments", "bytes") if _number(known.get(name))}
    oldest = _moment(known.get("oldest_at"))
    return {**counts, "oldest_at": oldest.isoformat()} if oldest else counts


def _loads(raw: bytes) -> Any:
    """Strict and fast; where that fails, a reader that gives odd values as null, for one operation to fall by."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        pass
    try:
        text = raw.decode()
        return json.loads(text, parse_int=_int, parse_float=_float, parse_constant=lambda _: None)
    except RecursionError:
        raise UrnaError("too_complex") from None
    except ValueError:
        raise UrnaError("invalid_json") from None


def _int(digits: str) -> int | None:
    return int(digits) if len(digits) <= 20 else None


def _float(digits: str) -> float | None:
    value = float(digits)
    return value if abs(value) < float("inf") else None


def _invalid(pointer: str) -> UrnaError:
    return UrnaError("invalid_request", "Compare the body with docs/sync.md.", [Place(pointer, "wrong_shape")])
