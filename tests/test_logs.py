"""Logs: JSON lines that say what happened, and nothing of whom, from where, or with which words."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select, text
from starlette.routing import Mount

from app.main import create_app
from app.settings import Settings
from app.store.audit import AUDIT
from app.store.database import connect
from app.web.access import open_to_all
from app.web.logs import LOG_CONFIG, JsonLines
from tests.cast import AMA, MISSION, PASSWORD, add_yaw, esi_key, set_stage
from tests.conftest import new_database
from tests.sending import Hand, set_out
from tests.serving import serving

SECRET_WORD = "Айгерим-canary"


@contextmanager
def lines_of(*names: str) -> Iterator[list[dict[str, Any]]]:
    """What these loggers write, as it would stand on standard error."""
    stream, found = io.StringIO(), list[dict[str, Any]]()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    loggers = [logging.getLogger(name) for name in names]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
    try:
        yield found
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.removeHandler(handler)
            logger.setLevel(level)
        found += [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[FastAPI]:
    engine = connect(database_url)
    set_stage(engine)
    add_yaw(engine)
    engine.dispose()
    made = create_app(Settings(database_url=database_url, data_dir=tmp_path))

    @made.get("/v1/broken", dependencies=[open_to_all()])
    def broken() -> None:
        with made.state.ground.engine.connect() as connection:
            connection.execute(text("SELECT * FROM nowhere WHERE name = :name"), {"name": SECRET_WORD})

    @made.get("/v1/careless", dependencies=[open_to_all()])
    def careless() -> None:
        raise ValueError(SECRET_WORD)

    made.router.routes.sort(key=lambda route: isinstance(route, Mount))  # the pages, where they are built, come last
    yield made
    made.state.ground.engine.dispose()


def knocking(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://urna.test")


async def test_a_request_leaves_one_line_with_its_template_code_and_milliseconds(app: FastAPI) -> None:
    with lines_of("urna") as lines:
        async with knocking(app) as client:
            answer = await client.get(f"/v1/blobs/{'a' * 64}?name={SECRET_WORD}", headers=AMA.headers)
    [line] = lines
    assert line["route"] == "/v1/blobs/{sha256}"
    assert (line["method"], line["status"], line["code"]) == ("GET", 404, "not_found")
    assert line["request_id"] == answer.headers["X-Request-Id"]
    assert line["ms"] >= 0
    assert set(line) == {"at", "level", "logger", "event", "request_id", "route", "method", "status", "code", "ms"}


async def test_a_fault_nobody_foresaw_is_answered_in_full_dress_and_named_by_type_and_place(app: FastAPI) -> None:
    with lines_of("urna") as lines:
        async with knocking(app) as client:
            answer = await client.get("/v1/careless")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    fault, request = lines
    assert (fault["level"], fault["exception"]) == ("error", "ValueError")
    assert fault["places"][-1].startswith("tests/test_logs.py:")
    assert request["request_id"] == answer.headers["X-Request-Id"]
    assert (request["status"], request["code"]) == (500, "internal")
    assert SECRET_WORD not in json.dumps(lines, ensure_ascii=False) + answer.text


async def test_a_statement_that_fails_leaves_its_parameters_out_of_the_log(app: FastAPI) -> None:
    with lines_of("urna", "sqlalchemy", "uvicorn") as lines:
        async with knocking(app) as client:
            answer = await client.get("/v1/broken")
    assert answer.status_code in (500, 503)
    assert lines
    assert SECRET_WORD not in json.dumps(lines, ensure_ascii=False)


@given(st.text(max_size=300), st.text(max_size=50))
def test_what_libraries_put_together_is_not_repeated(said: str, name: str) -> None:
    """An exception's words, an argument, a text of asyncio: of none of them does anything pass."""
    with lines_of("uvicorn.error", "asyncio", "sqlalchemy.pool") as lines:
        logging.getLogger("uvicorn.error").error(
            "Exception in ASGI application\n", exc_info=ValueError(SECRET_WORD + said)
        )
        logging.getLogger("asyncio").error(f"Task exception was never retrieved\nfuture: {SECRET_WORD}{said}")
        logging.getLogger("sqlalchemy.pool").warning("Error closing %r", SECRET_WORD + name)
    assert len(lines) == 3
    assert SECRET_WORD not in json.dumps(lines, ensure_ascii=False)
    assert lines[0]["event"] == "Exception in ASGI application"
    assert lines[0]["exception"] == "ValueError"


