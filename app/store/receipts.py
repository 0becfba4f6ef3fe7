"""Receipts: the server's signature over the newest entry of the log that an answer speaks of. Pure."""

from dataclasses import dataclass
from typing import Any

SEQ_MAX = 2**53


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
