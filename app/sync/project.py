"""What an append touched, brought up to date in the append's own transaction: reports and devices."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update

from app.forms.fold import Operation, fold, to_json
from app.forms.report import State
from app.store.bodies import FOLDED_KINDS, operation_of
from app.store.log import LOG, Appended, Head
from app.store.tables import Device, Report, table
from app.store.writer import Job

REPORTS, DEVICES = table(Report), table(Device)
IDS_AT_ONCE = 500
TEXT_MAX = 200
ENTRY = (
    LOG.c.report_id, LOG.c.server_seq, LOG.c.op_id, LOG.c.kind, LOG.c.author_kind, LOG.c.author, LOG.c.team,
    LOG.c.number, LOG.c.link, LOG.c.body, LOG.c.state, LOG.c.code,
)  # fmt: skip
DEVICE_FLAGS = frozenset({"chain_gap"})
"""Flags of operations that say something of the device."""


@dataclass
class Contact:
    """A device that called, and what it said of itself. `device_seq` is filled in by the projection."""

    device_id: str
    app_version: str | None = None
    queue: dict[str, Any] = field(default_factory=dict)
    clock_is_off: bool = False
    flags: set[str] = field(default_factory=set)
    device_seq: int | None = None


def project(connection: Connection, head: Head, jobs: Sequence[Job]) -> None:
    """The writer's `after`: fold every report that new entries touch, and note who called."""
    fresh = [result for job in jobs for result in job.results if result.new]
    project_reports(connection, head.mission, touched(fresh))
    contacts = [job.context for job in jobs if isinstance(job.context, Contact)]
    _meet_devices(connection, head, contacts, fresh)


def touched(fresh: Iterable[Appended]) -> list[str]:
    """Reports that new entries can change."""
    drafts = (result.draft for result in fresh)
    return sorted({d.report_id for d in drafts if d.report_id is not None and d.kind.startswith(FOLDED_KINDS)})


def project_reports(connection: Connection, mission: str, report_ids: Sequence[str]) -> None:
    """Fold these reports from the log. For whoever appends without the writer."""
    for start in range(0, len(report_ids), IDS_AT_ONCE):
        some = report_ids[start : start + IDS_AT_ONCE]
        rows = [report_row(mission, entries) for entries in entries_of(connection, mission, some).values()]
        own = (REPORTS.c.mission == mission) & REPORTS.c.report_id.in_(some)
        connection.execute(delete(REPORTS).where(own))
        if rows:
            connection.execute(insert(REPORTS), rows)


def entries_of(connection: Connection, mission: str, report_ids: Sequence[str]) -> dict[str, list[Row[Any]]]:
    """Report -> its entries of kinds that fold, in the order of the log."""
    query = select(*ENTRY).where(LOG.c.mission == mission, LOG.c.report_id.in_(report_ids))
    found: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in connection.execute(query.order_by(LOG.c.server_seq)):
        if row.kind.startswith(FOLDED_KINDS):
            found[row.report_id].append(row)
    return found


def report_row(mission: str, entries: Sequence[Row[Any]]) -> dict[str, Any]:
    """A report's row from all of its entries. One of which everything is held is listed by what it would say."""
    operations = [operation_of(entry) for entry in entries]
    report = fold(operations)
    shown = report.counted or (_if_released(operations) if report.status == "held" else report.latest)
    return {
        "mission": mission,
        "report_id": entries[0].report_id,
        "team": _owner(entries),
        "form": _text(shown.header.get("form")),
        "form_version": _version(shown.form_version),
        **_place(shown.header.get("place")),
        "status": report.status,
        "first_seq": entries[0].server_seq,
        "last_seq": entries[-1].server_seq,
        "state": to_json(report),
    }


def _if_released(operations: Sequence[Operation]) -> State:
    return fold([replace(operation, held=None) for operation in operations]).latest


def _owner(entries: Sequence[Row[Any]]) -> str | None:
    """The team of the first operation that was accepted; where none was, of the first."""
    teams = [(entry.state != "accepted", place, entry.team) for place, entry in enumerate(entries) if entry.team]
    return min(teams)[2] if teams else None


