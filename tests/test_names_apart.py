"""Names apart: twenty names, telephones, addresses, codes and tokens are planted, and then searched for in everything
that anybody but two roles can read: answers of every door, exports, logs, the trail, the tables themselves."""

import json
import logging
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, inspect, select, text

from app.errors import UrnaError
from app.main import create_app
from app.people.enrolment import make_enrolment
from app.people.persons import PURPOSE, add_persons, forget_person, read_persons
from app.settings import Settings
from app.store.audit import AUDIT, Actor
from app.store.database import reading, writing
from app.store.people_tables import Person
from app.store.tables import table
from app.store.vault import Vault
from app.web.logs import JsonLines
from tests.cast import PASSWORD
from tests.doorstep import KEY, PHONE, SECRET, Doorstep, knocking, writer_of
from tests.test_role_matrix import BODIES, MATRIX, address

VAULT = Vault(SECRET, PURPOSE)
HEAD = Actor("staff", "head")
PEOPLE = [
    {"team": f"t{1 + n % 2}", "name": f"Planted{n:02d}", "phone": f"+7700555{n:04d}", "email": f"planted{n}@x.org"}
    for n in range(20)
]
NAMED = [person[part] for person in PEOPLE for part in ("name", "phone", "email")]
NAMES_OPEN = ("/v1/persons/read",)
READERS = (PHONE, "coordinator", "admin", "head", KEY)
"""Who gets most to see."""


class Lines(logging.Handler):
    """What the log would say, line by line."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonLines())
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(self.format(record))


@pytest.fixture
def doorstep(database: Engine) -> Doorstep:
    made = Doorstep.of(database)
    with writing(database) as connection:
        add_persons(connection, VAULT, made.night.mission, PEOPLE, datetime.now(UTC))
    return made


@pytest.fixture
def app(doorstep: Doorstep, database_url: str, tmp_path: Path) -> Iterator[FastAPI]:
    (tmp_path / "key").write_bytes(SECRET)
    made = create_app(
        Settings(database_url=database_url, data_dir=tmp_path, secret_file=tmp_path / "key", stream_open_s=0)
    )
    with writer_of(made):
        yield made
    made.state.ground.engine.dispose()


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with knocking(app) as made:
        yield made


@pytest.fixture
def lines() -> Iterator[Lines]:
    handler, logger = Lines(), logging.getLogger("urna")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield handler
    logger.setLevel(level)
    logger.removeHandler(handler)


def fresh_codes(doorstep: Doorstep) -> list[str]:
    now = datetime.now(UTC)
    with writing(doorstep.engine) as connection:
        made = [make_enrolment(connection, doorstep.night.mission, "t1", now, timedelta(hours=1)) for _ in range(20)]
    return [code[5:] for code in made]  # the secret part


async def test_nothing_that_is_planted_comes_out_anywhere(
    client: httpx.AsyncClient, doorstep: Doorstep, lines: Lines
) -> None:
    planted = [*NAMED, *fresh_codes(doorstep), *doorstep.tokens.values(), PASSWORD]
    found = []
    for method, path in sorted(MATRIX):
        if method != "GET" or path in ("/v1/answers.sav", "/v1/answers.dta"):
            continue
        for caller in READERS:
            answer = await client.get(address(path, doorstep.ids), headers=doorstep.headers(caller))
            seen = answer.text + str(answer.headers)
            found += [(path, caller, word) for word in planted if word in seen]
    assert found == []
    for path, body in BODIES.items():
        if path not in NAMES_OPEN and path != "/v1/staff/session":
            for caller in ("nobody", "admin"):
                where = address(path, doorstep.ids)
                answer = await client.post(
                    where, json={**(body or {}), "odd": planted[0]}, headers=doorstep.headers(caller)
                )
                assert not [word for word in planted if word in answer.text]
    assert lines.said
    assert [word for word in planted if word in "\n".join(lines.said)] == []


async def test_two_roles_read_names_with_a_reason_and_the_trail_says_so(
    client: httpx.AsyncClient, doorstep: Doorstep
) -> None:
    asked = {"reason": "an observer is in hospital", "team": "t1"}
    for caller in ("head", "admin"):
        answer = await client.post("/v1/persons/read", json=asked, headers=doorstep.headers(caller))
        rows = answer.json()["rows"]
        assert {person["name"] for person in PEOPLE if person["team"] == "t1"} <= {row["name"] for row in rows}
    no_reason = await client.post("/v1/persons/read", json={"reason": ""}, headers=doorstep.headers("head"))
    assert no_reason.status_code == 422
    with reading(doorstep.engine) as connection:
        query = select(AUDIT.c.actor, AUDIT.c.reason, AUDIT.c.facts).where(AUDIT.c.act == "names.read")
        trail = connection.execute(query.order_by(AUDIT.c.number)).all()
    assert [(row.actor, row.reason, json.loads(row.facts)["team"]) for row in trail] == [
        ("head", asked["reason"], "t1"), ("admin", asked["reason"], "t1"),
    ]  # fmt: skip


def test_no_table_holds_a_name_that_can_be_read(doorstep: Doorstep) -> None:
    planted = [word.encode() for word in NAMED]
    with reading(doorstep.engine) as connection:
        for name in inspect(connection).get_table_names():
            for row in connection.execute(text(f'SELECT * FROM "{name}"')):
                raw = b" ".join(
                    bytes(cell) if isinstance(cell, bytes | memoryview) else str(cell).encode() for cell in row
                )
                assert not [word for word in planted if word in raw], name


def test_names_open_under_their_own_secret_and_in_their_own_row_alone(doorstep: Doorstep) -> None:
    other = Vault(b"x" * 32, PURPOSE)
    persons, mission, now = table(Person), doorstep.night.mission, datetime.now(UTC)
    with writing(doorstep.engine) as connection, pytest.raises(UrnaError, match="names_sealed"):
        read_persons(connection, other, mission, None, HEAD, "test", now)
    with writing(doorstep.engine) as connection:
        first, second = connection.execute(select(persons).where(persons.c.mission == mission).limit(2)).all()
        connection.execute(persons.update().where(persons.c.id == first.id).values(sealed=second.sealed))
    with writing(doorstep.engine) as connection, pytest.raises(UrnaError, match="names_sealed"):
        read_persons(connection, VAULT, mission, None, HEAD, "test", now)


def test_a_name_that_is_erased_is_gone(doorstep: Doorstep) -> None:
    mission, now = doorstep.night.mission, datetime.now(UTC)
    with writing(doorstep.engine) as connection:
        before = read_persons(connection, VAULT, mission, None, HEAD, "test", now)
        forget_person(connection, mission, before[0]["id"], now, HEAD)
        after = read_persons(connection, VAULT, mission, None, HEAD, "test", now)
    assert [row["id"] for row in before[1:]] == [row["id"] for row in after]


def test_what_is_printed_of_results_cannot_reach_the_table_of_names() -> None:
    """The rooms of results, sync and setup do not so much as import it."""
    root = Path(__file__).resolve().parents[1] / "app"
    users = {p.relative_to(root).parts[0] for p in root.rglob("*.py") if "people_tables" in p.read_text()}
    assert users <= {"people", "store"}
