"""What no phone should send, over HTTP to a real server on each kind of database.

A broken envelope is refused with a clear code. What is odd inside one operation is judged there: its bytes are kept,
its neighbours stored. Never a 500, never an echo, the same on SQLite and PostgreSQL.
"""

import gzip
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from app.people.staff import sign_in
from app.store.database import connect, reading
from app.store.log import CONFLICT, LOG
from app.store.tables import Report, table
from tests.cast import AMA, MISSION, PASSWORD, add_yaw
from tests.conftest import new_database
from tests.sending import VISIT, Hand, set_out, uuid, wipe
from tests.serving import Server, serving

PUSH, ENROL, GRANT, SIGN_IN = "/v1/sync/push", "/v1/enrol", "/v1/grant", "/v1/staff/session"
CANARY = "canary7f3a"
"""Stands in everything odd that is sent, and in no answer and no log."""
MIB = 1024 * 1024
HEALTH_S_MAX = 0.2


@dataclass
class Site:
    """A server that runs, its database, and a client that is Ama's phone."""

    server: Server
    engine: Engine
    client: httpx.Client
    head: dict[str, str]
    """What the head of mission shows."""

    def push(self, content: bytes, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {**AMA.headers, "content-type": "application/json", **named}
        return harmless(self.client.post(PUSH, content=content, headers=sent))

    def outcomes(self, *operations: str) -> list[tuple[str, str | None]]:
        """(outcome, code) of operations given as JSON texts."""
        answer = self.push(f'{{"protocol":1,"ops":[{",".join(operations)}]}}'.encode())
        assert answer.status_code == 200, answer.text
        return [(result["outcome"], result.get("code")) for result in answer.json()["results"]]

    def log(self) -> list[Any]:
        with reading(self.engine) as connection:
            return list(connection.execute(select(LOG).order_by(LOG.c.server_seq)))

    def conflicts(self) -> list[Any]:
        with reading(self.engine) as connection:
            return list(connection.execute(select(CONFLICT)))


def harmless(answer: httpx.Response) -> httpx.Response:
    """No 5xx, nothing repeated; every refusal is a problem with its code."""
    assert answer.status_code < 500, answer.text
    assert CANARY not in answer.text + str(answer.headers)
    assert answer.status_code < 400 or answer.headers["content-type"] == "application/problem+json"
    return answer


@pytest.fixture(scope="module")
def sites(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Site]]:
    """A server on each kind of database."""
    with ExitStack() as stack:
        found = {}
        for kind in ("sqlite", "postgresql"):
            folder = tmp_path_factory.mktemp(kind)
            url = stack.enter_context(new_database(request, kind, folder))
            engine = connect(url)
            stack.callback(engine.dispose)
            set_out(engine)
            add_yaw(engine)
            server = stack.enter_context(serving(url, folder, URNA_PUSH_BURST_PER_DEVICE="100000"))
            client = stack.enter_context(httpx.Client(base_url=server.url, timeout=60))
            token = sign_in(engine, MISSION, "yaw", PASSWORD, datetime.now(UTC)).token
            found[kind] = Site(server, engine, client, {"Authorization": f"Bearer {token}"})
        yield found
        logs = "".join((site.server.data_dir / "server.log").read_text() for site in found.values())
        assert CANARY not in logs
        assert "Traceback" not in logs


@pytest.fixture(params=["sqlite", "postgresql"])
def site(request: pytest.FixtureRequest, sites: dict[str, Site]) -> Site:
    """One of them, before anybody called."""
    found = sites[request.param]
    wipe(found.engine)
    return found


# Bodies of operations


def said(value: str) -> str:
    return f'{{"form":"B","form_version":1,"comment":"{CANARY}","answers":{{"b17_voted_so_far":{value}}}}}'


def nested(depth: int) -> str:
    """An answer that lies `depth` lists deep; body and answers are two more."""
    return said("[" * depth + "]" * depth)


