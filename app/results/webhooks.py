"""Webhooks: who is told of what, and what became of each message. What is sent is signed as Standard Webhooks says.

A webhook's secret is derived from the server's; it is shown when the webhook is made and stored nowhere.
"""

import base64
import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, insert, select, update

from app.errors import UrnaError
from app.results.stamp import utc
from app.results.webhooks_address import check_url
from app.store.audit import Actor, write_audit
from app.store.database import writing
from app.store.log import HEAD
from app.store.results_tables import Webhook, WebhookDelivery
from app.store.secrets import derive
from app.store.tables import table

WEBHOOKS, DELIVERIES = table(Webhook), table(WebhookDelivery)
EVENTS = ("incident.critical", "snapshot.made")
LIMIT = 200
WEBHOOKS_MAX = 20
Found = Row[*tuple[Any, ...]]


def secret_of(server_secret: bytes, id: str) -> str:
    """The secret of a webhook, as its receiver needs it."""
    return "whsec_" + base64.b64encode(derive(server_secret, f"webhook {id}")).decode()


def make(
    engine: Engine, mission: str, url: str, events: Sequence[str], by: str, private: bool, now: datetime
) -> dict[str, Any]:
    """A webhook that is told of what comes from now on. Raises UrnaError: webhook_address, invalid_parameter."""
    check_url(url, private)
    id = "wh_" + secrets.token_hex(8)
    row = {"id": id, "mission": mission, "url": url, "events": " ".join(sorted(set(events)))}
    with writing(engine) as connection:
        if len(standing(connection, mission)) >= WEBHOOKS_MAX:
            raise UrnaError("invalid_parameter", f"A mission has at most {WEBHOOKS_MAX} webhooks: end one first.")
        head = connection.execute(select(HEAD.c.server_seq).where(HEAD.c.mission == mission)).scalar_one()
        connection.execute(insert(WEBHOOKS).values(**row, made_at=now, made_by=by, seen_seq=head))
        facts = {"events": row["events"]}  # an address may hold a token: it is no fact for a trail
        write_audit(connection, mission, Actor("staff", by), "webhook.made", id, now=now, facts=facts)
        return shown(find(connection, mission, id))


def end(engine: Engine, mission: str, id: str, by: str, now: datetime) -> None:
    """Tell it nothing more; what became of its messages stays. Raises UrnaError `not_found`."""
    with writing(engine) as connection:
        row = find(connection, mission, id)
        if row.ended_at is None:
            connection.execute(update(WEBHOOKS).where(WEBHOOKS.c.id == id).values(ended_at=now))
            write_audit(connection, mission, Actor("staff", by), "webhook.ended", id, now=now)


def standing(connection: Connection, mission: str) -> list[Found]:
    """Webhooks that are told of events, the oldest first."""
    here = (WEBHOOKS.c.mission == mission) & WEBHOOKS.c.ended_at.is_(None)
    return list(connection.execute(select(WEBHOOKS).where(here).order_by(WEBHOOKS.c.made_at, WEBHOOKS.c.id)))


def find(connection: Connection, mission: str, id: str) -> Found:
    """Raises UrnaError `not_found`."""
    row = connection.execute(select(WEBHOOKS).where(WEBHOOKS.c.mission == mission, WEBHOOKS.c.id == id)).one_or_none()
    if row is None:
        raise UrnaError("not_found")
    return row


def shown(row: Found) -> dict[str, Any]:
    """A webhook as JSON, without its secret."""
    return {
        "id": row.id,
        "url": row.url,
        "events": row.events.split(),
        "made_at": utc(row.made_at),
        "made_by": row.made_by,
        "ended_at": utc(row.ended_at),
    }


def deliveries(connection: Connection, mission: str, id: str) -> list[dict[str, Any]]:
    """The newest messages of a webhook and what became of them. Raises UrnaError `not_found`."""
    find(connection, mission, id)
    here = select(DELIVERIES).where(DELIVERIES.c.webhook == id)
    rows = connection.execute(here.order_by(DELIVERIES.c.made_at.desc(), DELIVERIES.c.id).limit(LIMIT))
    return [
        {
            "id": row.id,
            "event": row.event,
            "about": row.about,
            "made_at": utc(row.made_at),
            "state": row.state,
            "tries": row.tries,
            "next_at": utc(row.next_at) if row.state == "waiting" else None,
            "status": row.status,
            "error": row.error,
            "delivered_at": utc(row.delivered_at),
        }
        for row in rows
    ]


def tell(
    connection: Connection, webhook: Found, event: str, about: str, data: Mapping[str, Any], now: datetime
) -> bool:
    """Put a message into the queue, each event once for each webhook; whether it is new."""
    same = (DELIVERIES.c.webhook == webhook.id) & (DELIVERIES.c.event == event) & (DELIVERIES.c.about == about)
    if connection.execute(select(DELIVERIES.c.id).where(same)).first() is not None:
        return False
    body = json.dumps({"type": event, "timestamp": utc(now), "data": data}, ensure_ascii=False)
    row = {"id": "msg_" + secrets.token_hex(12), "mission": webhook.mission, "webhook": webhook.id, "event": event}
    fresh = {"about": about, "body": body, "made_at": now, "state": "waiting", "tries": 0, "next_at": now}
    connection.execute(insert(DELIVERIES).values(**row, **fresh))
    return True
