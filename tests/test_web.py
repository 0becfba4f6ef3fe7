"""What every door shares: bodies, problems, who may, limits."""

import base64
import gzip
import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import httpx
import pytest
from fastapi import FastAPI, Request
from sqlalchemy import update

from app.errors import CATALOGUE, UrnaError
from app.main import create_app
from app.people.enrolment import make_enrolment
from app.settings import Settings
from app.store.database import connect, writing
from app.store.tables import ApiKey, Device, table
from app.web.access import COOKIES, Caller, allow, open_to_all
from app.web.body import read_json_bytes
from app.web.limits import Bucket
from tests.cast import AMA, PASSWORD, add_yaw, esi_key, set_stage

BOUND = 1000


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[FastAPI]:
    """The real application with three more doors to knock at."""
    engine = connect(database_url)
    set_stage(engine)
    add_yaw(engine)
    engine.dispose()
    made = create_app(Settings(database_url=database_url, data_dir=tmp_path))
    made.router.routes[:] = [route for route in made.router.routes if getattr(route, "name", "") != "pages"]

    @made.post("/v1/echo-size", dependencies=[open_to_all()])
    async def size(request: Request) -> int:
        return len(await read_json_bytes(request, BOUND))

    @made.post("/v1/devices-only")
    def devices_only(caller: Annotated[Caller, allow("device")]) -> str:
        return caller.id

    @made.get("/v1/results-only")
    def results_only(caller: Annotated[Caller, allow("key", "staff", scope="results:read")]) -> str:
        return caller.kind

    yield made
    made.state.ground.engine.dispose()


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://urna.test") as made:
        yield made


JSON = {"Content-Type": "application/json"}


def cookie(token: str, **headers: str) -> dict[str, str]:
    return {"Cookie": f"{COOKIES['device']}={token}", **headers}


def code(response: httpx.Response) -> str:
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert set(body) == {"type", "title", "status", "code", "detail", "errors"}
    assert body["status"] == response.status_code == CATALOGUE[body["code"]].status
    return str(body["code"])