def _place(place: Any) -> dict[str, str | None]:
    known = place if isinstance(place, dict) else {}
    return {"place_kind": _text(known.get("kind")), "place_id": _text(known.get("id"))}


def _text(value: Any) -> str | None:
    """What a column can hold on every database."""
    return value if isinstance(value, str) and len(value) <= TEXT_MAX and "\0" not in value else None


def _version(value: int | None) -> int | None:
    return value if value is not None and 0 <= value < 2**31 else None


def _meet_devices(connection: Connection, head: Head, contacts: Sequence[Contact], fresh: Sequence[Appended]) -> None:
    sent: dict[str, list[Appended]] = defaultdict(list)
    for result in fresh:
        if result.draft.author_kind == "device" and result.draft.number is not None:
            sent[result.draft.author].append(result)
    called = {contact.device_id: contact for contact in contacts}
    ids = sorted({*sent, *called})
    if not ids:
        return
    columns = (DEVICES.c.id, DEVICES.c.device_seq, DEVICES.c.link, DEVICES.c.flags)
    mine = (DEVICES.c.mission == head.mission) & DEVICES.c.id.in_(ids)
    devices = {row.id: row for row in connection.execute(select(*columns, *_SAID).where(mine))}
    forked = _forked(connection, head.mission, devices, sent)
    rows = [
        _device_row(row, head, sent.get(row.id, []), called.get(row.id), row.id in forked) for row in devices.values()
    ]
    if rows:
        connection.execute(_UPDATE, rows)
    for contact in contacts:
        contact.device_seq = next((row["to_device_seq"] for row in rows if row["of"] == contact.device_id), None)


_SAID = (DEVICES.c.app_version, DEVICES.c.queue, DEVICES.c.last_contact_at)
_FIELDS = ("device_seq", "link", "flags", *(column.name for column in _SAID))
_UPDATE = (
    update(DEVICES).where(DEVICES.c.id == bindparam("of")).values({name: bindparam(f"to_{name}") for name in _FIELDS})
)


def _device_row(
    row: Row[Any], head: Head, sent: Sequence[Appended], contact: Contact | None, is_forked: bool
) -> dict[str, Any]:
    newest = max(sent, key=lambda result: (result.draft.number or 0, result.draft.link), default=None)
    is_newer = newest is not None and (newest.draft.number or 0) >= row.device_seq
    flags = {
        *row.flags.split(),
        *(flag for result in sent for flag in result.draft.flags.split() if flag in DEVICE_FLAGS),
    }
    flags |= {"forked"} if is_forked else set()
    said: dict[str, Any] = {column.name: getattr(row, column.name) for column in _SAID}
    if contact is not None:
        flags = (flags | contact.flags) - {"clock"} | ({"clock"} if contact.clock_is_off else set())
        said = {"app_version": contact.app_version, "queue": contact.queue, "last_contact_at": head.received_at}
    device_seq, link = (newest.draft.number, newest.draft.link) if newest and is_newer else (row.device_seq, row.link)
    fields = {"device_seq": device_seq, "link": link, "flags": " ".join(sorted(flags)), **said}
    return {"of": row.id, **{f"to_{name}": value for name, value in fields.items()}}


def _forked(
    connection: Connection, mission: str, devices: dict[str, Row[Any]], sent: dict[str, list[Appended]]
) -> Collection[str]:
    """Devices of which two operations bear one number. Only numbers that are not new can be such."""
    forked: set[str] = set()
    for device_id, results in sent.items():
        numbers = Counter(result.draft.number for result in results)
        if any(times > 1 for times in numbers.values()):
            forked.add(device_id)
        row = devices.get(device_id)
        old = [number for number in numbers if row is not None and number is not None and number <= row.device_seq]
        if old:
            where = (LOG.c.mission == mission) & (LOG.c.author == device_id) & LOG.c.number.in_(old)
            twice = select(LOG.c.number).where(where).group_by(LOG.c.number).having(func.count() > 1)
            if connection.execute(twice).first() is not None:
                forked.add(device_id)
    return forked
