"""The doors of webhooks: for admins and heads."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from app.results import webhooks
from app.web.access import Caller, allow
from app.web.body import JsonRoute
from app.web.ground import GroundDep, Session

router = APIRouter(tags=["webhooks"], route_class=JsonRoute)
Leading = Annotated[Caller, allow("staff", roles=("admin", "head"))]
Event = Literal["incident.critical", "snapshot.made"]


class WebhookAsked(BaseModel, extra="forbid"):
    url: str = Field(min_length=1, max_length=2000, pattern="^[!-~]*$", examples=["https://example.org/urna"])
    events: list[Event] = Field(min_length=1, max_length=2)


class WebhookShown(BaseModel):
    id: str
    url: str
    events: list[str]
    made_at: str
    made_by: str
    ended_at: str | None


class WebhookMade(WebhookShown):
    secret: str = Field(description="Shown once: what the receiver verifies signatures with.")


class WebhooksAnswer(BaseModel):
    webhooks: list[WebhookShown]


class Delivery(BaseModel):
    id: str
    event: str
    about: str
    made_at: str
    state: Literal["waiting", "delivered", "failed"]
    tries: int
    next_at: str | None
    status: int | None
    error: str | None
    delivered_at: str | None


class DeliveriesAnswer(BaseModel):
    deliveries: list[Delivery]


@router.post("/v1/webhooks", status_code=201)
def make_webhook(asked: WebhookAsked, caller: Leading, ground: GroundDep) -> WebhookMade:
    """Tell an address of critical incidents, or of snapshots, from now on."""
    private = ground.settings.webhook_private_addresses
    now = datetime.now(UTC)
    made = webhooks.make(ground.engine, caller.mission, asked.url, asked.events, caller.id, private, now)
    return WebhookMade(**made, secret=webhooks.secret_of(ground.secret, made["id"]))


@router.get("/v1/webhooks")
def get_webhooks(caller: Leading, session: Session) -> WebhooksAnswer:
    """The addresses that are told of events."""
    rows = webhooks.standing(session, caller.mission)
    return WebhooksAnswer(webhooks=[WebhookShown(**webhooks.shown(row)) for row in rows])


@router.delete("/v1/webhooks/{webhook_id}", status_code=204)
def end_webhook(webhook_id: str, caller: Leading, ground: GroundDep) -> None:
    """Tell this address nothing more."""
    webhooks.end(ground.engine, caller.mission, webhook_id, caller.id, datetime.now(UTC))


@router.get("/v1/webhooks/{webhook_id}/deliveries")
def get_deliveries(webhook_id: str, caller: Leading, session: Session) -> DeliveriesAnswer:
    """The newest messages of a webhook: how often each was tried, and what the receiver answered."""
    found = webhooks.deliveries(session, caller.mission, webhook_id)
    return DeliveriesAnswer(deliveries=[Delivery(**one) for one in found])
