"""Sends what waits, signed; what fails is tried again ever later, for two and a half days."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import Engine, select, update
from standardwebhooks import Webhook as Signer

from app.errors import UrnaError
from app.results.webhooks import DELIVERIES, WEBHOOKS, Found, secret_of
from app.results.webhooks_address import Target, resolve
from app.store.database import reading, writing

AGAIN_S = (5, 60, 300, 1800, 7200, 18_000, 36_000, 57_600, 86_400)
"""Seconds to wait after each try that failed; after the last the message has failed."""
LEASE_S = 60
"""How long a message is with the process that sends it."""
TIMEOUT_S = 10
AT_ONCE = 20
Client = Callable[[], httpx.Client]


def client() -> httpx.Client:
    """No redirects, no proxies of the environment: the address that was looked at is the one that is called."""
    return httpx.Client(timeout=TIMEOUT_S, follow_redirects=False, trust_env=False)


def send_due(engine: Engine, secret: bytes, private: bool, now: datetime, opened: Client = client) -> int:
    """Send what is due; how many messages were tried."""
    due = _claimed(engine, now)
    if not due:
        return 0
    with opened() as sender:
        for row in due:
            _keep(engine, row, _sent(sender, row, secret, private, now), now)
    return len(due)


def _claimed(engine: Engine, now: datetime) -> list[Found]:
    """Messages that are due, taken by this process alone."""
    same = DELIVERIES.c.webhook == WEBHOOKS.c.id
    columns = (DELIVERIES.c.id, DELIVERIES.c.body, DELIVERIES.c.tries, DELIVERIES.c.next_at, DELIVERIES.c.webhook)
    here = (DELIVERIES.c.state == "waiting") & (DELIVERIES.c.next_at <= now) & WEBHOOKS.c.ended_at.is_(None)
    query = select(*columns, WEBHOOKS.c.url).select_from(DELIVERIES.join(WEBHOOKS, same)).where(here)
    with reading(engine) as connection:
        waiting = connection.execute(query.order_by(DELIVERIES.c.next_at).limit(AT_ONCE)).all()
    return [row for row in waiting if _claim(engine, row, now)]


def _claim(engine: Engine, row: Found, now: datetime) -> bool:
    unchanged = (DELIVERIES.c.id == row.id) & (DELIVERIES.c.tries == row.tries) & (DELIVERIES.c.next_at == row.next_at)
    leased = {"tries": row.tries + 1, "next_at": now + timedelta(seconds=LEASE_S)}
    with writing(engine) as connection:
        return connection.execute(update(DELIVERIES).where(unchanged).values(**leased)).rowcount == 1


def _sent(sender: httpx.Client, row: Found, secret: bytes, private: bool, now: datetime) -> int | str:
    """The status of the answer, or why there was none."""
    try:
        target = resolve(row.url, private)
        return _post(sender, target, row.body.encode(), _signed(row, secret, now))
    except UrnaError:
        return "private_address"
    except OSError:
        return "no_such_host"
    except httpx.TimeoutException:
        return "timeout"
    except httpx.HTTPError:
        return "no_connection"


def _post(sender: httpx.Client, target: Target, body: bytes, headers: Mapping[str, str]) -> int:
    """What the answer says beside its status is not read."""
    named = {**headers, "Host": target.host if target.port in (80, 443) else f"{target.host}:{target.port}"}
    extensions = {"sni_hostname": target.host}
    with sender.stream("POST", target.url, content=body, headers=named, extensions=extensions) as answer:
        return answer.status_code


def _signed(row: Found, secret: bytes, now: datetime) -> dict[str, str]:
    signature = Signer(secret_of(secret, row.webhook)).sign(row.id, now, row.body)
    stamp = {"webhook-id": row.id, "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signature}
    return {"Content-Type": "application/json", "User-Agent": "Urna", **stamp}


def _keep(engine: Engine, row: Found, outcome: int | str, now: datetime) -> None:
    tries = row.tries + 1
    is_done = isinstance(outcome, int) and 200 <= outcome < 300
    told: dict[str, Any] = {"status": outcome, "error": None} if isinstance(outcome, int) else {"error": outcome}
    if is_done:
        told |= {"state": "delivered", "delivered_at": now}
    elif tries > len(AGAIN_S):
        told |= {"state": "failed"}
    else:
        told |= {"next_at": now + timedelta(seconds=AGAIN_S[tries - 1])}
    with writing(engine) as connection:
        connection.execute(update(DELIVERIES).where(DELIVERIES.c.id == row.id).values(**told))
        if outcome == 410:  # Standard Webhooks: the receiver wants no more
            connection.execute(update(WEBHOOKS).where(WEBHOOKS.c.id == row.webhook).values(ended_at=now))
