"""What an append touched, brought up to date in the append's own transaction."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, bindparam, delete, select

from app.store.bodies import FOLDED_KINDS
from app.store.database import insert_rows
from app.store.log import LOG, Appended, Head
from app.store.tables import Report, table
from app.store.writer import Job
from app.sync.brought import note_brought
from app.sync.devices import Contact, meet_devices
from app.sync.report_rows import Entry, report_row

REPORTS = table(Report)
COLUMNS = tuple(column.name for column in REPORTS.columns)
IDS_AT_ONCE = 500
ENTRY = (
    LOG.c.report_id, LOG.c.server_seq, LOG.c.op_id, LOG.c.kind, LOG.c.author_kind, LOG.c.author, LOG.c.team,
    LOG.c.number, LOG.c.link, LOG.c.body, LOG.c.state, LOG.c.code,
)  # fmt: skip
_OLDER = (
    select(LOG.c.report_id)
    .where(LOG.c.mission == bindparam("of"), LOG.c.report_id.in_(bindparam("ids", expanding=True)))
    .where(LOG.c.server_seq < bindparam("first"))
    .distinct()
)
_ENTRIES = (
    select(*ENTRY)
    .where(LOG.c.mission == bindparam("of"), LOG.c.report_id.in_(bindparam("ids", expanding=True)))
    .order_by(LOG.c.server_seq)
)
_DELETE = delete(REPORTS).where(
    REPORTS.c.mission == bindparam("of"), REPORTS.c.report_id.in_(bindparam("ids", expanding=True))
)


def project(connection: Connection, head: Head, jobs: Sequence[Job]) -> None:
    """The writer's `after`: fold every report that new entries touch, and note who called or brought a file."""
    fresh = [result for job in jobs for result in job.results if result.new]
    _fold_fresh(connection, head.mission, fresh)
    contacts = [job.context for job in jobs if isinstance(job.context, Contact)]
    meet_devices(connection, head, contacts, fresh)
    note_brought(connection, head, jobs)


def project_reports(connection: Connection, mission: str, report_ids: Sequence[str]) -> None:
    """Fold these reports from the log. For whoever appends without the writer."""
    for start in range(0, len(report_ids), IDS_AT_ONCE):
        some = report_ids[start : start + IDS_AT_ONCE]
        _put(connection, mission, some, entries_of(connection, mission, some).values())


def _fold_fresh(connection: Connection, mission: str, fresh: Sequence[Appended]) -> None:
    """Reports that are new need nothing of the log but what was just appended."""
    touched: dict[str, list[Entry]] = defaultdict(list)
    first = min((placed.server_seq for placed in fresh), default=0)
    for placed in fresh:
        if placed.draft.report_id is not None and placed.draft.kind.startswith(FOLDED_KINDS):
            touched[placed.draft.report_id].append(Entry.of(placed))
    ids = sorted(touched)
    for start in range(0, len(ids), IDS_AT_ONCE):
        some = ids[start : start + IDS_AT_ONCE]
        older = list(connection.execute(_OLDER, {"of": mission, "ids": some, "first": first}).scalars())
        entries = {**{one: touched[one] for one in some}, **entries_of(connection, mission, older)}
        _put(connection, mission, older, entries.values())


def _put(connection: Connection, mission: str, older: Sequence[str], reports: Iterable[Sequence[Entry]]) -> None:
    """Write the rows of these reports in place of those of `older`."""
    rows = [report_row(mission, entries) for entries in reports]
    if older:
        connection.execute(_DELETE, {"of": mission, "ids": list(older)})
    insert_rows(connection, REPORTS, COLUMNS, [[row[name] for name in COLUMNS] for row in rows])


def entries_of(connection: Connection, mission: str, report_ids: Sequence[str]) -> dict[str, list[Entry]]:
    """Report -> its entries of kinds that fold, in the order of the log."""
    if not report_ids:
        return {}
    found: dict[str, list[Entry]] = defaultdict(list)
    for row in connection.execute(_ENTRIES, {"of": mission, "ids": list(report_ids)}).all():
        if row.kind.startswith(FOLDED_KINDS):
            found[row.report_id].append(Entry._make(row))
    return found
