"""Before its time, figures are for those alone whom the mission names; whoever reads them early is written down."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from app.errors import UrnaError
from app.main import create_app
from app.people.keys import make_key
from app.settings import Settings
from app.setup.book import Book
from app.setup.change import change_settings
from app.store.audit import AUDIT
from app.store.database import reading, writing
from app.web.callers import ROLES
from app.web.embargo import is_embargoed, may_read_early
from tests.doorstep import CALLERS, KEY, SECRET, Doorstep, knocking
from tests.test_role_matrix import ASKED, MATRIX, REGIONAL

FACTS_OF_THE_MISSION = {
    "/healthz", "/readyz", "/v1/welcome", "/v1/mission", "/v1/stations",
    "/v1/stations.geojson", "/v1/coverage", "/v1/codebook",
    "/v1/codebook.json", "/v1/codebook.xlsx", "/v1/codebook.html", "/v1/blobs/{sha256}", "/v1/checkpoints",
    "/v1/tables", "/v1/tables/page.css", "/v1/snapshots",
}  # fmt: skip
"""What a key reads at any time: none of it says what observers answered. Everything else that keys may read is shut."""
SHUT = sorted(
    path for (method, path), row in MATRIX.items()
    if method == "GET" and row[CALLERS.index(KEY)] in (200, 400) and path not in FACTS_OF_THE_MISSION
)  # fmt: skip
NOW = datetime(2022, 11, 21, 8, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def doorstep(database: Engine) -> Doorstep:
    return Doorstep.of(database)


@pytest.fixture
def app(doorstep: Doorstep, database_url: str, tmp_path: Path) -> Iterator[FastAPI]:
    (tmp_path / "key").write_bytes(SECRET)
    made = create_app(
        Settings(database_url=database_url, data_dir=tmp_path, secret_file=tmp_path / "key", stream_open_s=0)
    )
    yield made
    made.state.ground.engine.dispose()


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with knocking(app) as made:
        yield made


def set_embargo(doorstep: Doorstep, **settings: Any) -> None:
    until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    doorstep.night.settings(**{"embargo_until": until, **settings})


def address(path: str) -> str:
    asked = "&".join(filter(None, [ASKED.get(path, ""), "region=R1" if path in REGIONAL else ""]))
    return f"{path.replace('{table}', 'T1')}?{asked}"


async def codes(client: httpx.AsyncClient, doorstep: Doorstep, path: str, *callers: str) -> dict[str, Any]:
    found = {}
    for caller in callers:
        answer = await client.get(address(path), headers=doorstep.headers(caller))
        found[caller] = answer.json()["code"] if answer.status_code >= 400 else answer.status_code
    return found


def early_reads(doorstep: Doorstep) -> list[tuple[str, str, str]]:
    columns = (AUDIT.c.actor_kind, AUDIT.c.actor, AUDIT.c.about)
    with reading(doorstep.engine) as connection:
        query = select(*columns).where(AUDIT.c.act == "embargo.read").order_by(AUDIT.c.number)
        return [tuple(row) for row in connection.execute(query)]


async def test_every_door_of_figures_is_shut_to_whom_the_mission_does_not_name(
    client: httpx.AsyncClient, doorstep: Doorstep
) -> None:
    assert {"/v1/results", "/v1/answers", "/v1/findings"} < set(SHUT)
    set_embargo(doorstep)
    for path in SHUT:
        found = await codes(client, doorstep, path, KEY, "admin", "auditor")
        assert (path, set(found.values())) == (path, {"embargoed"})
        early = await codes(client, doorstep, path, "head", "analyst")
        assert "embargoed" not in early.values()
    found = await codes(client, doorstep, "/v1/results", "coordinator")
    assert found == {"coordinator": "embargoed"}


async def test_the_roles_that_the_mission_names_read_early_and_no_others(
    client: httpx.AsyncClient, doorstep: Doorstep
) -> None:
    set_embargo(doorstep, embargo_roles="auditor, coordinator")
    found = await codes(client, doorstep, "/v1/results", "auditor", "coordinator", "head", "analyst", "admin", KEY)
    assert found == {
        "auditor": 200,
        "coordinator": 200,
        **dict.fromkeys(("head", "analyst", "admin", KEY), "embargoed"),
    }


async def test_a_key_reads_early_with_its_own_scope(client: httpx.AsyncClient, doorstep: Doorstep) -> None:
    set_embargo(doorstep, embargo_roles=[])
    with writing(doorstep.engine) as connection:
        scopes = ["results:read", "results:embargoed"]
        doorstep.tokens["early key"] = make_key(connection, doorstep.night.mission, scopes, 30, datetime.now(UTC))
    assert await codes(client, doorstep, "/v1/results", "early key", "head") == {"early key": 200, "head": "embargoed"}


async def test_a_tag_of_who_reads_early_opens_nothing_to_another(client: httpx.AsyncClient, doorstep: Doorstep) -> None:
    set_embargo(doorstep)
    tag = (await client.get("/v1/results", headers=doorstep.headers("head"))).headers["ETag"]
    for caller in (KEY, "admin", "auditor", "coordinator"):
        for sent in (tag, "*"):
            answer = await client.get("/v1/results", headers={**doorstep.headers(caller), "If-None-Match": sent})
            assert (answer.status_code, answer.json()["code"], "etag" in answer.headers) == (403, "embargoed", False)


async def test_every_early_read_is_written_down_and_a_304_reads_nothing(
    client: httpx.AsyncClient, doorstep: Doorstep
) -> None:
    await client.get("/v1/results", headers=doorstep.headers("head"))
    assert early_reads(doorstep) == []
    set_embargo(doorstep)
    answer = await client.get("/v1/results", headers=doorstep.headers("head"))
    for path in ("/v1/answers.csv?form=B", "/v1/findings", "/v1/mission"):
        assert (await client.get(path, headers=doorstep.headers("analyst"))).status_code == 200
    again = {**doorstep.headers("head"), "If-None-Match": answer.headers["ETag"]}
    assert (await client.get("/v1/results", headers=again)).status_code == 304
    await client.get("/v1/results", headers=doorstep.headers(KEY))
    wrong = await client.get("/v1/results?question=nothing", headers=doorstep.headers("head"))
    assert wrong.status_code == 400
    assert early_reads(doorstep) == [
        ("staff", "head", "/v1/results"), ("staff", "analyst", "/v1/answers.csv"), ("staff", "analyst", "/v1/findings"),
    ]  # fmt: skip


async def test_the_embargo_ends_by_the_clock_and_not_by_a_mirror(client: httpx.AsyncClient, doorstep: Doorstep) -> None:
    assert await codes(client, doorstep, "/v1/results", KEY) == {KEY: 200}
    set_embargo(doorstep)
    assert await codes(client, doorstep, "/v1/results", KEY) == {KEY: "embargoed"}
    set_embargo(doorstep, embargo_until=(datetime.now(UTC) - SECOND).isoformat())
    assert await codes(client, doorstep, "/v1/results", KEY) == {KEY: 200}


def test_the_embargo_ends_on_the_second() -> None:
    until = {"embargo_until": NOW.isoformat()}
    assert [is_embargoed(until, NOW + shift) for shift in (-SECOND, SECOND * 0, SECOND)] == [True, False, False]
    assert not is_embargoed({}, NOW)


@given(st.one_of(st.text(), st.integers(), st.booleans(), st.lists(st.text())))
def test_a_time_that_nobody_can_read_lifts_nothing(until: object) -> None:
    try:
        datetime.fromisoformat(until)  # type: ignore[arg-type]
    except (ValueError, TypeError):
        assert is_embargoed({"embargo_until": until}, NOW)


@given(st.sampled_from(ROLES), st.one_of(st.text(), st.integers(), st.lists(st.text()), st.booleans()))
def test_odd_words_for_the_roles_let_nobody_in(role: str, named: object) -> None:
    is_named = role in (named if isinstance(named, list) else str(named).split(","))
    assert is_named or not may_read_early({"embargo_roles": named}, role, frozenset({"results:embargoed"}))


async def test_an_embargo_that_is_set_by_command_shuts_the_doors_and_stands_in_the_trail(
    client: httpx.AsyncClient, doorstep: Doorstep
) -> None:
    def change(**settings: Any) -> dict[str, Any]:
        with writing(doorstep.engine) as connection:
            book = Book.open(connection, doorstep.night.mission, datetime.now(UTC))
            return change_settings(book, settings, reason="as agreed with the head")

    until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert change(embargo_until=until, hotline="1")["embargo_until"] == until
    assert await codes(client, doorstep, "/v1/results", KEY) == {KEY: "embargoed"}
    assert change(embargo_until=None) == {"hotline": "1", "day": "2022-11-20"}
    assert await codes(client, doorstep, "/v1/results", KEY) == {KEY: 200}
    with reading(doorstep.engine) as connection:
        assert len(connection.execute(select(AUDIT).where(AUDIT.c.act == "embargo.set")).all()) == 2
    with pytest.raises(UrnaError, match="election day"):
        change(day="2022-11-21")
