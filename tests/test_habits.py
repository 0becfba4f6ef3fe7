"""Habits of the API: what is left of a limit, packed answers, doors that close, problems for every fault."""

import gzip
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Response
from hypothesis import given
from hypothesis import strategies as st

from app.errors import UrnaError
from app.web import problems
from app.web.habits import BURST, PER_S, Closing, Habits, describe
from app.web.limits import Bucket

OLD = Closing(datetime(2026, 11, 24, tzinfo=UTC), datetime(2027, 6, 1, 12, tzinfo=UTC), "/v1/new")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def small(clock: Clock, burst: int = BURST) -> FastAPI:
    """Three doors with habits."""
    app = FastAPI()

    @app.get("/v1/old/{code}")
    def old(code: str) -> str:
        return "yes" * 1000

    @app.get("/v1/sync/pull")
    def pull() -> str:
        return "yes" * 1000

    @app.get("/v1/file.parquet")
    def file() -> Response:
        return Response(b"PAR1" * 1000, media_type="application/vnd.apache.parquet")

    problems.install(app)
    describe(app, {"/v1/old/{code}": OLD})
    app.add_middleware(Habits, closing={"/v1/old/{code}": OLD}, bucket=Bucket(burst, PER_S, clock))
    return app


def knocking(app: FastAPI, token: str | None = "esi") -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://urna.test", headers=headers)


async def test_every_answer_says_how_many_requests_are_left_and_the_next_after_them_waits() -> None:
    clock = Clock()
    async with knocking(small(clock, burst=3)) as esi, knocking(small(clock, burst=3), "yaw") as yaw:
        seen = [await esi.get("/v1/old/x") for _ in range(4)]
        assert [one.headers["RateLimit"] for one in seen] == [
            '"reader";r=2;t=1', '"reader";r=1;t=1', '"reader";r=0;t=1', '"reader";r=0;t=1',
        ]  # fmt: skip
        assert [one.status_code for one in seen] == [200, 200, 200, 429]
        assert (seen[3].json()["code"], seen[3].headers["Retry-After"]) == ("rate_limited", "1")
        assert seen[0].headers["RateLimit-Policy"] == '"reader";q=600;w=30'
        assert (await yaw.get("/v1/old/x")).status_code == 200
        clock.now = 1.0
        assert (await esi.get("/v1/old/x")).status_code == 200


async def test_phones_and_strangers_are_not_counted_here() -> None:
    app = small(Clock(), burst=1)
    async with knocking(app) as phone, knocking(app, None) as stranger:
        for answer in [await phone.get("/v1/sync/pull") for _ in range(3)] + [await stranger.get("/v1/old/x")] * 3:
            assert (answer.status_code, "RateLimit" in answer.headers) == (200, False)


async def test_a_door_that_closes_says_since_when_until_when_and_what_instead() -> None:
    app = small(Clock())
    async with knocking(app) as esi:
        headers = (await esi.get("/v1/old/x")).headers
        assert headers["Deprecation"] == f"@{int(OLD.since.timestamp())}"
        assert parsedate_to_datetime(headers["Sunset"]) == OLD.sunset
        assert headers["Link"] == '</v1/new>; rel="successor-version"'
        assert "Deprecation" not in (await esi.get("/v1/file.parquet")).headers
    assert app.openapi()["paths"]["/v1/old/{code}"]["get"]["deprecated"] is True
    assert "deprecated" not in app.openapi()["paths"]["/v1/file.parquet"]["get"]


@pytest.mark.parametrize("path", ["/v1/old/x", "/v1/file.parquet", "/v1/sync/pull"])
async def test_texts_are_packed_and_files_that_are_packed_already_are_not(path: str) -> None:
    async with knocking(small(Clock())) as esi:
        async with esi.stream("GET", path) as answer:
            raw = b"".join([part async for part in answer.aiter_raw()])
        plain = await esi.get(path, headers={"Accept-Encoding": "identity"})
    is_packed = answer.headers.get("Content-Encoding") == "gzip"
    assert is_packed == (path == "/v1/old/x")
    assert (gzip.decompress(raw) if is_packed else raw) == plain.content
    assert "Accept-Encoding" in answer.headers.get("Vary", "") or not is_packed


@given(st.lists(st.sampled_from([0.0, 0.01, 0.2, 5.0]), max_size=30), st.integers(1, 5))
def test_what_is_said_to_be_left_is_left(waits: list[float], burst: int) -> None:
    clock = Clock()
    bucket = Bucket(burst, 2.0, clock)
    for wait_s in waits:
        clock.now += wait_s
        left, full_s = bucket.left("esi")
        assert 0 <= left <= burst
        assert full_s >= (burst - left - 1) / 2.0
        passes = _passes(bucket)
        assert passes == (left > 0)


def _passes(bucket: Bucket) -> bool:
    try:
        bucket.take("esi")
    except UrnaError as error:
        found: Any = error.headers["Retry-After"]
        return int(found) < 1
    return True
