"""From the log into the mirror, in the order of its numbers, never over a gap.

A batch is read in the snapshot that also showed the head, so the mirror stands at the head when it has read all of
it. Each entry that touches a report makes a version of it: the fold of its operations up to there.
"""

import logging
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import orjson
from sqlalchemy import Connection, Row, select

from app.results.mirror import Mirror
from app.results.setup import read_checklist, read_frame
from app.results.trails import Step, visit_at
from app.results.visit_rows import add_visits
from app.results.visits import Visit
from app.store.bodies import FOLDED_KINDS
from app.store.epoch import EPOCH_NUMBERS
from app.store.tables import Blob, LogEntry, LogHead, table

logger = logging.getLogger("urna.results")
LOG, HEAD, BLOB = table(LogEntry), table(LogHead), table(Blob)
BATCH_MAX = 500
IDS_AT_ONCE = 500
COLUMNS = (
    LOG.c.server_seq, LOG.c.op_id, LOG.c.kind, LOG.c.author_kind, LOG.c.author, LOG.c.team, LOG.c.number,
    LOG.c.report_id, LOG.c.link, LOG.c.body, LOG.c.state, LOG.c.code, LOG.c.received_at,
)  # fmt: skip
Entry = Row[*tuple[Any, ...]]


def head_of(connection: Connection, mission: str) -> Row[Any, Any]:
    """Epoch and highest number. Raises LookupError for a mission without a log."""
    head = connection.execute(select(HEAD.c.epoch, HEAD.c.server_seq).where(HEAD.c.mission == mission)).one_or_none()
    if head is None:
        raise LookupError("no such mission")
    return head


def feed(connection: Connection, mirror: Mirror, head: int) -> bool:
    """Apply the next batch of the log; True where the mirror stands at `head`, the end as this transaction sees it.

    For one thread at a time. Raises RuntimeError where the log has a gap; after any error the mirror is to be dropped.
    """
    if head <= mirror.applied:
        return True
    entries = _entries(connection, mirror, head)
    refuse_gap([mirror.applied, *(entry.server_seq for entry in entries)])
    at_head = len(entries) < BATCH_MAX
    _apply(connection, mirror, entries, head if at_head else entries[-1].server_seq)
    return at_head


def refuse_gap(numbers: Sequence[int]) -> None:
    """Raises RuntimeError where a number is missing. A new epoch's numbers start at a multiple of EPOCH_NUMBERS."""
    if any(after != before + 1 and after % EPOCH_NUMBERS for before, after in pairwise(numbers)):
        raise RuntimeError("the log has a gap: run urna verify")


def steps_of(connection: Connection, mission: str, report_ids: Sequence[str], until: int) -> dict[str, list[Step]]:
    """Report -> its entries up to a number, in their order."""
    found: dict[str, list[Step]] = defaultdict(list)
    for start in range(0, len(report_ids), IDS_AT_ONCE):
        some = report_ids[start : start + IDS_AT_ONCE]
        query = select(*COLUMNS).where(LOG.c.mission == mission, LOG.c.report_id.in_(some), LOG.c.server_seq <= until)
        for entry in connection.execute(query.order_by(LOG.c.server_seq)):
            if entry.kind.startswith(FOLDED_KINDS):
                found[entry.report_id].append(Step.of(entry))
    return found


def _entries(connection: Connection, mirror: Mirror, head: int) -> Sequence[Entry]:
    numbers = LOG.c.server_seq > mirror.applied, LOG.c.server_seq <= head
    query = select(*COLUMNS).where(LOG.c.mission == mirror.mission, *numbers)
    return connection.execute(query.order_by(LOG.c.server_seq).limit(BATCH_MAX)).all()


def _apply(connection: Connection, mirror: Mirror, entries: Sequence[Entry], applied: int) -> None:
    touched = sorted({e.report_id for e in entries if e.report_id is not None and e.kind.startswith(FOLDED_KINDS)})
    steps = steps_of(connection, mirror.mission, touched, mirror.applied)
    visits: list[Visit] = []
    mirror.begin()
    mirror.add_entries((entry.server_seq, entry.received_at) for entry in entries)
    for entry in entries:
        if entry.kind.startswith("setup."):
            _apply_setup(connection, mirror, entry)
        elif entry.kind.startswith(FOLDED_KINDS) and entry.report_id is not None:
            steps[entry.report_id].append(Step.of(entry))
            visits += _visits(mirror, steps[entry.report_id])
    add_visits(mirror, visits)
    mirror.commit(applied)


def _visits(mirror: Mirror, steps: Sequence[Step]) -> list[Visit]:
    """The newest version of a report; none where its checklist is not known. One bad report never stops the others."""
    try:
        visit = visit_at(mirror, steps)
    except Exception as error:
        logger.error("a report cannot be read into the mirror: %s", type(error).__name__)
        mirror.unreadable.add((steps[0].server_seq, steps[-1].server_seq))
        return []
    return [visit] if visit is not None else []


def _apply_setup(connection: Connection, mirror: Mirror, entry: Entry) -> None:
    digest = orjson.loads(entry.body)["blob"]
    content = _blob(connection, mirror.mission, digest)
    number = entry.server_seq
    match entry.kind:
        case "setup.mission":
            mirror.facts.add(number, orjson.loads(content))
        case "setup.stations":
            places, regions = read_frame(content, lambda digest: _blob(connection, mirror.mission, digest))
            mirror.set_places(number, places)
            mirror.regions.add(number, regions)
        case "setup.teams":
            mirror.set_teams(number, {team["code"]: team for team in orjson.loads(content)["rows"]})
        case "setup.plan":
            mirror.plans.add(number, orjson.loads(content)["rows"])
        case "setup.candidates":
            mirror.candidates.add(number, orjson.loads(content)["rows"])
        case "setup.form":
            mirror.add_checklist(number, read_checklist(content), digest)


def _blob(connection: Connection, mission: str, digest: str) -> bytes:
    query = select(BLOB.c.content).where(BLOB.c.mission == mission, BLOB.c.hash == digest)
    return bytes(connection.execute(query).scalar_one())