ACCEPTED = ("accepted", None)
BODIES: dict[str, tuple[str, tuple[str, str | None]]] = {
    "NaN": (said("NaN"), ("held", "body_unreadable")),
    "Infinity": (said("Infinity"), ("held", "body_unreadable")),
    "-Infinity": (said("-Infinity"), ("held", "body_unreadable")),
    "1e400": (said("1e400"), ("held", "body_unreadable")),
    "1e308": (said("1e308"), ("held", "body_number")),
    "-0": (said("-0"), ACCEPTED),
    "2^53-1": (said(str(2**53 - 1)), ACCEPTED),
    "2^53": (said(str(2**53)), ("held", "body_number")),
    "2^63": (said(str(2**63)), ("held", "body_number")),
    "-2^63": (said(str(-(2**63))), ("held", "body_number")),
    "2^64": (said(str(2**64)), ("held", "body_number")),
    "5,000 digits": (said("9" * 5000), ("held", "body_unreadable")),
    "a lone surrogate": (said('"\\ud800"'), ("held", "body_unreadable")),
    "NUL": (said('"\\u0000"'), ("held", "body_nul")),
    "NUL in a key": (said('{"\\u0000":1}'), ("held", "body_nul")),
    "a bare NUL": (said('"\0"'), ("held", "body_unreadable")),
    "a byte order mark": ("\ufeff" + said("1"), ("held", "body_unreadable")),
    "UTF-16 read as Latin": (said("1").encode("utf-16-le").decode("latin-1"), ("held", "body_unreadable")),
    "right to left, joined, of four bytes, decomposed": (said('"\u202e\u200d\U0001f5f3e\u0301"'), ACCEPTED),
    "keys that stand twice": (said('1,"b17_voted_so_far":2'), ACCEPTED),
    "depth 8": (nested(6), ACCEPTED),
    "depth 9": (nested(7), ("held", "body_too_complex")),
    "depth 1,000": (nested(998), ("held", "body_too_complex")),
    "depth 30,000": (nested(30_000), ("held", "body_unreadable")),
    "depth 100,000": (nested(100_000), ("rejected", "too_large")),
    "6,000 keys": (said("{" + ",".join(f'"{n}":0' for n in range(6000)) + "}"), ("held", "body_too_complex")),
    "a text of 4,001 characters": (said(f'"{"x" * 4001}"'), ("held", "body_too_complex")),
    "over 64 KiB": (said(f'"{"x" * 65_536}"'), ("rejected", "too_large")),
    "nothing": ("", ("held", "body_unreadable")),
    "no JSON": (CANARY, ("held", "body_unreadable")),
    "a list": (f'["{CANARY}"]', ("held", "body_unreadable")),
    "a number": ("7", ("held", "body_unreadable")),
    "answers that are a list": (f'{{"form":"B","form_version":1,"answers":["{CANARY}"]}}', ("held", "body_shape")),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_of_an_operation_is_kept_to_the_byte_and_judged_alone(site: Site, name: str) -> None:
    body, expected = BODIES[name]
    hand = Hand(AMA)
    first, odd, last = hand.say(), hand.mint("report.finish", body, uuid("odd")), hand.finish()
    assert site.outcomes(*map(json.dumps, (first, odd, last))) == [ACCEPTED, expected, ACCEPTED]
    kept = [first, last] if expected[0] == "rejected" else [first, odd, last]
    assert [row.body.decode() for row in site.log()] == [op["body"] for op in kept]
    assert [(row.state, row.code) for row in site.log() if row.op_id == odd["op_id"]] in ([expected], [])


# Fields of operations

MALFORMED, UNKEPT = ("held", "malformed"), ("rejected", "malformed")
ODD_VALUES = [
    "NaN",
    "Infinity",
    "-Infinity",
    "1e400",
    "9" * 5000,
    '"\\ud800"',
    '"\\u0000"',
    "{}",
    "[[]]",
    "1.0",
    "true",
]
BARELY: dict[str, list[str]] = {
    "op_id": ['"7"', "null", f'"{CANARY}"', f'"{{{CANARY}}}"', '"0190a000-0000-7000-8000-00000000000"'],
    "body": ["null", "7", f'{{"form":"{CANARY}"}}'],
    "hash": ["null", f'"{CANARY}"'],
    "device_seq": ["null", "0", "-1", '"1"', str(2**53), str(2**63), str(2**64)],
    "kind": ["null", "7", f'"{CANARY}\\n"'],
    "report_id": ["7", f'"{CANARY}"'],
    "device_id": ["7", f'"{CANARY}"'],
    "mission": [f'"{CANARY}"', "7"],
    "made_at": [
        "null", "7", f'"{CANARY}"', '"2022-11-20T08:15:00"', '"9999-12-31T23:59:59-23:59"',
        '"0001-01-01T00:00:00+23:59"', '"2022-02-30T00:00:00Z"', '"2099-01-01T00:00:00Z"', '"2022-11-20T23:59:60Z"',
    ],
    "tz_min": ["null", '"360"', "1.5", str(2**63), str(-(2**63))],
    "prev": ["7", f'"{CANARY}"'],
    "sig": [f'"{CANARY}"', "7"],
    CANARY: ["7"],
}  # fmt: skip
"""Field -> values beside ODD_VALUES."""
OUTCOME_OF = {
    "op_id": UNKEPT, "body": UNKEPT, "hash": ("rejected", "hash_mismatch"), "device_seq": MALFORMED,
    "kind": MALFORMED, "report_id": MALFORMED, "device_id": MALFORMED, "mission": ("held", "other_mission"),
    "made_at": ACCEPTED, "tz_min": ACCEPTED, "prev": ACCEPTED, CANARY: ACCEPTED,
}  # fmt: skip


@pytest.mark.parametrize("field", [field for field in BARELY if field != "sig"])
def test_an_odd_field_makes_its_own_operation_fall_and_no_other(site: Site, field: str) -> None:
    for value in ODD_VALUES + BARELY[field]:
        if (field, value) in (("body", '"\\ud800"'), ("body", '"\\u0000"')):
            continue  # a text of other bytes than were hashed: the next test
        hand = Hand(AMA, signs=False)
        first, odd, last = hand.say(), hand.finish(report_id=uuid("odd"), comment=CANARY), hand.finish()
        text = json.dumps({**odd, field: "HERE"}).replace('"HERE"', value)
        expected = OUTCOME_OF[field]
        assert site.outcomes(json.dumps(first), text, json.dumps(last)) == [ACCEPTED, expected, ACCEPTED], value[:40]
        kept = [first, last] if expected[0] == "rejected" else [first, odd, last]
        assert [row.body.decode() for row in site.log()] == [op["body"] for op in kept], value[:40]
        wipe(site.engine)


@pytest.mark.parametrize("value", ['"\\ud800"', '"\\u0000"'])
def test_a_body_of_other_bytes_than_were_hashed_is_rejected(site: Site, value: str) -> None:
    text = json.dumps({**Hand(AMA).finish(), "body": "HERE"}).replace('"HERE"', value)
    assert site.outcomes(text) == [("rejected", "hash_mismatch")]


@pytest.mark.parametrize("value", ['"\\ud800"', '"\\u0000"', "{}", "7", "1.5", f'"{CANARY}"', '""'])
def test_what_is_no_signature_is_held(site: Site, value: str) -> None:
    hand = Hand(AMA)
    first, odd = hand.say(), hand.finish(report_id=uuid("odd"))
    text = json.dumps({**odd, "sig": "HERE"}).replace('"HERE"', value)
    assert site.outcomes(json.dumps(first), text) == [ACCEPTED, ("held", "bad_signature")]
    assert [row.body.decode() for row in site.log()] == [first["body"], odd["body"]]


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e400", "9" * 5000, "null"])
def test_a_number_that_is_none_is_no_signature(site: Site, value: str) -> None:
    text = json.dumps({**Hand(AMA).finish(), "sig": "HERE"}).replace('"HERE"', value)
    assert site.outcomes(text) == [ACCEPTED]
    assert site.log()[0].flags == "unsigned"


@pytest.mark.parametrize("operation", ["null", "7", "NaN", "true", "[]", "{}", f'"{CANARY}"', f'["{CANARY}"]'])
def test_what_is_no_operation_is_rejected_alone(site: Site, operation: str) -> None:
    hand = Hand(AMA)
    first, last = hand.say(), hand.finish()
    assert site.outcomes(json.dumps(first), operation, json.dumps(last)) == [ACCEPTED, UNKEPT, ACCEPTED]
    assert [row.body.decode() for row in site.log()] == [first["body"], last["body"]]


@pytest.mark.parametrize("spell", [str.upper, "{{{}}}".format, "urn:uuid:{}".format, lambda one: one.replace("-", "")])
def test_an_id_has_one_spelling_on_the_server(site: Site, spell: Any) -> None:
    op = Hand(AMA, signs=False).finish()
    respelled = {**op, "op_id": spell(op["op_id"]), "report_id": spell(VISIT), "device_id": spell(AMA.device_id)}
    assert site.outcomes(json.dumps(respelled), json.dumps(op)) == [ACCEPTED, ("rejected", "id_conflict")]
    [row] = site.log()
    assert (row.op_id, row.report_id, row.author) == (op["op_id"], VISIT, AMA.device_id)
    assert [kept.body.decode() for kept in site.conflicts()] == [op["body"]]


def test_a_poison_at_any_place_of_a_full_batch_leaves_its_neighbours_stored(site: Site) -> None:
    hand = Hand(AMA)
    ops = [hand.say({"b17_voted_so_far": n}, report_id=uuid(f"visit {n}")) for n in range(99)]
    for place in (0, 50, 99):
        poison = json.dumps(hand.mint("report.finish", said("NaN"), uuid("odd")))
        texts = [json.dumps(op) for op in ops]
        outcomes = site.outcomes(*texts[:place], poison, *texts[place:])
        assert outcomes.pop(place) == ("held", "body_unreadable")
        assert {outcome for outcome, _ in outcomes} == {"accepted" if place == 0 else "duplicate"}


# Envelopes

EMPTY = b'{"protocol":1,"ops":[]}'
GOOD_OP = json.dumps(Hand(AMA).finish())


def with_field(name: str, value: str) -> bytes:
    return f'{{"protocol":1,"ops":[{GOOD_OP}],"{name}":{value}}}'.encode()


def deep(depth: int) -> bytes:
    return b'{"protocol":1,"ops":[],"x":' + b"[" * depth + b"]" * depth + b"}"


UTF_16, MILLION_KEYS = EMPTY.decode().encode("utf-16"), json.dumps({f"{n}": 0 for n in range(10**6)}).encode()
REFUSED: dict[str, tuple[bytes, dict[str, str], int, str]] = {
    "nothing": (b"", {}, 400, "invalid_json"),
    "no JSON": (CANARY.encode(), {}, 400, "invalid_json"),
    "cut off": (EMPTY[:-1], {}, 400, "invalid_json"),
    "UTF-16": (UTF_16, {}, 400, "invalid_json"),
    "UTF-16, declared": (UTF_16, {"content_type": "application/json; charset=utf-16"}, 415, "unsupported_media_type"),
    "UTF-16 without a mark": (EMPTY.decode().encode("utf-16-le"), {}, 400, "invalid_json"),
    "a byte order mark": (b"\xef\xbb\xbf" + EMPTY, {}, 400, "invalid_json"),
    "bytes that are no UTF-8": (with_field("x", f'"{CANARY}"')[:-2] + b'\xff"}', {}, 400, "invalid_json"),
    "depth 100,000": (deep(100_000), {}, 400, "too_complex"),
    "depth 500,000, never closed": (b"[" * 500_000, {}, 400, "too_complex"),
    "a million keys": (MILLION_KEYS, {}, 413, "body_too_large"),
    "2 MiB": (with_field("x", f'"{CANARY * (2 * MIB // 10)}"'), {}, 413, "body_too_large"),
    "2 MiB, packed": (gzip.compress(with_field("x", f'"{"x" * 2 * MIB}"')), {"content_encoding": "gzip"}, 413,
                      "body_too_large"),
    "a gzip bomb": (gzip.compress(b"0" * 100 * MIB, 9), {"content_encoding": "gzip"}, 413, "body_too_large"),
    "gzip twice": (gzip.compress(gzip.compress(EMPTY)), {"content_encoding": "gzip"}, 400, "invalid_json"),
    "gzip twice, declared": (gzip.compress(gzip.compress(EMPTY)), {"content_encoding": "gzip, gzip"}, 415,
                             "unsupported_encoding"),
    "gzip that is none": (EMPTY, {"content_encoding": "gzip"}, 400, "invalid_json"),
    "gzip, cut off": (gzip.compress(EMPTY)[:-5], {"content_encoding": "gzip"}, 400, "invalid_json"),
    "brotli": (EMPTY, {"content_encoding": "br"}, 415, "unsupported_encoding"),
    "plain text": (EMPTY, {"content_type": "text/plain"}, 415, "unsupported_media_type"),
    "a form": (b"a=" + CANARY.encode(), {"content_type": "application/x-www-form-urlencoded"}, 415,
               "unsupported_media_type"),
    "parts": (b"--x\r\n\r\n" + CANARY.encode(), {"content_type": "multipart/form-data; boundary=x"}, 415,
              "unsupported_media_type"),
    "no media type": (EMPTY, {"content_type": ""}, 415, "unsupported_media_type"),
    "a list": (f'["{CANARY}"]'.encode(), {}, 422, "invalid_request"),
    "null": (b"null", {}, 422, "invalid_request"),
    "NaN": (b"NaN", {}, 422, "invalid_request"),
    "protocol NaN": (b'{"protocol":NaN,"ops":[]}', {}, 422, "invalid_request"),
    "protocol 2": (b'{"protocol":2,"ops":[]}', {}, 422, "invalid_request"),
    "protocol 2^63": (b'{"protocol":9223372036854775808,"ops":[]}', {}, 422, "invalid_request"),
    "protocol of 5,000 digits": (b'{"protocol":' + b"1" * 5000 + b',"ops":[]}', {}, 422, "invalid_request"),
    "protocol twice": (b'{"protocol":1,"ops":[],"protocol":2}', {}, 422, "invalid_request"),
    "no operations": (b'{"protocol":1}', {}, 422, "invalid_request"),
    "operations in an object": (f'{{"protocol":1,"ops":{{"{CANARY}":1}}}}'.encode(), {}, 422, "invalid_request"),
    "101 operations": (b'{"protocol":1,"ops":[' + b",".join([b"{}"] * 101) + b"]}", {}, 413, "body_too_large"),
    "an attempt that is no token": (with_field("attempt_id", f'"{CANARY} \\u0000"'), {}, 422, "invalid_request"),
    "an attempt with a lone surrogate": (with_field("attempt_id", '"\\ud800"'), {}, 422, "invalid_request"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_broken_envelope_is_refused_whole_and_by_its_code(site: Site, name: str) -> None:
    content, headers, status, code = REFUSED[name]
    answer = site.push(content, **headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert site.log() == []


def test_a_body_in_chunks_is_bounded_too(site: Site) -> None:
    chunks = (b"x" * 65_536 for _ in range(32))
    headers = {**AMA.headers, "content-type": "application/json"}
    answer = harmless(site.client.post(PUSH, content=chunks, headers=headers))
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


HARMLESS = [
    "NaN",
    "Infinity",
    "1e400",
    "9" * 5000,
    str(2**63),
    '"\\ud800"',
    '"\\u0000"',
    f'"{CANARY}"',
    "[]",
    "{}",
    "true",
]


@pytest.mark.parametrize("name", ["device_id", "app", "sent_at", "known", "queue", "x"])
def test_an_odd_word_in_the_envelope_costs_no_operation(site: Site, name: str) -> None:
    odd = [*HARMLESS, *(f'{{"version":{value},"ops":{value},"server_seq":{value}}}' for value in HARMLESS)]
    for value in odd:
        answer = site.push(with_field(name, value))
        assert answer.status_code == 200, value[:40]
        assert answer.json()["results"][0]["outcome"] in ("accepted", "duplicate"), value[:40]
    [row] = site.log()
    assert (row.author, row.body.decode()) == (AMA.device_id, json.loads(GOOD_OP)["body"])


# Bodies that lie about their length


def speak(site: Site, head: str, body: bytes, hang_up: bool) -> bytes:
    """Bytes over a bare socket, and what comes back."""
    at = urlsplit(site.server.url)
    lines = f"POST {PUSH} HTTP/1.1\r\nHost: {at.netloc}\r\nAuthorization: Bearer {AMA.token}\r\n"
    with socket.create_connection((at.hostname, at.port), timeout=20) as wire:
        wire.sendall(f"{lines}Content-Type: application/json\r\n{head}\r\n\r\n".encode() + body)
        if hang_up:
            wire.shutdown(socket.SHUT_WR)
        wire.settimeout(20)
        heard = b""
        try:
            while chunk := wire.recv(65_536):
                heard += chunk
                if b"\r\n\r\n" in heard and not hang_up:
                    break
        except ConnectionResetError:
            pass
    return heard


WHOLE = f'{{"protocol":1,"ops":[{GOOD_OP}]}}'.encode()


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (f"Content-Length: {len(WHOLE) + 100}", WHOLE),
        (f"Content-Length: {len(WHOLE)}", WHOLE[:200]),
        (f"Content-Length: {10**6}", b""),
        ("Transfer-Encoding: chunked", b"%x\r\n%b\r\n" % (len(WHOLE), WHOLE)),
        ("Transfer-Encoding: chunked", b"%x\r\n%b" % (len(WHOLE), WHOLE[:200])),
        ("Transfer-Encoding: chunked", b"zz\r\n" + WHOLE),
    ],
)
def test_a_body_that_ends_early_is_not_stored(site: Site, head: str, body: bytes) -> None:
    heard = speak(site, head, body, hang_up=True)
    assert heard == b"" or heard.split(b" ")[1] in (b"400", b"408"), heard[:100]
    assert site.log() == []
    assert site.push(WHOLE).json()["results"][0]["outcome"] == "accepted"


@pytest.mark.parametrize(
    "head",
    [
        f"Content-Length: {len(WHOLE) - 1}",
        "Content-Length: 0",
        "Content-Length: -1",
        "Content-Length: many",
        f"Content-Length: {'9' * 5000}",
        f"Content-Length: {2**63}",
        f"Content-Length: {2 * MIB}",
        f"Content-Length: {len(WHOLE)}\r\nContent-Length: 5",
        f"Content-Length: 5\r\nTransfer-Encoding: chunked\r\nX: {CANARY}",
    ],
)
def test_a_length_that_lies_or_is_none_is_refused(site: Site, head: str) -> None:
    heard = speak(site, head, WHOLE, hang_up=False)
    assert heard.split(b" ")[1] in (b"400", b"413"), heard[:100]
    assert CANARY.encode() not in heard
    assert site.log() == []


# Other doors

DOORS: dict[str, dict[str, Any]] = {
    ENROL: {"code": "AAAA-AAAA-AAAA", "label": "x"},
    GRANT: {"grant": "x"},
    SIGN_IN: {"mission": "KZ", "user": "yaw", "password": "x"},
    "/v1/keys": {"label": "x"},
    "/v1/devices/x/state": {"state": "lost", "reason": "told"},
    "/v1/devices/x/directive": {"reason": "told"},
    "/v1/enrolments": {"team": "0001"},
    "/v1/persons": {"team": "0001", "name": "x", "phone": "1", "email": "x"},
    "/v1/persons/read": {"reason": "told"},
    "/v1/snapshots": {"name": "x"},
    "/v1/webhooks": {"url": "https://example.org/urna"},
}
"""Doors of small JSON bodies, with the texts that they take. Those of staff are knocked at by the head of mission."""
BESIDE: dict[str, dict[str, Any]] = {
    "/v1/keys": {"scopes": ["results:read"]},
    "/v1/devices/x/directive": {"directive": None},
    "/v1/webhooks": {"events": ["incident.critical"]},
}
"""What else a body needs to be whole."""
REPLAY = "/v1/sync/replay"
"""Takes lines instead of a body; see test_replay.py."""
SMALL: dict[str, tuple[bytes, dict[str, str], int, str]] = {
    **{
        name: case
        for name, case in REFUSED.items()
        if case[3] in ("invalid_json", "unsupported_media_type", "unsupported_encoding")
    },
    "a million keys": (MILLION_KEYS, {}, 413, "body_too_large"),
    "2 MiB": REFUSED["2 MiB"],
    "a gzip bomb": REFUSED["a gzip bomb"],
    "depth 100,000": (deep(100_000), {}, 413, "body_too_large"),
    "depth 30,000": (deep(30_000), {}, 400, "invalid_json"),
    "a list": (f'["{CANARY}"]'.encode(), {}, 422, "invalid_request"),
    "null": (b"null", {}, 422, "invalid_request"),
    "an unknown word": (json.dumps({CANARY: 1}).encode(), {}, 422, "invalid_request"),
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("name", SMALL)
def test_the_small_doors_refuse_a_broken_body_alike(site: Site, door: str, name: str) -> None:
    content, headers, status, code = SMALL[name]
    named = {"content-type": "application/json", **{key.replace("_", "-"): value for key, value in headers.items()}}
    answer = harmless(site.client.post(door, content=content, headers={**site.head, **named}))
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize(("door", "field"), [(door, field) for door, body in DOORS.items() for field in body])
def test_the_small_doors_refuse_an_odd_value_by_its_place(site: Site, door: str, field: str) -> None:
    values = {"NaN": 400, "1e400": 400, '"\\ud800"': 400, "9" * 5000: 400, "7": 422, "null": 422, "[[]]": 422,
              '"\\u0000"': 422, f'"{"x" * 5000}"': 422, f'{{"{CANARY}":1}}': 422}  # fmt: skip
    for value, status in values.items():
        text = json.dumps({**BESIDE.get(door, {}), **DOORS[door], field: "HERE"}).replace('"HERE"', value)
        headers = {"content-type": "application/json", **({} if door == GRANT else site.head)}
        answer = harmless(site.client.post(door, content=text, headers=headers))
        if (door, value) == (GRANT, '"\\u0000"'):
            assert answer.status_code == 401, "a grant is compared, never stored"
            continue
        assert answer.status_code == status, value[:40]
        if status == 422:
            assert [place["pointer"] for place in answer.json()["errors"]] == [f"/body/{field}"]


def test_every_door_that_takes_a_body_is_among_those_tried(sites: dict[str, Site]) -> None:
    paths = sites["sqlite"].client.get("/openapi.json").json()["paths"]
    taking = {path for path, doors in paths.items() for door in doors.values() if "requestBody" in door}
    assert {path.replace("{device_id}", "x") for path in taking} == {PUSH, REPLAY, *DOORS}


def test_good_sign_in_still_works_after_all_that(site: Site) -> None:
    answer = site.client.post(SIGN_IN, json={"mission": "KZ", "user": "yaw", "password": PASSWORD})
    assert answer.status_code == 200
    site.client.cookies.clear()


# Heavy bodies

HEAVY = {
    "keys": with_field("x", json.dumps({f"{n}": 0 for n in range(100_000)}, separators=(",", ":"))[: MIB - 5000]),
    "NaN": with_field("x", "[" + ",".join(["NaN"] * 250_000) + "]"),
    "depth": b"[" * (MIB - 1),
    "digits": with_field("x", "9" * (MIB - 5000)),
    "bodies": json.dumps(
        {"protocol": 1, "ops": [Hand(AMA, number=n).mint("report.finish", "[" * 9000) for n in range(100)]}
    ).encode(),
}


@pytest.mark.parametrize("name", HEAVY)
def test_the_server_answers_others_while_it_reads_a_heavy_body(site: Site, name: str) -> None:
    """Counted is the work that the server does before it answers a question: a machine that is busy with other things
    makes it answer later, and is no fault of the server."""
    stop = threading.Event()

    def load() -> None:
        while not stop.is_set():
            site.push(HEAVY[name])

    worker = threading.Thread(target=load)
    worker.start()
    try:
        worked = [_worked_s(site) for _ in range(15)]
    finally:
        stop.set()
        worker.join()
    assert max(worked) < HEALTH_S_MAX, worked


def _worked_s(site: Site) -> float:
    """Processor seconds of the server between a question and its answer."""
    before = site.server.cpu_s
    assert httpx.get(f"{site.server.url}/healthz", timeout=30).status_code == 200
    return site.server.cpu_s - before


# One server like the other

texts = st.text(max_size=8) | st.sampled_from(["\0", "\ud800", "\ufeff", "2022-11-20T08:15:00", "B", "yes", VISIT])
numbers = st.integers() | st.integers(-(2**70), 2**70) | st.floats()
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
FIELDS = [
    "op_id",
    "device_id",
    "mission",
    "device_seq",
    "kind",
    "report_id",
    "made_at",
    "tz_min",
    "prev",
    "hash",
    "sig",
]
PARTS = ["form", "form_version", "place", "visit_no", "arrived_at", "answers", "notes", "seen", "settled", "confirmed"]
bodies = st.dictionaries(st.sampled_from(PARTS) | texts, values, max_size=5)


@st.composite
def operations(draw: st.DrawFn) -> dict[str, Any]:
    said = draw(bodies)
    whole = {"form": "B", "form_version": 1, **said} if draw(st.booleans()) else said
    hand = Hand(AMA, signs=draw(st.booleans()), number=draw(st.integers(0, 2)))
    kind = draw(st.sampled_from(["report.revision", "report.finish", "report.void", "message.ack", "device.checkin"]))
    op = hand.mint(
        kind, json.dumps(whole), draw(st.sampled_from([VISIT, None])), op_id=uuid(str(draw(st.integers(0, 5))))
    )
    return {**op, **draw(st.dictionaries(st.sampled_from(FIELDS), values, max_size=1))}


REPORTS = table(Report)
COMPARED = [column for column in LOG.c if column.name not in ("received_at", "entry")]


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(operations() | values, min_size=1, max_size=4))
def test_both_databases_judge_and_keep_alike_whatever_is_sent(sites: dict[str, Site], ops: list[Any]) -> None:
    """Outcomes, stored rows and reports, from the same bytes."""
    raw = json.dumps({"protocol": 1, "ops": ops}).encode()
    answers, rows, reports = [], [], []
    for site in sites.values():
        wipe(site.engine)
        answer = site.push(raw)
        assert answer.status_code == 200
        answers.append(answer.json()["results"])
        with reading(site.engine) as connection:
            rows.append([tuple(row) for row in connection.execute(select(*COMPARED).order_by(LOG.c.server_seq))])
            reports.append([tuple(row) for row in connection.execute(select(REPORTS).order_by(REPORTS.c.report_id))])
    assert answers[0] == answers[1]
    assert len(answers[0]) == len(ops)
    assert rows[0] == rows[1]
    assert reports[0] == reports[1]
    assert all(result["outcome"] != "retry" and result.get("code") != "internal_error" for result in answers[0])