async def post(client: httpx.AsyncClient, content: bytes, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-").title(): value for name, value in headers.items()}
    return await client.post("/v1/echo-size", content=content, headers={**JSON, **named})


async def test_a_plain_and_a_gzip_body_are_read_alike(client: httpx.AsyncClient) -> None:
    body = b'{"a": 1}' * 10
    assert (await post(client, body)).json() == 80
    assert (await post(client, gzip.compress(body), content_encoding="gzip")).json() == 80


async def test_a_body_over_the_bound_is_refused_plain_declared_or_chunked(client: httpx.AsyncClient) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(11):
            yield b"x" * 100

    assert code(await post(client, b"x" * (BOUND + 1))) == "body_too_large"
    assert code(await client.post("/v1/echo-size", content=chunks(), headers=JSON)) == "body_too_large"


async def test_a_gzip_bomb_is_refused_when_it_passes_the_bound(client: httpx.AsyncClient) -> None:
    bomb = gzip.compress(b"0" * 50_000_000)
    assert code(await post(client, bomb[:BOUND], content_encoding="gzip")) == "body_too_large"


@pytest.mark.parametrize("encoding", ["br", "zstd", "deflate", "gzip, gzip", "x-gzip"])
async def test_other_encodings_are_named_as_unsupported(client: httpx.AsyncClient, encoding: str) -> None:
    assert code(await post(client, b"{}", content_encoding=encoding)) == "unsupported_encoding"


@pytest.mark.parametrize("cut", [1, 10, 15])
async def test_a_gzip_body_that_is_cut_off_or_followed_by_something_is_broken(
    client: httpx.AsyncClient, cut: int
) -> None:
    whole = gzip.compress(b'{"a": 1}')
    assert code(await post(client, whole[:-cut], content_encoding="gzip")) == "invalid_json"
    assert code(await post(client, whole + b"x", content_encoding="gzip")) == "invalid_json"


@pytest.mark.parametrize("media_type", ["text/plain", "application/json; charset=utf-16", "multipart/form-data", ""])
async def test_a_body_of_another_media_type_is_refused(client: httpx.AsyncClient, media_type: str) -> None:
    assert code(await post(client, b"{}", content_type=media_type)) == "unsupported_media_type"


async def test_a_problem_never_repeats_what_was_sent(client: httpx.AsyncClient) -> None:
    secret = "CANARY-12345"
    body = json.dumps({"code": [secret], secret: secret, "label": secret * 100})
    answer = await client.post("/v1/enrol", content=body, headers=JSON)
    assert code(answer) == "invalid_request"
    assert "CANARY" not in answer.text


async def test_an_unknown_address_or_method_is_a_problem_too(client: httpx.AsyncClient) -> None:
    assert code(await client.get("/v1/nowhere")) == "not_found"
    wrong = await client.delete("/v1/enrol")
    assert (code(wrong), wrong.headers["allow"]) == ("method_not_allowed", "POST")


async def test_every_answer_is_dressed_alike(client: httpx.AsyncClient) -> None:
    for answer in (await client.get("/healthz"), await client.get("/v1/nowhere")):
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert len(answer.headers["x-request-id"]) == 32


async def test_a_server_is_ready_while_its_database_can_be_written_and_is_of_its_schema(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    assert (await client.get("/readyz")).json() == {"status": "ready", "database": True, "disk": True}
    with writing(app.state.ground.engine) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'other'")
    answer = await client.get("/readyz")
    assert (code(answer), answer.json()["detail"]) == ("not_ready", "Not ready: database.")


async def test_a_device_comes_in_by_bearer_or_cookie(client: httpx.AsyncClient) -> None:
    by_bearer = await client.post("/v1/devices-only", headers=AMA.headers)
    by_cookie = await client.post("/v1/devices-only", headers=cookie(AMA.token, Origin="http://urna.test"))
    assert by_bearer.json() == by_cookie.json() == AMA.device_id


async def test_a_browser_that_is_phone_and_desk_at_once_is_known_as_whom_the_door_lets_in(
    client: httpx.AsyncClient,
) -> None:
    both = {"Cookie": f"{COOKIES['device']}={AMA.token}; {COOKIES['staff']}=urnas_garbage"}
    as_phone = await client.post("/v1/devices-only", headers={**both, "Origin": "http://urna.test"})
    assert as_phone.json() == AMA.device_id
    assert code(await client.get("/v1/results-only", headers=both)) == "invalid_credentials"


async def test_a_cookie_counts_only_with_our_own_origin(client: httpx.AsyncClient) -> None:
    strange = ("https://elsewhere.test", "null", "http://[", "ftp://urna.test", "http://urna.test.elsewhere.test")
    for headers in ({}, *({"Origin": origin} for origin in strange)):
        answer = await client.post("/v1/devices-only", headers=cookie(AMA.token, **headers))
        assert code(answer) == "bad_origin"


async def test_where_both_are_sent_bearer_counts_and_the_cookie_is_not_read(client: httpx.AsyncClient) -> None:
    both = await client.post("/v1/devices-only", headers=cookie("urnad_garbage", **AMA.headers))
    assert both.status_code == 200
    wrong = cookie(AMA.token, Authorization="Bearer urnad_garbage", Origin="http://urna.test")
    answer = await client.post("/v1/devices-only", headers=wrong)
    assert code(answer) == "invalid_credentials"


async def test_a_key_comes_in_as_the_password_of_basic_as_excel_sends_it(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    key = esi_key(app.state.ground.engine)
    basic = base64.b64encode(f"token:{key}".encode()).decode()
    for value in (f"Bearer {key}", f"Basic {basic}"):
        assert (await client.get("/v1/results-only", headers={"Authorization": value})).json() == "key"


async def test_a_key_without_the_scope_and_a_phone_are_forbidden(app: FastAPI, client: httpx.AsyncClient) -> None:
    other = esi_key(app.state.ground.engine, "results:embargoed")
    for headers in (AMA.headers, {"Authorization": f"Bearer {other}"}):
        assert code(await client.get("/v1/results-only", headers=headers)) == "forbidden"


@pytest.mark.parametrize(
    "value", ["", "Bearer", "Bearer x", "Basic !!!", "Basic eA==", "Digest x", "Bearer urnad_\x7f"]
)
async def test_what_is_no_credential_is_told_so(client: httpx.AsyncClient, value: str) -> None:
    answer = await client.post("/v1/devices-only", headers={"Authorization": value})
    assert (code(answer), "www-authenticate" in answer.headers) == ("invalid_credentials", True)


async def test_expired_and_revoked_keys_and_closed_devices_are_unknown(app: FastAPI, client: httpx.AsyncClient) -> None:
    engine = app.state.ground.engine
    key = {"Authorization": f"Bearer {esi_key(engine)}"}
    with writing(engine) as connection:
        connection.execute(update(table(ApiKey)).values(revoked_at=table(ApiKey).c.created_at))
        connection.execute(update(table(Device)).values(state="closed"))
    assert code(await client.get("/v1/results-only", headers=key)) == "invalid_credentials"
    assert code(await client.post("/v1/devices-only", headers=AMA.headers)) == "invalid_credentials"


async def test_a_lost_device_is_told_that_it_is_lost(app: FastAPI, client: httpx.AsyncClient) -> None:
    with writing(app.state.ground.engine) as connection:
        connection.execute(update(table(Device)).values(state="lost"))
    assert code(await client.post("/v1/devices-only", headers=AMA.headers)) == "device_lost"


async def test_staff_sign_in_read_and_sign_out(client: httpx.AsyncClient) -> None:
    asked = {"mission": "KZ", "user": "yaw", "password": PASSWORD}
    signed_in = await client.post("/v1/staff/session", json=asked)
    assert signed_in.json()["role"] == "head"
    dressed = signed_in.headers["set-cookie"]
    assert all(word in dressed for word in ("__Host-", "HttpOnly", "Secure", "SameSite=strict", "Path=/"))
    headers = {"Authorization": "Bearer " + dressed.split("=", 1)[1].split(";")[0]}
    assert (await client.get("/v1/staff/session", headers=headers)).json() == {
        "mission": "KZ", "user": "yaw", "role": "head",
    }  # fmt: skip
    assert (await client.get("/v1/results-only", headers=headers)).json() == "staff"
    assert (await client.delete("/v1/staff/session", headers=headers)).status_code == 204
    assert code(await client.get("/v1/staff/session", headers=headers)) == "invalid_credentials"


async def test_a_phone_enrols_over_http_and_its_token_works(app: FastAPI, client: httpx.AsyncClient) -> None:
    with writing(app.state.ground.engine) as connection:
        fresh = make_enrolment(connection, "KZ", "0001", datetime.now(UTC), timedelta(hours=1))
    answer = (await client.post("/v1/enrol", json={"code": fresh, "label": "test"})).json()
    assert set(answer) == {"device_id", "token", "team", "mission", "epoch", "grant"}
    headers = {"Authorization": f"Bearer {answer['token']}"}
    assert (await client.post("/v1/devices-only", headers=headers)).json() == answer["device_id"]


async def test_a_foreign_host_name_is_refused(database_url: str, tmp_path: Path) -> None:
    settings = Settings(database_url=database_url, data_dir=tmp_path, trusted_hosts="mission.example")
    made = create_app(settings)
    transport = httpx.ASGITransport(made)
    async with httpx.AsyncClient(transport=transport) as client:
        assert code(await client.get("http://other.example/healthz")) == "bad_host"
        assert (await client.get("http://mission.example/healthz")).json() == {"status": "ok"}
    made.state.ground.engine.dispose()


def test_a_bucket_gives_its_burst_then_one_a_second_and_says_how_long_to_wait() -> None:
    now = [0.0]
    bucket = Bucket(burst=3, per_s=1, clock=lambda: now[0])
    for _ in range(3):
        bucket.take("a")
    bucket.take("b")
    with pytest.raises(UrnaError) as caught:
        bucket.take("a")
    assert int(caught.value.headers["Retry-After"]) >= 1
    now[0] = 1.0
    bucket.take("a")
    with pytest.raises(UrnaError):
        bucket.take("a")


def settings_with(**environment: Any) -> Settings:
    return Settings(**environment)


@pytest.mark.parametrize(
    "odd", [{"database_url": "mysql://x"}, {"push_operations_max": 0}, {"writer_queue_max": "many"}]
)
def test_an_odd_setting_is_refused_at_start(odd: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"URNA_DATABASE_URL|greater|integer"):
        settings_with(**odd)


def test_a_short_or_sample_secret_is_refused_at_start(tmp_path: Path) -> None:
    for secret in ("short", "changethis" * 10):
        (tmp_path / "secret").write_text(secret)
        with pytest.raises(ValueError, match="no secret"):
            create_app(Settings(database_url=f"sqlite:///{tmp_path / 'u.db'}", data_dir=tmp_path))
