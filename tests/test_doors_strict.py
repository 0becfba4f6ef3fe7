"""Strict doors: own hosts alone, JSON alone, headers on every answer, a page of the API without a third party."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from hypothesis import given
from hypothesis import strategies as st

from app.main import create_app
from app.settings import Settings
from app.store.database import connect
from app.store.schema import migrate
from app.web.headers import CSP
from app.web.reference import render
from tests.cast import AMA, add_yaw, set_stage
from tests.test_ledger import as_yaw

PUBLIC = "https://mission.example"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    folder = tmp_path_factory.mktemp("strict")
    where = f"sqlite:///{folder / 'urna.db'}"
    engine = connect(where)
    migrate(engine)
    set_stage(engine)
    add_yaw(engine)
    engine.dispose()
    hosts = "mission.example, urna.test,[::1],127.0.0.1"
    made = create_app(
        Settings(database_url=where, data_dir=folder, public_url=PUBLIC, trusted_hosts=hosts, stream_open_s=0)
    )
    yield made
    made.state.ground.engine.dispose()


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://urna.test") as made:
        yield made


def doors(app: FastAPI, *methods: str) -> list[tuple[str, str]]:
    """(method, path) of the API, with every id of a path filled in."""
    found = [c for c in iter_route_contexts(app.routes) if isinstance(c.original_route, APIRoute)]
    pairs = [(method, str(route.path)) for route in found for method in route.methods or () if method in methods]
    return sorted((method, re.sub(r"\{\w+\}", "0", path)) for method, path in pairs)


@pytest.mark.parametrize(
    "host", ["other.example", "mission.example.evil.example", "", "mission.example@evil", "[::2]:1"]
)
async def test_another_host_name_is_not_served_at_any_door(client: httpx.AsyncClient, app: FastAPI, host: str) -> None:
    for path in ("/healthz", "/openapi.json", "/docs", "/", *(path for _, path in doors(app, "GET")[:5])):
        answer = await client.get(path, headers={"Host": host})
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_host")


@pytest.mark.parametrize("host", ["urna.test", "Mission.Example:443", "[::1]", "[::1]:8000", "127.0.0.1:9"])
async def test_its_own_names_are_served_with_and_without_a_port(client: httpx.AsyncClient, host: str) -> None:
    assert (await client.get("/healthz", headers={"Host": host})).status_code == 200


def directives(policy: str) -> dict[str, str]:
    return {name: value for name, _, value in (part.strip().partition(" ") for part in policy.split(";"))}


def test_the_policy_begins_from_nothing_and_lets_nothing_unsafe_or_foreign_in() -> None:
    said = directives(CSP)
    assert said["default-src"] == "'none'"
    assert (said["require-trusted-types-for"], said["trusted-types"]) == ("'script'", "urna")
    assert all(said[name] == "'none'" for name in ("base-uri", "form-action", "frame-ancestors"))
    assert "unsafe" not in CSP
    own = {"'none'", "'self'", "'script'", "blob:", "data:", "urna"}
    assert {word for value in said.values() for word in value.split()} <= own
    assert all("data:" not in value and "blob:" not in value for name, value in said.items() if name != "img-src")


async def test_every_answer_of_every_door_is_in_full_dress(client: httpx.AsyncClient, app: FastAPI) -> None:
    """Also those to nobody, to an unknown path, to another host and to another method."""
    answers = [await client.request(*door) for door in doors(app, "GET", "POST", "DELETE", "PUT")]
    answers += [await client.get(path) for path in ("/", "/docs", "/docs.css", "/nowhere.txt", "/v1/nowhere", "/desk")]
    answers += [await client.get("/healthz", headers={"Host": "x"}), await client.put("/healthz")]
    assert len(answers) > 30
    for answer in answers:
        got = answer.headers
        assert got["content-security-policy"] == CSP, answer.request.url
        assert got["strict-transport-security"].startswith("max-age=31536000")
        assert got["x-content-type-options"] == "nosniff"
        assert got["referrer-policy"] == "no-referrer"
        assert (got["cross-origin-opener-policy"], got["cross-origin-resource-policy"]) == (
            "same-origin",
            "same-origin",
        )
        assert "access-control-allow-origin" not in got
        assert "server" not in got
        assert len(got["x-request-id"]) == 32
        if answer.request.url.path.startswith("/v1/") and answer.status_code >= 400:
            assert got["cache-control"] == "no-store"
            assert got["content-type"] == "application/problem+json"


MEDIA = {
    "multipart/form-data; boundary=x": b'--x\r\nContent-Disposition: form-data; name="code"\r\n\r\n1\r\n--x--\r\n',
    "application/x-www-form-urlencoded": b"code=1&protocol=1&ops=",
    "text/plain": b'{"code":"1"}',
    "text/xml": b"<code/>",
    "application/json; charset=utf-16": b"{}",
}


@pytest.mark.parametrize("media_type", MEDIA)
async def test_a_door_that_takes_something_takes_json_alone(
    client: httpx.AsyncClient, app: FastAPI, media_type: str
) -> None:
    """Another site's form cannot send JSON without asking first, and asking is answered with a refusal."""
    yaw = await as_yaw(client)
    tried = 0
    for method, path in doors(app, "POST", "PUT", "PATCH"):
        headers = AMA.headers if path.startswith("/v1/sync/push") else yaw
        answer = await client.request(
            method, path, content=MEDIA[media_type], headers={**headers, "Content-Type": media_type}
        )
        assert answer.json()["code"] in ("unsupported_media_type", "not_found", "forbidden"), (path, answer.text)
        tried += answer.json()["code"] == "unsupported_media_type"
    assert tried >= 5


