"""The audit trail: every act of staff, chained, in the transaction of the act.

What changes a number is an entry of the log, with its author and reason; what changes who may do what, or shows what is
guarded, is an entry here. A row holds ids and codes, never a name of an observer, a secret, a token or an address.
"""

import json
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Literal

from sqlalchemy import Connection, Row, bindparam, insert, text, update

from app.store import chain
from app.store.audit_tables import AuditEntry, AuditHead
from app.store.database import UtcTime
from app.store.tables import table

AUDIT, HEADS = table(AuditEntry), table(AuditHead)
GENESIS = sha256(b"urna-audit-v1").hexdigest()
"""Other than the log's, so that no stretch of one chain can stand in the other."""
TEXT_MAX = 2000
REQUEST_ID: ContextVar[str] = ContextVar("urna_request_id", default="")
"""The id of the request that is being answered, which its line of the log bears too."""
ActorKind = Literal["staff", "key", "device", "command", "nobody"]
BEGIN = text(
    "INSERT INTO audit_head (mission, number, entry, at) VALUES (:mission, 0, :entry, :at) ON CONFLICT DO NOTHING"
).bindparams(bindparam("at", type_=UtcTime()))
CHAINED_FIELDS = ("actor_kind", "actor", "act", "about", "reason", "facts", "request_id")

ACTS: dict[str, str] = {
    "staff.added": "A person of staff was added, or given another role or password",
    "staff.removed": "A person of staff may not sign in any more",
    "session.begun": "A person of staff signed in",
    "session.ended": "A session was ended, by its owner or by another",
    "session.refused": "A sign-in of a known name was refused",
    "key.made": "An API key was made",
    "key.revoked": "An API key was revoked",
    "enrolment.made": "A one-time code was made for a team",
    "device.enrolled": "A code became a device",
    "device.put_back": "A device that the database had lost was put back by its grant",
    "device.lost": "A device was marked as lost",
    "device.found": "A lost device was let in again",
    "device.closed": "A device was closed",
    "device.forgets": "A device was told to send what it holds and then to forget",
    "names.imported": "Names of observers were put into the table of names",
    "names.read": "Names of observers were shown",
    "names.forgotten": "Names of observers were erased",
    "operations.brought": "Operations of a phone were brought in as a file",
    "embargo.set": "The time or the readers of the embargo were changed",
    "embargo.read": "Results under embargo were read",
    "snapshot.made": "A number of the log was given a name, and its package is kept",
    "webhook.made": "An address is told of events",
    "webhook.ended": "An address is told of nothing more",
    "mission.set": "A setting of the mission was changed",
    "mission.closed": "The mission was closed",
}
"""Act -> what it means. An act that is not here is not written: a new one gets its line first."""


@dataclass(frozen=True)
class Actor:
    """Who acts: a person of staff by sign-in name, a key or device by id, or the `urna` command."""

    kind: ActorKind
    id: str


COMMAND = Actor("command", "urna")


def write_audit(
    connection: Connection,
    mission: str,
    actor: Actor,
    act: str,
    about: str = "",
    *,
    now: datetime,
    reason: str = "",
    facts: Mapping[str, object] | None = None,
    request_id: str | None = None,
) -> int:
    """Write one act in this transaction, which must be one that writes; its number. 1, 2, 3... of the mission.

    `about` is the id of what was acted on, `facts` are further ids and codes as JSON values; `request_id` is by default
    that of the request that is being answered. Where a transaction also appends to the log, append first: both heads
    are locked, and all take them in this order.
    Raises KeyError for an act that `ACTS` does not know.
    """
    ACTS[act]  # an act without a meaning is a slip of the code
    head = _take_head(connection, mission, now)
    said = json.dumps(facts or {}, sort_keys=True, separators=(",", ":"), default=str)
    told = (
        actor.kind,
        actor.id,
        act,
        about,
        reason[:TEXT_MAX],
        said,
        REQUEST_ID.get() if request_id is None else request_id,
    )
    fields = dict(zip(CHAINED_FIELDS, map(_storable, told), strict=True))
    number, at = int(head.number) + 1, max(now, head.at)
    entry = audit_entry(head.entry, mission, number, at, fields)
    connection.execute(insert(AUDIT).values(mission=mission, number=number, at=at, entry=entry, **fields))
    moved = update(HEADS).where(HEADS.c.mission == mission).values(number=number, entry=entry, at=at)
    connection.execute(moved)
    return number


def audit_entry(previous: str, mission: str, number: int, at: datetime, fields: Mapping[str, str]) -> str:
    """The chain's next entry: over the previous one, mission, number, time and the fields of `CHAINED_FIELDS`."""
    return chain.entry(previous, (mission, number, at.isoformat(), *(fields[name] for name in CHAINED_FIELDS)))


def _take_head(connection: Connection, mission: str, now: datetime) -> Row[tuple[int, str, datetime]]:
    """Lock the mission's trail to the end of this transaction; the first act of a mission begins it."""
    locked = (
        update(HEADS)
        .where(HEADS.c.mission == mission)
        .values(number=HEADS.c.number)
        .returning(HEADS.c.number, HEADS.c.entry, HEADS.c.at)
    )
    row = connection.execute(locked).one_or_none()
    if row is None:
        connection.execute(BEGIN, {"mission": mission, "entry": GENESIS, "at": now})
        row = connection.execute(locked).one()
    return row


def _storable(value: str) -> str:
    """A NUL or a lone surrogate, which not every database takes, must not stop an act's transaction."""
    return value.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
