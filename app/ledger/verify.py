"""Reads a mission's log and audit trail against themselves, the devices' signatures and what others hold of them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import Connection

from app.ledger import source
from app.ledger.anchors import Anchor, Seen, faults_against
from app.ledger.signatures import Signatures
from app.store import audit, chain
from app.store.checkpoints import Checkpoint
from app.store.epoch import EPOCH_NUMBERS
from app.store.receipts import Receipt
from app.store.unbroken import Fields, log_end, log_links
from app.store.walk import Fault, Link, faults_of

FAULTS_MAX = 100
Verifies = Callable[[bytes, str], bool]
"""Whether a signature over these bytes is the server's."""


@dataclass
class Verdict:
    """What a reading found. `unproven`: entries whose device's signature cannot be checked again, which is no fault."""

    mission: str
    entries: int = 0
    acts: int = 0
    receipts: int = 0
    checkpoints: int = 0
    signatures: int = 0
    unproven: list[int] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def verify(
    connection: Connection,
    mission: str,
    is_ours: Verifies,
    receipts: Iterable[Receipt] = (),
    checkpoints: Iterable[Checkpoint] = (),
) -> Verdict:
    """Everything that does not hold, at most 100 faults a kind of proof, the log's own first."""
    verdict = Verdict(mission)
    of_log, of_audit = _anchors(connection, verdict, is_ours, receipts, checkpoints)
    verdict.faults += _log(connection, verdict, of_log)
    verdict.faults += _audit(connection, verdict, of_audit)
    return verdict


def _anchors(
    connection: Connection,
    verdict: Verdict,
    is_ours: Verifies,
    receipts: Iterable[Receipt],
    checkpoints: Iterable[Checkpoint],
) -> tuple[list[Anchor], list[Anchor]]:
    """Anchors of the log and of the audit trail. What does not verify is a fault and proves nothing."""
    mission = verdict.mission
    shown = [one for one in receipts if one.mission == mission]
    known = [one for one in checkpoints if one.mission == mission] + source.kept_checkpoints(connection, mission)
    good_receipts = [one for one in shown if is_ours(one.text, one.sig)]
    good = [one for one in known if is_ours(one.text, one.sig)]
    verdict.receipts, verdict.checkpoints = len(good_receipts), len(good)
    verdict.faults += [_false("receipt", one.server_seq) for one in shown if one not in set(good_receipts)]
    verdict.faults += [_false("checkpoint", one.server_seq) for one in known if one not in set(good)]
    of_log = [Anchor(one.server_seq, one.entry, one.epoch, one.op_id) for one in good_receipts]
    of_log += [Anchor(one.server_seq, one.entry, one.epoch) for one in good if one.server_seq]
    return of_log, [Anchor(one.audit_number, one.audit_entry, one.epoch) for one in good if one.audit_number]


def _false(what: str, number: int) -> Fault:
    said = f"The {what} about entry {number} was not signed with this server's secret."
    return Fault("anchor", number, f"false_{what}", said)


def _log(connection: Connection, verdict: Verdict, anchors: Sequence[Anchor]) -> list[Fault]:
    end, epoch = log_end(connection, verdict.mission)
    seen, signatures = Seen(epoch), Signatures(verdict.mission, source.keys_of(connection, verdict.mission))
    reading = _LogReading(connection, verdict, seen, signatures, anchors)
    broken = _some(faults_of("log", reading.links(), chain.GENESIS, end))
    broken += _some(iter(reading.bodies))
    broken += _some(_blobs(connection, verdict.mission, reading.blobs))
    broken += _some(iter([*reading.signed, *signatures.end()]))
    verdict.signatures, verdict.unproven = signatures.verified, signatures.unproven
    return broken + _some(faults_against("log", anchors, seen))


class _LogReading:
    """Looks at each entry once, on its way into the chain."""

    def __init__(
        self,
        connection: Connection,
        verdict: Verdict,
        seen: Seen,
        signatures: Signatures,
        anchors: Sequence[Anchor],
    ) -> None:
        self._connection, self._verdict, self._seen, self._signatures = connection, verdict, seen, signatures
        self._numbers = {anchor.number for anchor in anchors}
        self._op_ids = {anchor.op_id for anchor in anchors}
        self.blobs: dict[str, int] = {}
        """Hash of a blob -> the first entry that names it."""
        self.bodies: list[Fault] = []
        self.signed: list[Fault] = []

    def links(self) -> Iterator[Link]:
        for link, op in log_links(self._connection, self._verdict.mission):
            self._verdict.entries += 1
            self._note(link, op)
            yield link

    def _note(self, link: Link, op: Fields) -> None:
        seen, number = self._seen, link.number
        seen.tops[number // EPOCH_NUMBERS] = number
        if number in self._numbers:
            seen.entries[number] = link.entry
        if op["op_id"] in self._op_ids:
            seen.places[op["op_id"]] = number
        body: bytes = op["body"]
        if sha256(body).hexdigest() != op["hash"]:
            self.bodies.append(Fault("log", number, "changed", f"The body of entry {number} is not its hash's."))
        elif op["author_kind"] == "setup":
            self._note_blob(number, body)
        self.signed += self._signatures.take(number, op)

    def _note_blob(self, number: int, body: bytes) -> None:
        try:
            read: Any = orjson.loads(body)
        except orjson.JSONDecodeError:
            return
        named = read.get("blob") if isinstance(read, dict) else None
        if isinstance(named, str):
            self.blobs.setdefault(named, number)


def _blobs(connection: Connection, mission: str, named: dict[str, int]) -> Iterator[Fault]:
    """What set-up entries name by its hash must be there, and every blob must be what its hash says."""
    missing = dict(named)
    for digest, content in source.blobs(connection, mission):
        number = missing.pop(digest, 0)
        if sha256(content).hexdigest() != digest:
            yield Fault("blob", number, "blob", f"A blob {digest[:12]} is not what its hash says.")
    for digest, number in missing.items():
        yield Fault("blob", number, "blob", f"The blob {digest[:12]} that entry {number} names is missing.")


def _audit(connection: Connection, verdict: Verdict, anchors: Sequence[Anchor]) -> list[Fault]:
    seen = Seen(log_end(connection, verdict.mission)[1])
    numbers = {anchor.number for anchor in anchors}

    def links() -> Iterator[Link]:
        for link in source.audit_links(connection, verdict.mission):
            verdict.acts += 1
            seen.tops[link.number // EPOCH_NUMBERS] = link.number
            if link.number in numbers:
                seen.entries[link.number] = link.entry
            yield link

    broken = _some(faults_of("audit", links(), audit.GENESIS, source.audit_end(connection, verdict.mission)))
    return broken + _some(faults_against("audit", anchors, seen))


def _some(faults: Iterator[Fault]) -> list[Fault]:
    """At most 100; the rest is read, not told."""
    return [fault for place, fault in enumerate(faults) if place < FAULTS_MAX]
