"""Receipts: the server's signature over the newest entry that an answer speaks of.

A phone shows its newest receipt at each push. One that verifies and that the log does not hold says that the database
has gone back in time; one that does not verify was not made here.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Engine, select

from app.store.database import writing
from app.store.epoch import begin_epoch
from app.store.log import HEAD, LOG, take_head
from app.store.seal import Seal

SEQ_MAX = 2**53
Travel = Literal["none", "back", "forged"]


@dataclass(frozen=True)
class Receipt:
    """Entry `entry` of the log is number `server_seq`, holds operation `op_id`, and seals every entry before it."""

    mission: str
    epoch: str
    op_id: str
    server_seq: int
    entry: str
    sig: str = ""

    @property
    def text(self) -> bytes:
        """What is signed: lines, as in the link of an operation."""
        fields = (self.mission, self.epoch, self.op_id, self.server_seq, self.entry)
        return "\n".join(["urna-receipt-v1", *map(str, fields)]).encode()


def make_receipt(seal: Seal, mission: str, epoch: str, op_id: str, server_seq: int, entry: str) -> dict[str, Any]:
    receipt = Receipt(mission, epoch, op_id, server_seq, entry)
    return {**asdict(receipt), "sig": seal.sign(receipt.text)}


def read_receipt(shown: Any) -> Receipt | None:
    """A receipt as a phone shows it; None for anything of another shape."""
    if not isinstance(shown, dict):
        return None
    texts = [shown.get(name) for name in ("mission", "epoch", "op_id", "entry", "sig")]
    number = shown.get("server_seq")
    if not all(isinstance(text, str) and text.isascii() and text.isprintable() for text in texts):
        return None
    if not isinstance(number, int) or isinstance(number, bool) or not 0 < number < SEQ_MAX:
        return None
    mission, epoch, op_id, entry, sig = map(str, texts)
    return Receipt(mission, epoch, op_id, number, entry, sig)


def travelled(connection: Connection, seal: Seal, mission: str, shown: Any) -> tuple[Travel, Receipt | None]:
    """Whether what a phone shows says that the log has gone back in time. Only then is its signature worth checking."""
    if shown is None:
        return "none", None
    receipt = read_receipt(shown)
    if receipt is not None and (receipt.mission != mission or _is_held_by(connection, receipt)):
        return "none", receipt
    if receipt is None or not seal.verifies(receipt.text, receipt.sig):
        return "forged", None
    return "back", receipt


def begin_after(engine: Engine, receipt: Receipt, now: datetime) -> None:
    """A new epoch for a log that has lost what `receipt` speaks of; nothing where another push saw to it already."""
    with writing(engine) as connection:
        take_head(connection, receipt.mission, now)
        if not _is_held_by(connection, receipt):
            begin_epoch(connection, receipt.mission, beyond=receipt.server_seq)


def _is_held_by(connection: Connection, receipt: Receipt) -> bool:
    """Whether the log goes as far as a receipt and, where both are of one epoch, holds its very entry.

    A receipt of an epoch before lies below every number of this one, and what it spoke of may be lost: that is known.
    """
    head = connection.execute(select(HEAD.c.epoch, HEAD.c.server_seq).where(HEAD.c.mission == receipt.mission)).one()
    if receipt.server_seq > head.server_seq:
        return False
    if receipt.epoch != head.epoch:
        return True
    here = select(LOG.c.entry).where(LOG.c.mission == receipt.mission, LOG.c.server_seq == receipt.server_seq)
    return bool(connection.execute(here).scalar() == receipt.entry)
