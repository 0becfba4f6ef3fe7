"""The role matrix: every door against everybody who may knock, with the status that each must get.

A door without a row fails, and so does a row without a door. Ids of others are answered like ids that nothing has.
"""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from sqlalchemy import Engine

from app.main import create_app
from app.settings import Settings
from app.store.database import connect
from tests.cast import AMA, PASSWORD
from tests.conftest import new_database
from tests.doorstep import CALLERS, LOST, SECRET, Doorstep, knocking, unknown_id, writer_of
from tests.sending import Hand

#         nobody, observer of another team, observer, coordinator of another region, coordinator,
#         analyst, auditor, admin, head, results key, lost device
OPEN =    (200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200)  # fmt: skip
WHOLE =   (401, 403, 403, 403, 403, 200, 200, 200, 200, 200, 403)  # fmt: skip
REGION =  (401, 403, 403, 403, 200, 200, 200, 200, 200, 200, 403)  # fmt: skip
REGION_ODD = tuple(400 if status == 200 else status for status in REGION)
"""Let in, and refused for a form that is not there: such a file takes seconds to write."""
FIGURES = (401, 403, 403, 200, 200, 200, 200, 200, 200, 200, 403)  # fmt: skip
FACTS =   (401, 200, 200, 200, 200, 200, 200, 200, 200, 200, 403)  # fmt: skip
STAFF =   (401, 403, 403, 200, 200, 200, 200, 200, 200, 403, 403)  # fmt: skip
LOOKING = (401, 403, 403, 403, 403, 403, 200, 200, 200, 403, 403)  # fmt: skip
PHONES =  (401, 403, 403, 404, 200, 403, 200, 200, 200, 403, 403)  # fmt: skip


def led(done: int) -> tuple[int, ...]:
    """For who leads alone."""
    return (401, 403, 403, 403, 403, 403, 403, done, done, 403, 403)


def in_field(done: int) -> tuple[int, ...]:
    """For who looks after the phones of that region."""
    return (401, 403, 403, 404, done, 403, 403, done, done, 403, 403)


def signed_in(done: int) -> tuple[int, ...]:
    return (401, 403, 403, *(done,) * 6, 403, 403)


