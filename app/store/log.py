"""Append to a mission's log: number, chain and commit order are one thing.

`log_head` holds one row a mission. Whoever appends updates it first and holds it to the commit; so a number is never
given before the one below it is committed, and a reader that has seen number n has seen every number up to n.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter

from sqlalchemy import Connection, bindparam, insert, select, update

from app.store import chain
from app.store.database import insert_rows, to_microseconds
from app.store.tables import Blob, Conflict, LogEntry, LogHead, table

LOG, HEAD, BLOB, CONFLICT = table(LogEntry), table(LogHead), table(Blob), table(Conflict)


@dataclass(frozen=True)
class Draft:
    """An entry before it has its number. `author` is a device id, a staff name or "setup"."""

    op_id: str
    kind: str
    author_kind: str
    author: str
    made_at: str
    body: bytes
    link: str
    hash: str
    team: str | None = None
    number: int | None = None
    report_id: str | None = None
    tz_min: int | None = None
    prev: str | None = None
    sig: str | None = None
    state: str = "accepted"
    code: str | None = None
    flags: str = ""
    carried_by: str | None = None


@dataclass(frozen=True)
class Appended:
    """What became of a draft.

    `new`: stored now. `conflict`: its op_id is taken by another link; the text is kept beside, never counted.
    Neither: it was here already; number, state and code are those of the first time.
    """

    draft: Draft
    server_seq: int
    state: str
    code: str | None
    entry: str
    new: bool
    conflict: bool = False


@dataclass
class Head:
    """The end of a mission's log, held by this transaction."""

    mission: str
    epoch: str
    server_seq: int
    entry: str
    received_at: datetime
    appended: list[Appended] = field(default_factory=list)


CHAINED_FIELDS = (
    "op_id", "kind", "author_kind", "author", "team", "number", "report_id", "made_at", "tz_min",
    "prev", "hash", "sig", "link", "body", "state", "code", "flags", "carried_by",
)  # fmt: skip
_chained = attrgetter(*CHAINED_FIELDS)
COLUMNS = ("mission", "server_seq", "entry", "received_at", *CHAINED_FIELDS)
IDS_AT_ONCE = 500
# Each push asks these: built once, they cost half of what they cost when built each time.
_TAKE = (
    update(HEAD)
    .where(HEAD.c.mission == bindparam("of"))
    .values(server_seq=HEAD.c.server_seq)
    .returning(HEAD.c.epoch, HEAD.c.server_seq, HEAD.c.entry, HEAD.c.received_at)
)
_MOVE = update(HEAD).where(HEAD.c.mission == bindparam("of"))
_KNOWN = select(LOG.c.op_id, LOG.c.link, LOG.c.server_seq, LOG.c.state, LOG.c.code, LOG.c.entry).where(
    LOG.c.mission == bindparam("of"), LOG.c.op_id.in_(bindparam("ids", expanding=True))
)


def open_log(connection: Connection, mission: str, epoch: str, now: datetime) -> None:
    """Start the log of a new mission."""
    row = {"mission": mission, "epoch": epoch, "server_seq": 0, "entry": chain.GENESIS, "received_at": now}
    connection.execute(insert(HEAD).values(row))


def take_head(connection: Connection, mission: str, now: datetime) -> Head:
    """Lock the mission's log to the end of this transaction. Time never runs backwards in it.

    Raises LookupError for a mission without a log.
    """
    row = connection.execute(_TAKE, {"of": mission}).one_or_none()
    if row is None:
        raise LookupError("no such mission")
    return Head(mission, row.epoch, row.server_seq, row.entry, max(now, row.received_at))


def append(connection: Connection, mission: str, drafts: Sequence[Draft], now: datetime) -> list[Appended]:
    """Append drafts in their order, each op_id once for ever. One result a draft."""
    head = take_head(connection, mission, now)
    return append_to(connection, head, drafts)


def append_to(connection: Connection, head: Head, drafts: Sequence[Draft]) -> list[Appended]:
    """Like `append`, under a head that is taken already."""
    known = _known(connection, head.mission, drafts)
    results = [_place(head, draft, known) for draft in drafts]
    fresh = [result for result in results if result.new]
    if fresh:
        insert_rows(connection, LOG, COLUMNS, _rows(head, fresh))
        _move_head(connection, head)
    _keep_conflicts(connection, head, [result for result in results if result.conflict])
    head.appended.extend(fresh)
    return results


def keep_blob(connection: Connection, mission: str, content: bytes, media_type: str = "application/json") -> str:
    """Keep bytes under their SHA-256 and return it."""
    digest = chain.body_hash(content)
    here = select(BLOB.c.hash).where(BLOB.c.mission == mission, BLOB.c.hash == digest)
    if connection.execute(here).first() is None:
        connection.execute(insert(BLOB).values(mission=mission, hash=digest, media_type=media_type, content=content))
    return digest


def _known(connection: Connection, mission: str, drafts: Sequence[Draft]) -> dict[str, Appended]:
    ids = list({draft.op_id for draft in drafts})
    known: dict[str, Appended] = {}
    for start in range(0, len(ids), IDS_AT_ONCE):
        for row in connection.execute(_KNOWN, {"of": mission, "ids": ids[start : start + IDS_AT_ONCE]}):
            draft = Draft(row.op_id, "", "", "", "", b"", row.link, "")
            known[row.op_id] = Appended(draft, row.server_seq, row.state, row.code, row.entry, new=False)
    return known


def _place(head: Head, draft: Draft, known: dict[str, Appended]) -> Appended:
    first = known.get(draft.op_id)
    if first is not None:
        conflict = first.draft.link != draft.link
        return Appended(draft, first.server_seq, first.state, first.code, first.entry, new=False, conflict=conflict)
    head.server_seq += 1
    chained = (head.server_seq, head.received_at.isoformat(), *_chained(draft))
    head.entry = chain.entry(head.entry, chained)
    placed = Appended(draft, head.server_seq, draft.state, draft.code, head.entry, new=True)
    known[draft.op_id] = placed
    return placed


def _rows(head: Head, fresh: Sequence[Appended]) -> list[tuple[object, ...]]:
    """Values of `COLUMNS`."""
    at = to_microseconds(head.received_at)
    return [(head.mission, placed.server_seq, placed.entry, at, *_chained(placed.draft)) for placed in fresh]


def _move_head(connection: Connection, head: Head) -> None:
    moved = {"server_seq": head.server_seq, "entry": head.entry, "received_at": head.received_at}
    connection.execute(_MOVE, {"of": head.mission, **moved})


def _keep_conflicts(connection: Connection, head: Head, conflicts: list[Appended]) -> None:
    for draft in {(c.draft.op_id, c.draft.link): c.draft for c in conflicts}.values():
        key = {"mission": head.mission, "op_id": draft.op_id, "link": draft.link}
        here = select(CONFLICT.c.op_id).where(*(CONFLICT.c[name] == value for name, value in key.items()))
        if connection.execute(here).first() is None:
            row = {**key, "author": draft.author, "body": draft.body, "received_at": head.received_at}
            connection.execute(insert(CONFLICT).values(row))
