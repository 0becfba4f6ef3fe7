"""Checkpoints: the server's signature over where a mission's log and its audit trail stand.

Whoever holds one can tell later whether the log was rewritten below it. They are kept each hour, and every pull carries
a fresh one, so that they lie where no single hand reaches them all.
"""

from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from app.store import audit
from app.store.ledger_tables import CheckpointRow
from app.store.log import HEAD, take_head
from app.store.seal import Seal
from app.store.tables import table

CHECKPOINTS = table(CheckpointRow)
SEQ_MAX = 2**53
NUMBERS = ("server_seq", "audit_number")


@dataclass(frozen=True)
class Checkpoint:
    """At `at`, number `server_seq` of the log was `entry`, and `audit_number` of the audit trail `audit_entry`."""

    mission: str
    epoch: str
    server_seq: int
    entry: str
    audit_number: int
    audit_entry: str
    at: str
    sig: str = ""

    @property
    def text(self) -> bytes:
        """What is signed: lines, as in a receipt."""
        signed = (self.mission, self.epoch, self.server_seq, self.entry, self.audit_number, self.audit_entry, self.at)
        return "\n".join(["urna-checkpoint-v1", *map(str, signed)]).encode()

    @property
    def line(self) -> str:
        """As the header of an answer carries it: what is signed, on one line, and the signature behind."""
        return " ".join([*self.text.decode().split("\n")[1:], self.sig])


FIELDS = tuple(one.name for one in fields(Checkpoint))


def sign_checkpoint(connection: Connection, seal: Seal, mission: str, now: datetime) -> Checkpoint:
    """The mission's chains as this transaction sees them, signed. Raises LookupError for a mission without a log."""
    log = connection.execute(select(HEAD).where(HEAD.c.mission == mission)).one_or_none()
    if log is None:
        raise LookupError("no such mission")
    trail = connection.execute(select(audit.HEADS).where(audit.HEADS.c.mission == mission)).one_or_none()
    number, entry = (trail.number, trail.entry) if trail else (0, audit.GENESIS)
    plain = Checkpoint(mission, log.epoch, log.server_seq, log.entry, number, entry, now.isoformat())
    return Checkpoint(**{**asdict(plain), "sig": seal.sign(plain.text)})


def keep_checkpoint(connection: Connection, seal: Seal, mission: str, now: datetime) -> Checkpoint:
    """Sign one and store it, under the mission's head. Raises LookupError for a mission without a log."""
    take_head(connection, mission, now)
    made = sign_checkpoint(connection, seal, mission, now)
    connection.execute(insert(CHECKPOINTS).values(**{**asdict(made), "at": now}))
    return made


def read_checkpoint(shown: Any) -> Checkpoint | None:
    """A checkpoint as somebody shows it, an object or a line; None for anything of another shape."""
    if isinstance(shown, str):
        shown = _read_line(shown)
    if not isinstance(shown, dict):
        return None
    texts = [shown.get(name) for name in ("mission", "epoch", "entry", "audit_entry", "at", "sig")]
    numbers = [shown.get(name) for name in NUMBERS]
    if not all(isinstance(text, str) and text.isprintable() for text in texts):
        return None
    if not all(type(number) is int and 0 <= number < SEQ_MAX for number in numbers):
        return None
    mission, epoch, entry, audit_entry, at, sig = texts
    return Checkpoint(mission, epoch, numbers[0], entry, numbers[1], audit_entry, at, sig)  # type: ignore[arg-type]


def _read_line(line: str) -> dict[str, Any] | None:
    parts = line.split(" ")
    if len(parts) != len(FIELDS):
        return None
    shown: dict[str, Any] = dict(zip(FIELDS, parts, strict=True))
    numbers = {name: int(shown[name]) for name in NUMBERS if shown[name].isascii() and shown[name].isdecimal()}
    return {**shown, **numbers}