MATRIX: dict[tuple[str, str], tuple[int, ...]] = {
    ("GET", "/healthz"): OPEN,
    ("GET", "/readyz"): OPEN,
    ("GET", "/v1/welcome"): OPEN,
    ("POST", "/v1/enrol"): OPEN,
    ("POST", "/v1/grant"): (401,) * 11,  # the grant that is shown is no grant
    ("POST", "/v1/staff/session"): OPEN,
    ("GET", "/v1/staff/session"): STAFF,
    ("DELETE", "/v1/staff/session"): signed_in(204),
    ("GET", "/v1/staff/sessions"): STAFF,
    ("DELETE", "/v1/staff/sessions/{session_id}"): (401, 403, 403, 404, 204, 404, 404, 204, 204, 403, 403),
    ("GET", "/v1/staff"): LOOKING,
    ("GET", "/v1/keys"): LOOKING,
    ("POST", "/v1/keys"): led(201),
    ("DELETE", "/v1/keys/{key_id}"): led(204),
    ("GET", "/v1/devices"): (401, 403, 403, 200, 200, 403, 200, 200, 200, 403, 403),
    ("GET", "/v1/devices/{device_id}"): PHONES,
    ("POST", "/v1/devices/{device_id}/state"): in_field(200),
    ("POST", "/v1/devices/{device_id}/directive"): in_field(200),
    ("POST", "/v1/enrolments"): in_field(201),
    ("POST", "/v1/persons"): led(201),
    ("POST", "/v1/persons/read"): led(200),
    ("DELETE", "/v1/persons/{person_id}"): led(204),
    ("POST", "/v1/sync/push"): (401, 200, 200, *(403,) * 7, 200),
    ("GET", "/v1/sync/pull"): (401, 200, 200, *(403,) * 8),
    ("POST", "/v1/sync/replay"): led(200),
    ("GET", "/v1/blobs/{sha256}"): FACTS,
    ("GET", "/v1/checkpoints"): FACTS,
    ("GET", "/v1/receipts/{short}"): (401, 403, 403, 404, *(200,) * 5, 403, 403),
    ("GET", "/v1/audit"): LOOKING,
    ("GET", "/v1/results"): REGION,
    ("GET", "/v1/public/results"): (401, 403, 403, 403, 403, 200, 403, 403, 200, 403, 403),
    ("GET", "/v1/answers"): REGION,
    **{("GET", f"/v1/answers.{suffix}"): REGION for suffix in ("json", "ndjson", "csv", "xlsx", "parquet", "geojson")},
    **{("GET", f"/v1/answers.{suffix}"): REGION_ODD for suffix in ("sav", "dta")},
    ("GET", "/v1/changes"): REGION,
    ("GET", "/v1/coverage"): REGION,
    ("GET", "/v1/codebook"): FIGURES,
    **{("GET", f"/v1/codebook.{suffix}"): FIGURES for suffix in ("json", "xlsx", "html")},
    ("GET", "/v1/findings"): REGION,
    ("GET", "/v1/comments"): REGION,
    ("GET", "/v1/tables"): FIGURES,
    ("GET", "/v1/tables/page.css"): FIGURES,
    ("GET", "/v1/tables/{table}"): REGION,
    **{("GET", f"/v1/tables/{{table}}.{suffix}"): REGION for suffix in ("json", "csv", "xlsx", "html")},
    ("GET", "/v1/snapshots"): WHOLE,
    ("POST", "/v1/snapshots"): (401, 403, 403, 403, 403, 201, 403, 403, 201, 403, 403),
    ("GET", "/v1/package.zip"): WHOLE,
    ("GET", "/v1/stream"): WHOLE,
    ("POST", "/v1/webhooks"): led(201),
    ("GET", "/v1/webhooks"): led(200),
    ("DELETE", "/v1/webhooks/{webhook_id}"): led(204),
    ("GET", "/v1/webhooks/{webhook_id}/deliveries"): led(200),
    ("GET", "/v1/mission"): FACTS,
    ("GET", "/v1/stations"): (401, 200, 200, 403, 200, 200, 200, 200, 200, 200, 403),
    ("GET", "/v1/stations.geojson"): (401, 200, 200, 403, 200, 200, 200, 200, 200, 200, 403),
}  # fmt: skip
"""Door -> the status for each of CALLERS. The coordinator's region is asked for, the phone is of its team."""

REGIONAL = {path for (_, path), row in MATRIX.items() if row in (REGION, REGION_ODD) or path.startswith("/v1/stations")}
ASKED = {
    **{f"/v1/answers.{suffix}": "form=B" for suffix in ("csv", "xlsx", "parquet")},
    **{f"/v1/answers.{suffix}": "form=Z" for suffix in ("sav", "dta")},
}
"""What a door cannot do without."""
REASON = {"reason": "told by telephone"}
BODIES: dict[str, Any] = {
    "/v1/grant": {"grant": "none"},
    "/v1/staff/session": {"mission": "KZ", "user": "head", "password": PASSWORD},
    "/v1/keys": {"scopes": ["results:read"]},
    "/v1/devices/{device_id}/state": {"state": "lost", **REASON},
    "/v1/devices/{device_id}/directive": {"directive": "flush_then_forget", **REASON},
    "/v1/enrolments": {"team": "t1"},
    "/v1/persons": {"team": "t1", "name": "Aigerim"},
    "/v1/persons/read": REASON,
    "/v1/sync/push": {"protocol": 1, "ops": []},
    "/v1/webhooks": {"url": "https://example.org/urna", "events": ["incident.critical"]},
}
LINE = json.dumps(Hand(AMA, signs=False).say({"b30": "yes"})).encode() + b"\n"
"""An operation of a phone's file."""
IDS = {"{session_id}": "session", "{key_id}": "key", "{device_id}": "device", "{person_id}": "person",
       "{sha256}": "blob", "{webhook_id}": "webhook", "{short}": "short"}  # fmt: skip
