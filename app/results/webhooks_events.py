"""What webhooks are told of: critical incidents as the mirror sees them, and snapshots whose package is kept."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, select, update

from app.forms.answers import option_matches
from app.results.answers_rows import Found, rows_of, select_found
from app.results.forms import FormColumns
from app.results.mirror import Mirror
from app.results.query import Query
from app.results.snapshots import SNAPSHOTS, shown
from app.results.source import Asked, ask
from app.results.visits import questions
from app.results.webhooks import WEBHOOKS, standing, tell
from app.results.wide import Row
from app.store.database import reading, writing

INCIDENT, SNAPSHOT = "incident.critical", "snapshot.made"
ABOUT = ("report_id", "form", "stage", "status", "team", "place_kind", "place", "region", "received_at")
Told = tuple[str, dict[str, Any]]
"""What it is about, and what is said of it."""


def queue_events(engine: Engine, mirror: Mirror, now: datetime) -> int:
    """Put into the queues what happened since each webhook looked last; how many messages are new."""
    with reading(engine) as connection:
        hooks = standing(connection, mirror.mission)
        since = min((hook.seen_seq for hook in hooks), default=mirror.applied)
        found = list(incidents(connection, mirror, since)) if since < mirror.applied else []
        kept = [(row.name, row.made_at, shown(row)) for row in connection.execute(_kept(mirror.mission))]
    moved = [hook for hook in hooks if hook.seen_seq < mirror.applied]
    due = [
        (hook, event, about, data)
        for hook in hooks
        for event, about, data in [
            *((INCIDENT, about, data) for about, data in found if data["number"] > hook.seen_seq),
            *((SNAPSHOT, name, data) for name, made_at, data in kept if made_at >= hook.made_at),
        ]
        if event in hook.events.split()
    ]
    if not moved and not due:
        return 0
    with writing(engine) as connection:
        fresh = [tell(connection, hook, event, about, data, now) for hook, event, about, data in due]
        ids = [hook.id for hook in moved]
        connection.execute(update(WEBHOOKS).where(WEBHOOKS.c.id.in_(ids)).values(seen_seq=mirror.applied))
    return sum(fresh)


def incidents(connection: Connection, mirror: Mirror, since: int) -> Iterator[Told]:
    """Reports that became critical, or changed while they are, after a number: incident reports, critical answers."""
    asked = ask(mirror, Query(status=("draft", "finished")), mirror.applied)
    for form in asked.forms:
        for start in _chunks(found := _found(asked, form, since)):
            some = found[start : start + 200]
            for one, row in zip(some, rows_of(connection, asked, some), strict=True):
                yield row.head["report_id"], _said(mirror, form, one, row)


def _found(asked: Asked, form: FormColumns, since: int) -> list[Found]:
    newest = form.newest(asked.at)
    is_incident = newest is not None and newest.stage == "incident"
    condition = "true" if is_incident else "v.critical > 0"
    query = f"{select_found(asked, form)} AND v.from_seq > {since} AND {condition} ORDER BY v.from_seq"
    return [Found(*row) for row in asked.mirror.cursor().execute(query).fetchall()]


def _chunks(found: list[Found]) -> range:
    return range(0, len(found), 200)


def _said(mirror: Mirror, form: FormColumns, one: Found, row: Row) -> dict[str, Any]:
    """Codes alone: what was seen stays behind the mission's own door."""
    checklist = form.version(one.version, mirror.applied)
    assert checklist is not None, "the mirror reads a report by a published version"
    items = [item for item in questions(checklist) if item.critical_when and item.code in row.values]
    critical = [item.code for item in items if option_matches(item, row.values[item.code], item.critical_when)]
    simulated = bool(mirror.settings().get("simulated"))
    head = {name: row.head[name] for name in ABOUT}
    return {"mission": mirror.mission, "number": one.from_seq, "critical": critical, "simulated": simulated, **head}


def _kept(mission: str) -> Any:
    return select(SNAPSHOTS).where(SNAPSHOTS.c.mission == mission, SNAPSHOTS.c.sha256.is_not(None))
