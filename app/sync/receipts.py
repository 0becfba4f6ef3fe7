"""Receipts: the server's signature over the newest entry that an answer speaks of.

A phone shows its newest receipt at each push. One that verifies and that the log does not hold says that the database
has gone back in time; one that does not verify was not made here.
"""

from dataclasses import asdict
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Engine, and_, bindparam, select

from app.store.database import writing
from app.store.epoch import begin_epoch
from app.store.log import HEAD, LOG, take_head
from app.store.receipts import Receipt, read_receipt
from app.store.seal import Seal

Travel = Literal["none", "back", "forged"]
_HEAD_AND_ENTRY = (
    select(HEAD.c.epoch, HEAD.c.server_seq, LOG.c.entry)
    .select_from(HEAD.outerjoin(LOG, and_(LOG.c.mission == HEAD.c.mission, LOG.c.server_seq == bindparam("number"))))
    .where(HEAD.c.mission == bindparam("of"))
)


def make_receipt(seal: Seal, mission: str, epoch: str, op_id: str, server_seq: int, entry: str) -> dict[str, Any]:
    receipt = Receipt(mission, epoch, op_id, server_seq, entry)
    return {**asdict(receipt), "sig": seal.sign(receipt.text)}


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
    head = connection.execute(_HEAD_AND_ENTRY, {"of": receipt.mission, "number": receipt.server_seq}).one()
    if receipt.server_seq > head.server_seq:
        return False
    return bool(receipt.epoch != head.epoch or head.entry == receipt.entry)
