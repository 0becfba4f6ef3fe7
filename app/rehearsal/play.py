"""Phones that live their day against a server, over httpx: they make, send, pull, wait and come again, as real ones."""

import asyncio
import gzip
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from random import Random
from typing import Any

import httpx

from app.errors import UrnaError
from app.forms.model import Checklist
from app.rehearsal.day import Step, day_of
from app.rehearsal.mission import Tickets
from app.rehearsal.phone import VERSION, Phone, public_jwk
from app.rehearsal.tally import Tally

TIMEOUT_S = 30.0
BATCH_MAX = 50
ENROLLED_AT_ONCE = 16
CONNECTIONS_MAX = 400
BACK_OFF_S, BACK_OFF_MAX_S = 1.0, 20.0
RETURN_S = 10.0
"""After an outage each phone waits a moment of its own, up to this."""
DRAIN_S = 180.0
GZIP_FROM_BYTES = 1024


@dataclass(frozen=True)
class Plan:
    """`outage`: begin and end as shares of the time, in which no phone has a network."""

    phones: int
    minutes: float
    seed: int
    reports: int = 12
    outage: tuple[float, float] | None = None


@dataclass
class Crowd:
    """All phones of a rehearsal, and what is measured of them."""

    client: httpx.AsyncClient
    plan: Plan
    phones: list[Phone] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    forms: Mapping[str, Checklist] = field(default_factory=dict)
    stations: Sequence[str] = ()
    started: float = 0.0

    @property
    def now(self) -> float:
        return time.monotonic() - self.started

    @property
    def whole_s(self) -> float:
        return self.plan.minutes * 60

    @property
    def patience_s(self) -> float:
        """The longest wait after a failure: shorter where the whole day is."""
        return min(BACK_OFF_MAX_S, self.whole_s * 0.1)

    def is_away(self) -> bool:
        """Whether the network is away now."""
        begin, end = self.plan.outage or (0.0, 0.0)
        return begin * self.whole_s <= self.now < end * self.whole_s


def client_of(url: str) -> httpx.AsyncClient:
    """Without cookies: a jar would hand one phone's credentials to another."""
    limits = httpx.Limits(max_connections=CONNECTIONS_MAX, max_keepalive_connections=CONNECTIONS_MAX)
    client = httpx.AsyncClient(base_url=url, timeout=TIMEOUT_S, limits=limits, trust_env=False)
    client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return client


async def enrol_all(crowd: Crowd, tickets: Tickets) -> None:
    """Turn each code into a phone, and learn checklists and stations. Raises UrnaError `not_ready`."""
    gate = asyncio.Semaphore(ENROLLED_AT_ONCE)

    async def enrol(number: int, code: str) -> Phone:
        async with gate:
            return await _enrol(crowd.client, Phone(f"phone {number}"), code)

    crowd.phones = list(await asyncio.gather(*(enrol(number, code) for number, code in enumerate(tickets.codes))))
    crowd.forms = await _forms(crowd.client, crowd.phones[0])
    listed = await crowd.client.get("/v1/stations", params={"limit": 1000}, headers=bearer(crowd.phones[0]))
    crowd.stations = [row["code"] for row in _read(listed)["rows"]]


async def play(crowd: Crowd, tell: Callable[[Crowd], None] = lambda _: None) -> None:
    """The whole day, then time for every phone to empty its outbox. `tell` is called about once a second."""
    crowd.started = time.monotonic()
    telling = asyncio.create_task(_tell(crowd, tell))
    try:
        await asyncio.gather(*(_live(crowd, phone) for phone in crowd.phones))
    finally:
        telling.cancel()


async def _tell(crowd: Crowd, tell: Callable[[Crowd], None]) -> None:
    while True:
        await asyncio.sleep(1)
        tell(crowd)


async def _live(crowd: Crowd, phone: Phone) -> None:
    dice = Random(f"{crowd.plan.seed}:{phone.name}:network")  # noqa: S311  a play, not a secret
    for step in day_of(phone.name, crowd.plan.seed, crowd.plan.reports, crowd.forms, crowd.stations):
        await asyncio.sleep(max(0.0, step.at * crowd.whole_s - crowd.now))
        _make(crowd, phone, step)
        if not crowd.is_away():
            await _round(crowd, phone, dice)
    await _drain(crowd, phone, dice)


def _make(crowd: Crowd, phone: Phone, step: Step) -> None:
    phone.mint(step)
    phone.made_s.append(crowd.now)
    crowd.tally.made.append(crowd.now)


async def _drain(crowd: Crowd, phone: Phone, dice: Random) -> None:
    until = crowd.whole_s + DRAIN_S
    while phone.waiting and crowd.now < until:
        if crowd.is_away():
            await asyncio.sleep(0.2)
        else:
            await _round(crowd, phone, dice)


