"""What an append touched, brought up to date in the append's own transaction."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, delete, insert, select

from app.store.bodies import FOLDED_KINDS
from app.store.log import LOG, Appended, Head
from app.store.tables import Report, table
from app.store.writer import Job
from app.sync.devices import Contact, meet_devices
from app.sync.report_rows import Entry, report_row

REPORTS = table(Report)
IDS_AT_ONCE = 500
ENTRY = (
    LOG.c.report_id, LOG.c.server_seq, LOG.c.op_id, LOG.c.kind, LOG.c.author_kind, LOG.c.author, LOG.c.team,
    LOG.c.number, LOG.c.link, LOG.c.body, LOG.c.state, LOG.c.code,
)  # fmt: skip


def project(connection: Connection, head: Head, jobs: Sequence[Job]) -> None:
    """The writer's `after`: fold every report that new entries touch, and note who called."""
    fresh = [result for job in jobs for result in job.results if result.new]
    project_reports(connection, head.mission, touched(fresh))
    contacts = [job.context for job in jobs if isinstance(job.context, Contact)]
    meet_devices(connection, head, contacts, fresh)


def touched(fresh: Iterable[Appended]) -> list[str]:
    """Reports that new entries can change."""
    drafts = (result.draft for result in fresh)
    return sorted({d.report_id for d in drafts if d.report_id is not None and d.kind.startswith(FOLDED_KINDS)})


def project_reports(connection: Connection, mission: str, report_ids: Sequence[str]) -> None:
    """Fold these reports from the log. Also for whoever appends without the writer."""
    for start in range(0, len(report_ids), IDS_AT_ONCE):
        some = report_ids[start : start + IDS_AT_ONCE]
        rows = [report_row(mission, entries) for entries in entries_of(connection, mission, some).values()]
        own = (REPORTS.c.mission == mission) & REPORTS.c.report_id.in_(some)
        connection.execute(delete(REPORTS).where(own))
        if rows:
            connection.execute(insert(REPORTS), rows)


def entries_of(connection: Connection, mission: str, report_ids: Sequence[str]) -> dict[str, list[Entry]]:
    """Report -> its entries of kinds that fold, in the order of the log."""
    query = select(*ENTRY).where(LOG.c.mission == mission, LOG.c.report_id.in_(report_ids))
    found: dict[str, list[Entry]] = defaultdict(list)
    for row in connection.execute(query.order_by(LOG.c.server_seq)).all():
        if row.kind.startswith(FOLDED_KINDS):
            found[row.report_id].append(row)
    return found
