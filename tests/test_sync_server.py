"""The phones' door over HTTP, on a real server: who may, what is packed, what is refused, what survives a kill."""

import gzip
import hashlib
import json
import random
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update

from app.store.database import connect, reading, writing
from app.store.log import LOG
from app.store.tables import Device, table
from app.sync.rebuild import rebuild_reports
from tests.cast import AMA, EFUA, KOFI, MISSION, PASSWORD, Phone, add_yaw, esi_key
from tests.conftest import new_database
from tests.sending import VISIT, Hand, set_out, uuid, wipe
from tests.serving import Server, serving

PUSH, PULL = "/v1/sync/push", "/v1/sync/pull"
KILLS = 3


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server on each kind of database for all tests that leave it running."""
    folder = tmp_path_factory.mktemp("server")
    with new_database(request, request.param, folder) as url:
        set_out_at(url)
        with serving(url, folder) as running:
            yield running


@pytest.fixture
def server(shared_server: Server) -> Server:
    """That server, before anybody called."""
    engine = connect(shared_server.database_url)
    wipe(engine)
    engine.dispose()
    return shared_server


@pytest.fixture
def own_server(database_url: str, tmp_path: Path) -> Iterator[Server]:
    """A server of one test's own, to be killed."""
    set_out_at(database_url)
    with serving(database_url, tmp_path) as running:
        yield running


def set_out_at(url: str) -> None:
    engine = connect(url)
    set_out(engine)
    engine.dispose()


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=30) as one:
        yield one


def envelope(*ops: Any, **more: Any) -> dict[str, Any]:
    return {"protocol": 1, "attempt_id": "a1", "ops": ops, **more}


def push(client: httpx.Client, someone: Phone, *ops: Any, **more: Any) -> httpx.Response:
    return client.post(PUSH, json=envelope(*ops, **more), headers=someone.headers)


def raw(client: httpx.Client, content: bytes, **headers: str) -> tuple[int, str]:
    """Status and code of what a body and its headers are answered."""
    sent = {**AMA.headers, "Content-Type": "application/json", **headers}
    answer = client.post(PUSH, content=content, headers=sent)
    return answer.status_code, answer.json().get("code", "")


def test_a_report_travels_from_one_phone_to_the_other(client: httpx.Client) -> None:
    said = push(client, AMA, Hand(AMA).finish({"b17_voted_so_far": 412}))
    assert said.status_code == 200
    assert said.json()["results"][0]["outcome"] == "accepted"
    pulled = client.get(PULL, headers=KOFI.headers).json()
    assert (pulled["kind"], pulled["more"]) == ("urna.pull", False)
    report = {(c["type"], c["id"]): c["data"] for c in pulled["changes"]}["report", VISIT]
    assert report["counted"]["answers"] == {"b17_voted_so_far": 412}


def test_an_idle_pull_is_a_304_and_a_cursor_of_elsewhere_a_410(client: httpx.Client) -> None:
    first = client.get(PULL, headers=AMA.headers)
    cursor = first.json()["cursor"]
    assert first.headers["etag"] == f'"{cursor}"'
    again = client.get(PULL, params={"cursor": cursor}, headers={**AMA.headers, "If-None-Match": f'"{cursor}"'})
    assert (again.status_code, again.content) == (304, b"")
    push(client, EFUA, Hand(EFUA).finish(report_id=uuid("x")))
    after_others = client.get(PULL, params={"cursor": cursor}, headers={**AMA.headers, "If-None-Match": f'"{cursor}"'})
    assert after_others.status_code == 304
    push(client, KOFI, Hand(KOFI).finish())
    after_own = client.get(PULL, params={"cursor": cursor}, headers={**AMA.headers, "If-None-Match": f'"{cursor}"'})
    assert after_own.status_code == 200
    for odd in ("x", "", cursor[:-3]):
        reset = client.get(PULL, params={"cursor": odd}, headers=AMA.headers)
        assert (reset.status_code, reset.json()["kind"], reset.json()["code"]) == (410, "urna.reset", "cursor_reset")
    foreign = client.get(PULL, params={"cursor": cursor}, headers=EFUA.headers)
    assert foreign.status_code == 410


