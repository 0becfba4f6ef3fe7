"""Webhooks: signed, each event once, tried again, never into the own network."""

import json
import shutil
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select
from standardwebhooks import Webhook, WebhookVerificationError

from app.errors import UrnaError
from app.main import create_app
from app.people.staff import add_staff, sign_in
from app.results import webhooks, webhooks_address, webhooks_events, webhooks_send
from app.results.keeper import Keeper
from app.results.webhooks_events import INCIDENT
from app.settings import Settings
from app.store.audit import AUDIT
from app.store.database import connect, reading, writing
from tests.cast import PASSWORD, add_yaw
from tests.golden.night import Night, checklist, item, report_uuid, yes_no
from tests.serving import serving
from tests.test_results_doors import knocking

SECRET = b"s" * 32
NOW = datetime(2022, 11, 20, 12, 0, tzinfo=UTC)
FORMS = (
    checklist("B", yes_no("b36", critical_when=["yes"]), yes_no("b30")),
    checklist("E", item("e20", "text", "text"), stage="incident"),
)


class Receiver:
    """Listens on the loopback, keeps what came, answers as told."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((dict(self.headers), body))
                self.send_response(receiver.answers.pop(0) if receiver.answers else 204)
                self.send_header("Location", "http://127.0.0.1:1/")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook?token=x"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def night(database: Engine) -> Night:
    built = Night.of(database, *FORMS)
    built.frame({"code": "s1", "region": "R1"})
    built.teams({"code": "t1"})
    with writing(database) as connection:
        for name, role in (("yaw", "head"), ("esi", "auditor")):
            add_staff(connection, built.mission, name, role, PASSWORD, datetime.now(UTC))
    return built


def hook(night: Night, url: str, *events: str) -> str:
    chosen = events or webhooks.EVENTS
    return str(webhooks.make(night.engine, night.mission, url, chosen, "yaw", True, NOW)["id"])


def queued(night: Night, keeper: Keeper) -> int:
    return webhooks_events.queue_events(night.engine, night.mirror(keeper), NOW)


def send(night: Night, now: datetime = NOW, private: bool = True) -> int:
    return webhooks_send.send_due(night.engine, SECRET, private, now)


def log(night: Night, id: str) -> list[dict[str, Any]]:
    with reading(night.engine) as connection:
        return webhooks.deliveries(connection, night.mission, id)


def test_each_critical_incident_is_told_once_and_signed(night: Night, receiver: Receiver) -> None:
    night.report("r0", "t1-a", "B", "s1", {"b36": "yes"})
    night.send()
    id, keeper = hook(night, receiver.url, "incident.critical"), Keeper(night.mission)
    assert queued(night, keeper) == 0, "what was there before is not news"
    night.report("r1", "t1-a", "B", "s1", {"b36": "yes", "b30": "yes"}, kind="report.revision")
    night.report("r2", "t1-a", "B", "s1", {"b36": "no"})
    night.report("r3", "t1-a", "E", "s1", {"e20": "a fight"}, comment="secret words")
    night.send()
    assert (queued(night, keeper), queued(night, keeper)) == (2, 0)
    night.report("r1", "t1-a", "B", "s1", {"b36": "yes"})
    night.send()
    assert queued(night, keeper) == 0, "a report that changes is the same incident"
    assert (send(night), send(night)) == (2, 0)
    told = {}
    for headers, body in receiver.got:
        seen = json.loads(body)
        told[seen["data"]["report_id"]] = seen
        assert b"fight" not in body
        assert b"secret" not in body
        signed = Webhook(webhooks.secret_of(SECRET, id))
        named = {name.lower(): value for name, value in headers.items()}
        expected = signed.sign(named["webhook-id"], NOW, body.decode())
        assert named["webhook-signature"] == expected
        with pytest.raises(WebhookVerificationError):
            signed.verify(body, named)  # two years old by now
    first = told[report_uuid("r1")]
    assert (first["type"], first["data"]["critical"], first["data"]["region"]) == ("incident.critical", ["b36"], "R1")
    assert told[report_uuid("r3")]["data"]["form"] == "E"
    assert [one["state"] for one in log(night, id)] == ["delivered", "delivered"]


def test_a_message_is_signed_so_that_its_receiver_verifies_it(night: Night, receiver: Receiver) -> None:
    id, keeper = hook(night, receiver.url), Keeper(night.mission)
    night.report("r1", "t1-a", "B", "s1", {"b36": "yes"})
    night.send()
    webhooks_events.queue_events(night.engine, night.mirror(keeper), datetime.now(UTC))
    assert send(night, datetime.now(UTC)) == 1
    headers, body = receiver.got[0]
    found = Webhook(webhooks.secret_of(SECRET, id)).verify(body, headers)
    assert found["data"]["report_id"] == report_uuid("r1")
    with pytest.raises(WebhookVerificationError):
        Webhook(webhooks.secret_of(SECRET, "wh_other")).verify(body, headers)


def test_what_fails_is_tried_again_ever_later_and_then_fails(night: Night, receiver: Receiver) -> None:
    id, keeper = hook(night, receiver.url), Keeper(night.mission)
    night.report("r1", "t1-a", "B", "s1", {"b36": "yes"})
    night.send()
    queued(night, keeper)
    receiver.answers = [500, 302, *[503] * 20]
    now = NOW
    for tried, wait_s in enumerate(webhooks_send.AGAIN_S, start=1):
        assert send(night, now) == 1
        (one,) = log(night, id)
        assert (one["state"], one["tries"]) == ("waiting", tried)
        assert send(night, now + timedelta(seconds=wait_s - 1)) == 0
        now += timedelta(seconds=wait_s)
    assert send(night, now) == 1
    assert send(night, now + timedelta(days=30)) == 0
    (one,) = log(night, id)
    assert (one["state"], one["status"], one["tries"]) == ("failed", 503, len(webhooks_send.AGAIN_S) + 1)
    ids = {headers["webhook-id"] for headers, _ in receiver.got}
    assert (len(receiver.got), len(ids)) == (one["tries"], 1), "a redirect is not followed, the id stays"


def test_who_answers_gone_is_told_nothing_more(night: Night, receiver: Receiver) -> None:
    id, keeper = hook(night, receiver.url), Keeper(night.mission)
    for name in ("r1", "r2"):
        night.report(name, "t1-a", "B", "s1", {"b36": "yes"})
        night.send()
        queued(night, keeper)
        receiver.answers = [410]
        send(night)
    assert len(receiver.got) == 1
    assert len(log(night, id)) == 1


def test_two_processes_send_a_message_once(night: Night, receiver: Receiver) -> None:
    hook(night, receiver.url)
    night.report("r1", "t1-a", "B", "s1", {"b36": "yes"})
    night.send()
    queued(night, Keeper(night.mission))
    with reading(night.engine) as connection:
        row = connection.execute(select(webhooks.DELIVERIES)).one()
    assert (webhooks_send._claim(night.engine, row, NOW), webhooks_send._claim(night.engine, row, NOW)) == (True, False)
    assert send(night, NOW + timedelta(seconds=webhooks_send.LEASE_S)) == 1, "who died with it holds it for a minute"


def test_a_name_that_stands_for_a_private_address_is_not_called(night: Night, receiver: Receiver) -> None:
    id = hook(night, receiver.url)
    night.report("r1", "t1-a", "B", "s1", {"b36": "yes"})
    night.send()
    queued(night, Keeper(night.mission))
    assert send(night, private=False) == 1
    assert log(night, id)[0]["error"] == "private_address"
    assert receiver.got == []


def test_a_name_that_changes_its_address_between_look_and_call_is_called_where_it_was_looked_at(
    night: Night, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: public at the first look, the own network at every later one."""
    looked: list[str] = []
    called: list[httpx.Request] = []

    def look(host: str, port: int, **_: Any) -> list[Any]:
        looked.append(host)
        address = "93.184.216.34" if len(looked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    def answer(request: httpx.Request) -> httpx.Response:
        called.append(request)
        return httpx.Response(204)

    made = webhooks.make(night.engine, night.mission, "https://hooks.example/in", (INCIDENT,), "yaw", False, NOW)
    night.report("r1", "t1-a", "B", "s1", {"b36": "yes"})
    night.send()
    queued(night, Keeper(night.mission))
    monkeypatch.setattr(socket, "getaddrinfo", look)
    opened = partial(httpx.Client, transport=httpx.MockTransport(answer))
    assert webhooks_send.send_due(night.engine, SECRET, False, NOW, opened) == 1
    assert (looked, len(called)) == (["hooks.example"], 1)
    assert (called[0].url.host, called[0].headers["Host"]) == ("93.184.216.34", "hooks.example")
    assert called[0].extensions["sni_hostname"] == "hooks.example", "and the certificate must bear the name"
    assert log(night, str(made["id"]))[0]["state"] == "delivered"


def test_a_running_server_tells_of_an_incident_within_seconds(
    tmp_path: Path, sqlite_template: Path, receiver: Receiver
) -> None:
    shutil.copy(sqlite_template, tmp_path / "urna.db")
    engine = connect(f"sqlite:///{tmp_path / 'urna.db'}")
    night = Night.of(engine, *FORMS)
    night.frame({"code": "s1", "region": "R1"})
    night.teams({"code": "t1"})
    add_yaw(engine, night.mission)
    session = sign_in(engine, night.mission, "yaw", PASSWORD, datetime.now(UTC)).token
    headers = {"Authorization": f"Bearer {session}"}
    with (
        serving(f"sqlite:///{tmp_path / 'urna.db'}", tmp_path, URNA_WEBHOOK_PRIVATE_ADDRESSES="true") as server,
        httpx.Client(base_url=f"{server.url}/v1/", headers=headers) as yaw,
    ):
        asked = {"url": receiver.url, "events": [INCIDENT]}
        made = yaw.post("webhooks", json=asked).raise_for_status().json()
        night.report("r1", "t1-a", "B", "s1", {"b36": "yes"})
        night.send()
        told = delivered(yaw, made["id"])
        sent, body = receiver.got[0]
    engine.dispose()
    assert (told["event"], told["tries"], told["status"]) == (INCIDENT, 1, 204)
    assert Webhook(made["secret"]).verify(body, sent)["data"]["report_id"] == report_uuid("r1")


def delivered(yaw: httpx.Client, id: str) -> dict[str, Any]:
    """The first message of a webhook's log that was delivered."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        for one in yaw.get(f"webhooks/{id}/deliveries").raise_for_status().json()["deliveries"]:
            if one["state"] == "delivered":
                found: dict[str, Any] = one
                return found
        time.sleep(0.2)
    raise AssertionError("nothing was delivered")


@pytest.mark.parametrize(
    "url",
    ["http://example.org/", "ftp://example.org/", "https://", "https://u:p@example.org/", "https://ex ample.org/", "x",
     "https://example.org:99999/", "https://пример.рф/", "https://example.org/" + "a" * 2000],
)  # fmt: skip
def test_an_address_that_cannot_be_is_refused(url: str) -> None:
    with pytest.raises(UrnaError, match="webhook_address"):
        webhooks_address.check_url(url, private=False)


@pytest.mark.parametrize("host", ["127.0.0.1", "10.0.0.8", "[::1]", "169.254.169.254", "localhost", "[::ffff:10.0.0.1]", "0.0.0.0"])  # fmt: skip  # noqa: E501
def test_no_address_of_the_own_network_is_resolved(host: str) -> None:
    with pytest.raises(UrnaError, match="webhook_address"):
        webhooks_address.resolve(f"https://{host}/hook", private=False)


@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
def test_a_private_address_is_private_in_any_disguise(address: IPv4Address | IPv6Address) -> None:
    if not webhooks_address.is_public(address) and isinstance(address, IPv4Address):
        number = int(address)
        assert not webhooks_address.is_public(ip_address(f"::ffff:{address}"))
        assert not webhooks_address.is_public(IPv6Address((0x2002 << 112) | (number << 80)))
        assert not webhooks_address.is_public(IPv6Address((0x64FF9B << 96) | number))
    if webhooks_address.is_public(address):
        assert address.is_global


@pytest.fixture
def app(night: Night, database_url: str, tmp_path: Path) -> Iterator[FastAPI]:
    made = create_app(Settings(database_url=database_url, data_dir=tmp_path, webhook_private_addresses=True))
    yield made
    made.state.ground.engine.dispose()


@pytest.fixture
async def yaw(app: FastAPI, night: Night) -> AsyncIterator[httpx.AsyncClient]:
    async with knocking(app, sign_in(night.engine, night.mission, "yaw", PASSWORD, datetime.now(UTC)).token) as client:
        yield client


async def test_a_snapshot_is_told_with_the_digest_of_its_package(
    yaw: httpx.AsyncClient, app: FastAPI, night: Night, receiver: Receiver
) -> None:
    made = (await yaw.post("webhooks", json={"url": receiver.url, "events": ["snapshot.made"]})).json()
    assert made["secret"].startswith("whsec_")
    assert (await yaw.post("snapshots", json={"name": "statement"})).status_code == 201
    app.state.messenger.work()
    headers, body = receiver.got[0]
    data = Webhook(made["secret"]).verify(body, headers)["data"]
    assert data == (await yaw.get("snapshots")).json()["snapshots"][0]
    assert len(data["sha256"]) == 64
    (one,) = (await yaw.get(f"webhooks/{made['id']}/deliveries")).json()["deliveries"]
    assert (one["event"], one["about"], one["state"], one["status"]) == ("snapshot.made", "statement", "delivered", 204)


async def test_the_list_shows_no_secret_and_an_ended_one_is_told_nothing(
    yaw: httpx.AsyncClient, app: FastAPI, night: Night, receiver: Receiver
) -> None:
    made = (await yaw.post("webhooks", json={"url": receiver.url, "events": ["incident.critical"]})).json()
    (listed,) = (await yaw.get("webhooks")).json()["webhooks"]
    assert "secret" not in listed
    assert (await yaw.delete(f"webhooks/{made['id']}")).status_code == 204
    assert (await yaw.get("webhooks")).json()["webhooks"] == []
    night.report("r1", "t1-a", "B", "s1", {"b36": "yes"})
    night.send()
    app.state.messenger.work()
    assert receiver.got == []
    assert (await yaw.delete("webhooks/wh_none")).status_code == 404
    with reading(night.engine) as connection:
        acts = connection.execute(select(AUDIT.c.act, AUDIT.c.facts).where(AUDIT.c.about == made["id"])).all()
    assert [act for act, _ in acts] == ["webhook.made", "webhook.ended"]
    assert "token" not in acts[0].facts


async def test_an_auditor_and_a_private_address_are_refused(
    app: FastAPI, night: Night, database_url: str, tmp_path: Path, receiver: Receiver
) -> None:
    asked = {"url": receiver.url, "events": ["snapshot.made"]}
    async with knocking(app, sign_in(night.engine, night.mission, "esi", PASSWORD, datetime.now(UTC)).token) as esi:
        assert (await esi.post("webhooks", json=asked)).status_code == 403
    strict = create_app(Settings(database_url=database_url, data_dir=tmp_path))
    async with knocking(strict, sign_in(night.engine, night.mission, "yaw", PASSWORD, datetime.now(UTC)).token) as yaw:
        assert (await yaw.post("webhooks", json=asked)).json()["code"] == "webhook_address"
    strict.state.ground.engine.dispose()