async def _round(crowd: Crowd, phone: Phone, dice: Random) -> None:
    """Send what waits, in batches, then pull; after a failure wait longer each time, as the server asks or by dice."""
    tries = 0
    if crowd.plan.outage and phone.was_away(crowd.plan.outage[0] * crowd.whole_s, crowd.now):
        await asyncio.sleep(dice.uniform(0, min(RETURN_S, crowd.whole_s * 0.05)))
    while (waiting := phone.waiting) and not crowd.is_away() and crowd.now < crowd.whole_s + DRAIN_S:
        wait_s = await _push(crowd, phone, waiting[:BATCH_MAX])
        if wait_s is None:
            tries = 0
            continue
        tries += 1
        await asyncio.sleep(wait_s + dice.uniform(0, min(crowd.patience_s, BACK_OFF_S * 2**tries)))
    if not crowd.is_away():
        await _pull(crowd, phone)


async def _push(crowd: Crowd, phone: Phone, operations: list[dict[str, Any]]) -> float | None:
    """None after an answer; else the seconds that the server asks to wait, at least 0."""
    envelope = phone.envelope(operations)
    body, headers = packed(envelope)
    begun = time.monotonic()
    try:
        answer = await crowd.client.post("/v1/sync/push", content=body, headers={**headers, **bearer(phone)})
    except httpx.HTTPError as error:
        crowd.tally.failures.append((crowd.now, type(error).__name__))
        return 0.0
    crowd.tally.bytes_up += len(body)
    crowd.tally.bytes_down += answer.num_bytes_downloaded
    if answer.status_code == 200:
        settled = phone.note(envelope, _json(answer))
        _count(crowd, phone, settled, time.monotonic() - begun)
        return None if settled else 0.0
    crowd.tally.failures.append((crowd.now, str(answer.status_code)))
    if answer.status_code == 401:
        await _show_grant(crowd, phone)
    return float(answer.headers.get("Retry-After", 0))


def _count(crowd: Crowd, phone: Phone, settled: list[str], latency_s: float) -> None:
    crowd.tally.pushes.append((crowd.now, latency_s, len(settled)))
    numbers = {op_id: number for number, op_id in enumerate(phone.outbox)}
    crowd.tally.lags += [crowd.now - phone.made_s[numbers[op_id]] for op_id in settled]
    crowd.tally.settled += [crowd.now] * len(settled)
    phone.contact_s = crowd.now


async def _show_grant(crowd: Crowd, phone: Phone) -> None:
    """A database that was restored from before the enrolment takes the device back."""
    try:
        await crowd.client.post("/v1/grant", json={"grant": phone.grant}, headers=bearer(phone))
    except httpx.HTTPError as error:
        crowd.tally.failures.append((crowd.now, type(error).__name__))


async def _pull(crowd: Crowd, phone: Phone) -> None:
    """One page: what matters here is what it costs."""
    begun = time.monotonic()
    params = {"cursor": phone.cursor} if phone.cursor else {}
    try:
        answer = await crowd.client.get("/v1/sync/pull", params=params, headers=bearer(phone))
    except httpx.HTTPError as error:
        crowd.tally.failures.append((crowd.now, type(error).__name__))
        return
    crowd.tally.bytes_down += answer.num_bytes_downloaded
    crowd.tally.pulls.append((crowd.now, time.monotonic() - begun))
    if answer.status_code == 200:
        said = _json(answer)
        phone.cursor, phone.epoch = said["cursor"], said["epoch"]
    elif answer.status_code == 410:
        phone.cursor = None


async def _enrol(client: httpx.AsyncClient, phone: Phone, code: str) -> Phone:
    asked = {"code": code, "label": phone.name, "public_key": public_jwk(phone.key), "app": {"version": VERSION}}
    phone.enrolled(_read(await client.post("/v1/enrol", json=asked)))
    return phone


async def _forms(client: httpx.AsyncClient, phone: Phone) -> dict[str, Checklist]:
    pulled = _read(await client.get("/v1/sync/pull", params={"limit": 1000}, headers=bearer(phone)))
    newest = {c["data"]["code"]: c["data"]["hash"] for c in pulled["changes"] if c["type"] == "form"}
    blobs = {code: await client.get(f"/v1/blobs/{digest}", headers=bearer(phone)) for code, digest in newest.items()}
    return {code: Checklist.model_validate_json(blob.raise_for_status().content) for code, blob in blobs.items()}


def packed(envelope: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
    """Body and headers, gzip where it pays."""
    raw = json.dumps(envelope, ensure_ascii=False, separators=(",", ":")).encode()
    headers = {"Content-Type": "application/json"}
    if len(raw) < GZIP_FROM_BYTES:
        return raw, headers
    return gzip.compress(raw, 6), {**headers, "Content-Encoding": "gzip"}


def bearer(phone: Phone) -> dict[str, str]:
    return {"Authorization": f"Bearer {phone.token}"}


def _json(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None


def _read(answer: httpx.Response) -> Any:
    if answer.is_error:
        raise UrnaError("not_ready", f"{answer.request.url.path} answered {answer.status_code}: {answer.text[:200]}")
    return answer.json()