"""Place in a path -> the thing whose id stands there."""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Each kind of database, and a folder with a secret."""
    folder = tmp_path_factory.mktemp("matrix")
    (folder / "key").write_bytes(SECRET)
    with new_database(request, request.param, folder) as url:
        yield Settings(database_url=url, data_dir=folder, secret_file=folder / "key", stream_open_s=0)


@pytest.fixture(scope="module")
def doorstep(place: Settings) -> Iterator[Doorstep]:
    engine: Engine = connect(place.database_url)
    yield Doorstep.of(engine)
    engine.dispose()


@pytest.fixture(scope="module")
def app(doorstep: Doorstep, place: Settings) -> Iterator[FastAPI]:
    made = create_app(place)
    with writer_of(made):
        yield made
    made.state.ground.engine.dispose()


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with knocking(app) as made:
        yield made


def doors(app: FastAPI) -> set[tuple[str, str]]:
    found = [c for c in iter_route_contexts(app.routes) if isinstance(c.original_route, APIRoute)]
    return {(method, str(route.path)) for route in found for method in route.methods or ()}


def address(path: str, things: dict[str, str]) -> str:
    region = "region=R1" if path in REGIONAL else ""
    for place, thing in IDS.items():
        path = path.replace(place, things.get(thing, unknown_id(thing)))
    path = path.replace("{table}", "T1")
    asked = "&".join(filter(None, [ASKED.get(path, ""), region]))
    return f"{path}?{asked}" if asked else path


async def knock(client: httpx.AsyncClient, doorstep: Doorstep, door: tuple[str, str], caller: str) -> httpx.Response:
    method, path = door
    body = BODIES.get(path)
    if path == "/v1/enrol":
        body = {"code": doorstep.code()}
    if path == "/v1/snapshots" and method == "POST":
        body = {"name": f"by-{caller}"}
    headers, sent = doorstep.headers(caller), bodies_of(method, body)
    if path == "/v1/sync/replay":
        headers, sent = {**headers, "Content-Type": "application/x-ndjson"}, {"content": LINE}
    return await client.request(method, address(path, doorstep.ids), headers=headers, **sent)


def bodies_of(method: str, body: object) -> dict[str, Any]:
    return {"json": body} if method == "POST" else {}


def test_every_door_has_its_row_and_every_row_its_door(app: FastAPI) -> None:
    assert (doors(app) - set(MATRIX), set(MATRIX) - doors(app)) == (set(), set())
    assert {len(row) for row in MATRIX.values()} == {len(CALLERS)}


@pytest.mark.parametrize("door", sorted(MATRIX), ids=" ".join)
async def test_everybody_gets_at_a_door_what_its_row_says(
    client: httpx.AsyncClient, doorstep: Doorstep, door: tuple[str, str]
) -> None:
    found = {}
    for caller in CALLERS:
        if door[0] != "GET":
            doorstep.reset()
        found[caller] = (await knock(client, doorstep, door, caller)).status_code
    assert found == dict(zip(CALLERS, MATRIX[door], strict=True))


WITH_IDS = sorted(door for door in MATRIX if any(place in door[1] for place in IDS))
NO_IDS = {"{table}"}
"""Of a list that is the same for everybody."""


def test_every_place_for_an_id_is_among_those_tried() -> None:
    places = {part.partition(".")[0] for _, path in MATRIX for part in path.split("/") if part.startswith("{")}
    assert places == {*IDS, *NO_IDS}


@pytest.mark.parametrize("door", WITH_IDS, ids=" ".join)
async def test_three_foreign_ids_are_answered_like_one_that_nothing_has(
    client: httpx.AsyncClient, doorstep: Doorstep, door: tuple[str, str]
) -> None:
    """By everybody whom the door lets in at all: who may read most is not the only one who might read too much."""
    doorstep.reset()
    [thing] = {thing for place, thing in IDS.items() if place in door[1]}
    foreign = (doorstep.ids[f"foreign {thing}"], f"{doorstep.ids[thing].upper()}x", "%27%20OR%201=1--")
    let_in = [caller for caller, status in zip(CALLERS, MATRIX[door], strict=True) if status not in (401, 403)]
    assert "head" in let_in
    for caller in let_in:
        unknown = await knock_for(client, doorstep, door, unknown_id(thing), caller)
        for one in foreign:
            answer = await knock_for(client, doorstep, door, one, caller)
            assert (caller, answer.status_code, answer.content) == (caller, 404, unknown.content)


async def knock_for(
    client: httpx.AsyncClient, doorstep: Doorstep, door: tuple[str, str], thing: str, caller: str
) -> httpx.Response:
    method, path = door
    named = path[: path.index("{")] + thing + path[path.index("}") + 1 :]
    sent = {"json": BODIES[path]} if method == "POST" else {}
    return await client.request(method, named, headers=doorstep.headers(caller), **sent)


async def test_a_coordinator_finds_a_phone_of_another_region_no_more_than_one_that_is_not_there(
    client: httpx.AsyncClient, doorstep: Doorstep
) -> None:
    doorstep.reset()
    mine = doorstep.headers("coordinator")
    other = await client.get(f"/v1/devices/{doorstep.ids['other device']}", headers=mine)
    nothing = await client.get(f"/v1/devices/{unknown_id('device')}", headers=mine)
    assert (other.status_code, other.content) == (404, nothing.content)
    rows = (await client.get("/v1/devices", headers=mine)).json()["rows"]
    assert {row["team"] for row in rows} == {"t1"}


async def test_a_coordinator_who_names_no_region_gets_the_own_ones(
    client: httpx.AsyncClient, doorstep: Doorstep
) -> None:
    mine = doorstep.headers("coordinator")
    whole = (await client.get("/v1/answers", headers=doorstep.headers("head"))).json()["rows"]
    own = (await client.get("/v1/answers", headers=mine)).json()["rows"]
    assert ({row["region"] for row in whole}, {row["region"] for row in own}) == ({"R1", "R2"}, {"R1"})
    figures = (await client.get("/v1/results?question=b30", headers=mine)).json()
    assert (figures["filters"]["region"], figures["results"][0]["rows"][0]["visits"]) == (["R1"], 1)
    changed = (await client.get("/v1/changes", headers=mine)).json()["changes"]
    assert {change["data"]["region"] for change in changed if change["data"]} == {"R1"}
    teams = (await client.get("/v1/coverage", headers=mine)).json()["teams"]
    assert {team["team"] for team in teams} == {"t1"}


def regions_of_part(body: Any) -> list[str]:
    """Of the part of a table that is shown first."""
    return [row["region"] for row in body["rows"]]


@pytest.mark.parametrize(
    ("path", "rows_of"),
    [
        ("/v1/comments", lambda body: [row["region"] for row in body["rows"]]),
        ("/v1/tables/T13", regions_of_part),
        ("/v1/tables/T9", regions_of_part),
        ("/v1/tables/T9?part=silent", regions_of_part),
        ("/v1/findings", lambda body: ["R1", "R2"][: body["waiting"]]),
    ],
)
async def test_words_tables_and_findings_keep_a_coordinator_to_the_own_regions(
    client: httpx.AsyncClient, doorstep: Doorstep, path: str, rows_of: Callable[[Any], list[str]]
) -> None:
    whole, own = [(await client.get(path, headers=doorstep.headers(one))).json() for one in ("head", "coordinator")]
    assert (set(rows_of(whole)), set(rows_of(own))) == ({"R1", "R2"}, {"R1"})


async def test_a_lost_phone_may_push_and_nothing_else(client: httpx.AsyncClient, doorstep: Doorstep) -> None:
    open_to_it = {door for door, row in MATRIX.items() if row[CALLERS.index(LOST)] < 300}
    assert open_to_it == {
        ("GET", "/healthz"), ("GET", "/readyz"), ("POST", "/v1/enrol"), ("POST", "/v1/staff/session"),
        ("POST", "/v1/sync/push"), ("GET", "/v1/welcome"),
    }  # fmt: skip