def test_every_logger_of_ours_is_named_so_and_the_others_are_kept_to_warnings() -> None:
    root = Path(__file__).resolve().parents[1]
    named = [
        line
        for file in (root / "app").rglob("*.py")
        for line in file.read_text().splitlines()
        if "logging.getLogger(" in line
    ]
    assert named
    assert [line for line in named if 'getLogger("urna' not in line] == []
    assert LOG_CONFIG["root"]["level"] == "WARNING"


CANARIES = {
    "password": "canary-password-93",
    "user": "canary-user-17",
    "comment": "canary-comment-71",
    "path": "canary-path-55",
    "query": "canary-query-20",
    "header": "canary-header-64",
    "label": "canary-label-38",
    "token": "urnad_canary-token-12",
}


def test_a_running_server_writes_lines_of_json_without_anything_that_was_sent(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with new_database(request, "sqlite", tmp_path) as database_url:
        database = connect(database_url)
        _sends_and_reads(database, database_url, tmp_path)
        database.dispose()


def _sends_and_reads(database: Engine, database_url: str, tmp_path: Path) -> None:
    set_out(database)
    add_yaw(database)
    key = esi_key(database)
    with serving(database_url, tmp_path) as server:
        hand = Hand(AMA)
        op = hand.finish({"b44": CANARIES["comment"]}, comment=CANARIES["comment"])
        headers = {**AMA.headers, "User-Agent": CANARIES["header"], "X-Forwarded-For": "203.0.113.77"}
        httpx.post(
            f"{server.url}/v1/sync/push", json={"protocol": 1, "ops": [op, CANARIES["comment"]]}, headers=headers
        )
        httpx.get(f"{server.url}/v1/{CANARIES['path']}?x={CANARIES['query']}", headers=headers)
        httpx.get(f"{server.url}/v1/results?question=*", headers={"Authorization": f"Bearer {key}"})
        httpx.get(f"{server.url}/v1/results", headers={"Authorization": f"Bearer {CANARIES['token']}"})
        sign_in = {"mission": MISSION, "user": CANARIES["user"], "password": CANARIES["password"]}
        httpx.post(f"{server.url}/v1/staff/session", json=sign_in)
        httpx.post(f"{server.url}/v1/staff/session", json={**sign_in, "user": "yaw", "password": PASSWORD})
        enrol = {"code": "ABCD-EFGH-JKMN", "label": CANARIES["label"], "public_key": None}
        httpx.post(f"{server.url}/v1/enrol", json=enrol)
        server.stop()
        written = (tmp_path / "server.log").read_text()
    lines = [json.loads(line) for line in written.splitlines()]
    assert {line["route"] for line in lines if line["event"] == "request"} >= {"/v1/sync/push", "/v1/staff/session"}
    [checkpoint] = [line for line in lines if line["logger"] == "urna.ledger"]
    assert checkpoint["server_seq"] == 1, "a server that stops leaves a checkpoint"
    for canary in (*CANARIES.values(), AMA.token, key, PASSWORD, op["op_id"], AMA.device_id, "203.0.113", "127.0.0.1"):
        assert canary not in written
    for name in ("yaw", "0001"):
        assert f'"{name}"' not in written


async def test_the_request_id_of_an_answer_stands_in_its_line_of_log_and_in_the_audit_trail(app: FastAPI) -> None:
    sent = {"mission": MISSION, "user": "yaw", "password": PASSWORD}
    with lines_of("urna") as lines:
        async with knocking(app) as client:
            answers = [await client.post("/v1/staff/session", json=sent) for _ in range(2)]
    ids = [answer.headers["X-Request-Id"] for answer in answers]
    assert len(set(ids)) == 2
    assert [line["request_id"] for line in lines] == ids
    with app.state.ground.engine.connect() as connection:
        begun = select(AUDIT.c.request_id).where(AUDIT.c.act == "session.begun").order_by(AUDIT.c.number)
        assert list(connection.execute(begun).scalars()) == ids
        added = select(AUDIT.c.request_id).where(AUDIT.c.act == "staff.added")
        assert connection.execute(added).scalar_one() == "", "the command answers no request"
