"""One push: from the envelope to entries for the log, and from what became of them to the answer."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Engine

from app.errors import UrnaError
from app.store.database import reading
from app.store.log import Appended
from app.store.seal import Seal
from app.store.writer import Job
from app.sync.devices import Contact
from app.sync.judge import judge, read_bodies
from app.sync.known import missions_named, read_known
from app.sync.receipts import begin_after, make_receipt, travelled
from app.sync.wire import CLOCK_OFF_MAX, PROTOCOL, Envelope, Refused, Sender, Sent, read_envelope, read_operations

logger = logging.getLogger("urna.sync")
NEXT_IN_S = 60


@dataclass(frozen=True)
class Limits:
    operations_max: int
    operation_bytes_max: int


@dataclass(frozen=True)
class Push:
    """A push on its way: what was sent, and the jobs that the writer is to do, one for each mission named."""

    mission: str
    envelope: Envelope
    sent: list[Sent | Refused]
    contact: Contact
    jobs: list[Job]
    parts: list[list[int]]
    """For each job the places in `sent` of its drafts."""


def prepare(engine: Engine, seal: Seal, mission: str, carrier: str, raw: bytes, limits: Limits) -> Push:
    """Read and judge a push of the device `carrier`. Raises UrnaError for an envelope that cannot be read."""
    now = datetime.now(UTC)
    envelope = read_envelope(raw, limits.operations_max)
    sender = Sender(mission, envelope.device_id or carrier, limits.operation_bytes_max, now)
    sent = read_operations(envelope.ops, sender)
    contact = Contact(carrier, envelope.app_version, envelope.queue, _clock_is_off(envelope, now))
    with reading(engine) as connection:
        travel, receipt = travelled(connection, seal, mission, envelope.known)
        jobs, parts = _judged(connection, mission, carrier, sent, contact)
    if travel == "forged":
        logger.error("alarm: a device shows a receipt that was not made here")
        contact.flags.add("false_receipt")
    elif receipt is not None and travel == "back":
        logger.error("alarm: the log lacks what a receipt speaks of; a new epoch begins")
        begin_after(engine, receipt, now)
    return Push(mission, envelope, sent, contact, jobs, parts)


def answer(push: Push, seal: Seal) -> bytes:
    """The answer, once every job is done. Raises UrnaError `busy` where nothing could be written."""
    head = push.jobs[0].head
    if head is None:
        raise UrnaError("busy", headers={"Retry-After": "5"})
    became: dict[int, Appended] = {}
    for job, part in zip(push.jobs, push.parts, strict=True):
        became.update(zip(part, job.results, strict=True))
    results = [_result(sent, became.get(place)) for place, sent in enumerate(push.sent)]
    said = {
        "kind": "urna.push",
        "protocol": PROTOCOL,
        "attempt_id": push.envelope.attempt_id,
        "epoch": head.epoch,
        "server_time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "device_seq": push.contact.device_seq,
        "results": results,
        "receipt": _receipt(push, seal, head.epoch),
        "next_in_s": NEXT_IN_S,
        "pull": True,
        "directive": None,
    }
    return orjson.dumps(said)


def _clock_is_off(envelope: Envelope, now: datetime) -> bool:
    return envelope.sent_at is not None and abs(envelope.sent_at - now) > CLOCK_OFF_MAX


def _judged(
    connection: Connection, mission: str, carrier: str, sent: Sequence[Sent | Refused], contact: Contact
) -> tuple[list[Job], list[list[int]]]:
    """The first job is the credential's mission's, even where nothing goes into it: the contact itself is written."""
    keepable = {place: one for place, one in enumerate(sent) if isinstance(one, Sent)}
    here = missions_named(connection, mission, [*keepable.values()])
    places: dict[str, list[int]] = {mission: []}
    for place, one in keepable.items():
        places.setdefault(one.mission if one.mission in here else mission, []).append(place)
    jobs = []
    for named, part in places.items():
        operations = [keepable[place] for place in part]
        contents = read_bodies(operations)
        known = read_known(connection, named, carrier, operations, contents)
        jobs.append(Job(named, judge(operations, contents, known), contact if named == mission else None))
    return jobs, list(places.values())


def _result(sent: Sent | Refused, became: Appended | None) -> dict[str, Any]:
    if isinstance(sent, Refused):
        return {"op_id": sent.shown_id, "outcome": "rejected", "code": sent.code}
    if became is None:
        return {"op_id": sent.shown_id, "outcome": "retry"}
    if became.conflict:
        return {"op_id": sent.shown_id, "outcome": "rejected", "code": "id_conflict"}
    how: dict[str, Any] = {"outcome": became.state} if became.new else {"outcome": "duplicate", "state": became.state}
    if became.code is not None:
        how["code"] = became.code
    return {"op_id": sent.shown_id, "server_seq": became.server_seq, **how}


def _receipt(push: Push, seal: Seal, epoch: str) -> dict[str, Any] | None:
    """Over the newest entry among those that the answer speaks of; None where it speaks of none."""
    kept = [result for result in push.jobs[0].results if not result.conflict]
    newest = max(kept, key=lambda result: result.server_seq, default=None)
    if newest is None:
        return None
    return make_receipt(seal, push.mission, epoch, newest.draft.op_id, newest.server_seq, newest.entry)