@pytest.mark.parametrize("limit", ["0", "1001", "x", "-1"])
def test_a_limit_that_cannot_be_is_refused_without_repeating_it(client: httpx.Client, limit: str) -> None:
    answer = client.get(PULL, params={"limit": limit}, headers=AMA.headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_only_devices_push_and_pull_and_only_the_mission_reads_its_blobs(server: Server, client: httpx.Client) -> None:
    engine = connect(server.database_url)
    key = {"Authorization": f"Bearer {esi_key(engine)}"}
    add_yaw(engine)
    session = client.post("/v1/staff/session", json={"mission": MISSION, "user": "yaw", "password": PASSWORD}).json()
    staff = {"Authorization": f"Bearer {session['token']}"} if "token" in session else {}
    engine.dispose()
    digest = next(c for c in client.get(PULL, headers=AMA.headers).json()["changes"] if c["type"] == "form")["data"][
        "hash"
    ]
    blob = f"/v1/blobs/{digest}"
    for who, expected in ((AMA.headers, 200), (key, 200), ({}, 401), ({"Authorization": "Bearer urnad_x"}, 401)):
        assert client.get(blob, headers=who).status_code == expected
    assert client.post(PUSH, json=envelope(), headers=key).status_code == 403
    assert client.get(PULL, headers=key).status_code == 403
    assert client.post(PUSH, json=envelope()).status_code == 401
    for odd in ("0" * 64, "x", digest.upper(), digest + "0"):
        assert client.get(f"/v1/blobs/{odd}", headers=AMA.headers).status_code == 404
    if staff:
        assert client.get(blob, headers=staff).status_code == 200


def test_a_blob_is_the_exact_bytes_for_ever(client: httpx.Client) -> None:
    for change in client.get(PULL, headers=AMA.headers).json()["changes"]:
        if change["type"] in ("form", "stations"):
            digest = change["data"]["hash"]
            answer = client.get(f"/v1/blobs/{digest}", headers=AMA.headers)
            assert hashlib.sha256(answer.content).hexdigest() == digest
            assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
            known = client.get(f"/v1/blobs/{digest}", headers={**AMA.headers, "If-None-Match": f'"{digest}"'})
            assert known.status_code == 304


def test_a_lost_device_may_push_and_nothing_else(server: Server, client: httpx.Client) -> None:
    mark(server, "lost")
    result = push(client, AMA, Hand(AMA).finish()).json()["results"][0]
    assert (result["outcome"], result["code"]) == ("held", "device_lost")
    for path in (PULL, f"/v1/blobs/{'0' * 64}"):
        answer = client.get(path, headers=AMA.headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "device_lost")
    mark(server, "closed")
    assert push(client, AMA).status_code == 401


def mark(server: Server, state: str) -> None:
    engine = connect(server.database_url)
    with writing(engine) as connection:
        connection.execute(update(table(Device)).where(table(Device).c.id == AMA.device_id).values(state=state))
    engine.dispose()


def test_gzip_is_taken_once_and_bounded_and_given_where_it_is_wanted(client: httpx.Client) -> None:
    plain = json.dumps(envelope(*(Hand(AMA).say(report_id=uuid(str(n))) for n in range(20)))).encode()
    packed = gzip.compress(plain)
    assert raw(client, packed, **{"Content-Encoding": "gzip"})[0] == 200
    assert raw(client, gzip.compress(packed), **{"Content-Encoding": "gzip"}) == (400, "invalid_json")
    assert raw(client, packed, **{"Content-Encoding": "gzip, gzip"}) == (415, "unsupported_encoding")
    assert raw(client, packed, **{"Content-Encoding": "br"}) == (415, "unsupported_encoding")
    assert raw(client, packed) == (400, "invalid_json")
    assert raw(client, packed[:-9], **{"Content-Encoding": "gzip"}) == (400, "invalid_json")
    assert raw(client, packed + b"x", **{"Content-Encoding": "gzip"}) == (400, "invalid_json")
    bomb = gzip.compress(b" " * (64 * 1024 * 1024))
    assert raw(client, bomb, **{"Content-Encoding": "gzip"}) == (413, "body_too_large")
    answer = client.post(PUSH, content=plain, headers={**AMA.headers, "Content-Type": "application/json"})
    assert answer.headers["content-encoding"] == "gzip"


@pytest.mark.parametrize(
    ("content", "headers", "expected"),
    [
        (b"{}", {"Content-Type": "text/plain"}, (415, "unsupported_media_type")),
        (b"{}", {"Content-Type": "application/json; charset=utf-16"}, (415, "unsupported_media_type")),
        ("{}".encode("utf-16"), {}, (400, "invalid_json")),
        (b" " * (2 * 1024 * 1024), {}, (413, "body_too_large")),
        (b'{"protocol":1,"ops":[' + b"1," * 100 + b"1]}", {}, (413, "body_too_large")),
        (b'{"protocol":1,"ops":' + b"[" * 100_000, {}, (400, "too_complex")),
        (b'{"protocol":1,"ops":[],' + b",".join(b'"k%d":0' % n for n in range(80_000)) + b"}", {}, (200, "")),
    ],
)
def test_a_body_that_cannot_be_is_refused_by_its_code(
    client: httpx.Client, content: bytes, headers: dict[str, str], expected: tuple[int, str]
) -> None:
    assert raw(client, content, **headers) == expected


def test_a_lying_length_harms_nobody(server: Server, client: httpx.Client) -> None:
    host, port = server.url.removeprefix("http://").split(":")
    body = json.dumps(envelope(Hand(AMA).finish())).encode()
    for length in (len(body) + 50, 3, 10**12, -1):
        head = (
            f"POST {PUSH} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {AMA.token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
        )
        with socket.create_connection((host, int(port)), timeout=10) as line:
            line.sendall(head.encode() + body)
            line.shutdown(socket.SHUT_WR)
            status = line.recv(4096).split(b" ")[1:2]
        assert status in ([b"400"], [b"413"], []), length
    assert push(client, AMA).status_code == 200
    assert stored(server) == []


def test_more_pushes_than_a_device_may_send_are_told_when_to_come_again(database_url: str, tmp_path: Path) -> None:
    set_out_at(database_url)
    with (
        serving(database_url, tmp_path, URNA_PUSH_BURST_PER_DEVICE="2", URNA_PUSH_PER_S_PER_DEVICE="0.01") as running,
        httpx.Client(base_url=running.url, timeout=30) as client,
    ):
        answers = [push(client, AMA) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert int(answers[2].headers["retry-after"]) >= 1
        assert push(client, KOFI).status_code == 200


def test_no_answer_repeats_what_was_sent(client: httpx.Client) -> None:
    canary = "canary-7c1f"
    hand = Hand(AMA, signs=False)
    ops = [{**hand.say({"q": canary}, comment=canary), **odd} for odd in ({}, {"kind": canary}, {"hash": canary})]
    answers = [
        push(client, AMA, *ops, {canary: canary}, canary, app={"version": canary}, known={canary: 1}),
        client.post(PUSH, content=f'{{"{canary}":', headers={**AMA.headers, "Content-Type": "application/json"}),
        client.post(PUSH, json={"protocol": canary, "ops": []}, headers=AMA.headers),
        client.get(PULL, params={"cursor": canary, "limit": canary}, headers=AMA.headers),
    ]
    assert [canary in answer.text for answer in answers] == [False] * 4


def stored(server: Server) -> list[Any]:
    engine = connect(server.database_url)
    with reading(engine) as connection:
        rows = list(connection.execute(select(LOG.c.op_id, LOG.c.body).order_by(LOG.c.server_seq)))
    engine.dispose()
    return rows


def test_nothing_that_was_answered_is_lost_and_nothing_is_doubled_by_kills(own_server: Server) -> None:
    """Phones send on and on while the server is killed in the middle of it, again and again."""
    server = own_server
    random.seed(7)
    minted = {
        someone: [Hand(someone).finish(report_id=uuid(f"{someone.token} {n}")) for n in range(120)]
        for someone in (AMA, KOFI, EFUA)
    }
    answered: set[str] = set()
    over = threading.Event()
    client = httpx.Client(base_url=server.url, timeout=5, verify=False)

    def send_on(someone: Phone) -> None:
        waiting = list(minted[someone])
        while waiting and not over.is_set():
            batch = waiting[:4]
            try:
                answer = push(client, someone, *batch)
            except httpx.HTTPError:
                time.sleep(0.1)
                continue
            if answer.status_code == 200:
                answered.update(
                    r["op_id"] for r in answer.json()["results"] if r["outcome"] in ("accepted", "duplicate")
                )
                waiting = [op for op in waiting if op["op_id"] not in answered]

    senders = [threading.Thread(target=send_on, args=(someone,)) for someone in minted]
    for sender in senders:
        sender.start()
    try:
        for _ in range(KILLS):
            time.sleep(random.uniform(0.05, 0.4))
            server.kill()
            server.start()
        for sender in senders:
            sender.join(60)
    finally:
        over.set()
        client.close()
    rows = stored(server)
    ids = [row.op_id for row in rows]
    texts = {op["op_id"]: op["body"] for ops in minted.values() for op in ops}
    assert answered == set(texts)
    assert len(ids) == len(set(ids))
    assert {row.op_id: row.body.decode() for row in rows} == texts
    engine = connect(server.database_url)
    assert rebuild_reports(engine, MISSION) == []
    engine.dispose()