async def test_a_question_from_another_site_before_the_request_is_refused(
    client: httpx.AsyncClient, app: FastAPI
) -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    for _, path in doors(app, "POST"):
        answer = await client.options(path, headers=asked)
        assert answer.status_code == 405
        assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    "origin", [None, "null", "https://evil.example", f"{PUBLIC}.evil.example", "http://urna.test:81"]
)
async def test_a_cookie_acts_for_our_own_pages_alone(client: httpx.AsyncClient, origin: str | None) -> None:
    cookie = f"__Host-urna_device={AMA.token}"
    headers = {"Cookie": cookie, "Content-Type": "application/json", **({} if origin is None else {"Origin": origin})}
    answer = await client.post("/v1/sync/push", content=b'{"protocol":1,"ops":[]}', headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "bad_origin")


# The page of the API


class References(HTMLParser):
    """Everything that a page makes a browser fetch or run, and its own marks and links."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.fetched: set[str] = set()
        self.marks: set[str] = set()
        self.links: set[str] = set()
        self.inline: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            if name in ("style", "srcset", "action") or name.startswith("on"):
                self.inline.add(f"{tag} {name}")
            if name == "src" or (tag == "link" and name == "href"):
                self.fetched.add(value or "")
            if tag == "a" and name == "href":
                self.links.add(value or "")
            if name == "id":
                self.marks.add(value or "")


async def test_the_page_of_the_api_shows_every_door_and_loads_its_own_style_alone(
    client: httpx.AsyncClient, app: FastAPI
) -> None:
    answer = await client.get("/docs")
    read = References()
    read.feed(answer.text)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert read.fetched == {"/docs.css"}
    assert not read.tags & {"script", "style", "iframe", "form", "img", "object"}
    assert read.inline == set()
    assert "http" not in re.sub(r"(?s)<(p|td)>.*?</\1>", "", answer.text).replace("http-equiv", "")
    for path in app.openapi()["paths"]:
        assert f"</b> {path}</h3>" in answer.text
    assert {link[1:] for link in read.links if link.startswith("#")} <= read.marks
    style = await client.get("/docs.css")
    assert style.headers["content-type"].startswith("text/css")
    assert not re.search(r"url\(|@import|https?:", style.text)


@given(st.text(max_size=60))
def test_no_word_of_the_description_becomes_a_tag(word: str) -> None:
    marked = f"<script>{word}</script>"
    door = {
        "tags": [marked],
        "description": marked,
        "parameters": [{"name": marked, "in": "query", "schema": {"default": marked}}],
    }
    shape = {"description": marked, "properties": {marked: {"enum": [marked]}}}
    page = render({
        "info": {"title": marked, "version": "1", "summary": marked},
        "paths": {f"/{marked}": {"get": {**door, "responses": {"200": {"content": {marked: {"schema": shape}}}}}}},
        "components": {"schemas": {marked: shape}},
    })  # fmt: skip
    read = References()
    read.feed(page)
    assert "script" not in read.tags
    assert read.inline == set()


def test_what_is_built_for_browsers_asks_no_other_host() -> None:
    """Sources, not the build, which need not be there: no address of another host in anything that a page loads."""
    frontend = Path(__file__).resolve().parents[1] / "frontend"
    files = [*(frontend / "src").rglob("*.ts"), *(frontend / "src").rglob("*.tsx"), *(frontend / "src").rglob("*.css")]
    files += [*frontend.glob("*.html")]
    assert len(files) > 50
    allowed = ("http://www.w3.org/",)
    found = {
        (file.name, match)
        for file in files
        if ".test." not in file.name
        for match in re.findall(
            r"(?:https?:)?//[a-z0-9-]+(?:\.[a-z0-9-]+)+[^\s'\"`)]*", file.read_text(), re.IGNORECASE
        )
        if not match.startswith(allowed)
    }
    assert found == set()


def test_the_manifest_of_the_app_names_nothing_foreign() -> None:
    manifest = Path(__file__).resolve().parents[1] / "frontend/public/manifest.webmanifest"
    assert "//" not in json.dumps(json.loads(manifest.read_text()))
