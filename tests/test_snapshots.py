"""Snapshots: a name for a number, for ever, with the bytes of its package."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, select

from app.main import create_app
from app.people.staff import add_staff, sign_in
from app.results import packages
from app.results.answers import Stamp
from app.results.packages import keep_packages
from app.settings import Settings
from app.store.audit import AUDIT
from app.store.database import reading, writing
from tests.cast import PASSWORD, esi_key
from tests.golden.night import Night, checklist, yes_no
from tests.test_results_doors import knocking


@pytest.fixture
def night(database: Engine) -> Night:
    built = Night.of(database, checklist("B", yes_no("b30")))
    built.frame({"code": "s1", "region": "R1"})
    built.teams({"code": "t1"})
    built.report("r1", "t1-a", "B", "s1", {"b30": "yes"})
    built.send()
    with writing(database) as connection:
        add_staff(connection, built.mission, "yaw", "head", PASSWORD, datetime.now(UTC))
    return built


@pytest.fixture
def app(night: Night, database_url: str, tmp_path: Path) -> Iterator[FastAPI]:
    made = create_app(Settings(database_url=database_url, data_dir=tmp_path))
    yield made
    made.state.ground.engine.dispose()


@pytest.fixture
async def yaw(app: FastAPI, night: Night) -> AsyncIterator[httpx.AsyncClient]:
    async with knocking(app, sign_in(night.engine, night.mission, "yaw", PASSWORD, datetime.now(UTC)).token) as client:
        yield client


async def make(yaw: httpx.AsyncClient, name: str, status: int = 201, **more: Any) -> dict[str, Any]:
    answer = await yaw.post("snapshots", json={"name": name, "reason": "the statement", **more})
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_what_is_asked_as_of_a_name_is_the_same_bytes_whatever_comes_later(
    yaw: httpx.AsyncClient, night: Night
) -> None:
    made = await make(yaw, "statement")
    asked = [f"{door}as_of=statement" for door in ("results?", "answers?", "answers.csv?form=B&", "codebook?")]
    before = [(await yaw.get(path)).content for path in asked]
    night.report("r1", "t1-a", "B", "s1", {"b30": "no"})
    night.report("r2", "t1-a", "B", "s1", {"b30": "yes"})
    night.staff("amend", "r1", answers={"b30": "no"})
    night.send(60)
    assert [(await yaw.get(path)).content for path in asked] == before
    by_number = (await yaw.get(f"results?as_of={made['data_version']}")).json()
    assert by_number == (await yaw.get("results?as_of=statement")).json()
    change = (await yaw.get("results?since=statement")).json()["results"][0]["rows"][0]["change"]
    assert change["visits"] == 1


async def test_a_name_stands_for_one_number_and_is_written_into_the_audit_trail(
    yaw: httpx.AsyncClient, night: Night
) -> None:
    made = await make(yaw, "statement")
    assert await make(yaw, "statement", as_of=made["data_version"]) == made
    assert (await make(yaw, "statement", 409, as_of=1))["code"] == "snapshot_taken"
    assert (await make(yaw, "later", 400, as_of=10**6))["code"] == "as_of_ahead"
    assert (await make(yaw, "18234", 422))["code"] == "invalid_request"
    assert (await yaw.get("results?as_of=nobody")).json()["code"] == "invalid_parameter"
    assert [one["name"] for one in (await yaw.get("snapshots")).json()["snapshots"]] == ["statement"]
    with reading(night.engine) as connection:
        rows = connection.execute(select(AUDIT).where(AUDIT.c.act == "snapshot.made")).all()
    assert [(row.actor, row.about, row.reason) for row in rows] == [("yaw", "statement", "the statement")]


async def test_a_key_cannot_make_one(app: FastAPI, night: Night) -> None:
    async with knocking(app, esi_key(night.engine, "results:read", "results:embargoed")) as client:
        assert (await client.post("snapshots", json={"name": "mine"})).status_code == 403


async def test_a_snapshot_keeps_its_package_byte_for_byte_when_the_rules_change(
    yaw: httpx.AsyncClient, night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make(yaw, "statement")
    assert (await yaw.get("snapshots")).json()["snapshots"][0]["sha256"] is None
    monkeypatch.setattr(packages, "PART_BYTES", 1000)
    assert keep_packages(night.engine, night.mirror()) == ["statement"]
    assert keep_packages(night.engine, night.mirror()) == []
    (shown,) = (await yaw.get("snapshots")).json()["snapshots"]
    first = await yaw.get("package.zip?as_of=statement")
    assert (sha256(first.content).hexdigest(), len(first.content)) == (shown["sha256"], shown["size_bytes"])
    monkeypatch.setattr(packages, "methodology", lambda *_: "other rules")
    assert (await yaw.get("package.zip?as_of=statement")).content == first.content
    assert (await yaw.get(f"package.zip?as_of={shown['data_version']}")).content != first.content


def test_what_a_file_says_of_itself_has_its_number() -> None:
    stamp = Stamp("KZ", 7, None, "status=finished", 3, "B 1")
    assert stamp.head == {"data_version": 7, "as_of": None, "filter": "status=finished", "n": 3}
