"""Names apart: twenty names, telephones, addresses, codes and tokens are planted, and then searched for in everything
that anybody but two roles can read: answers of every door, exports, logs, the trail, the tables themselves."""

import json
import logging
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile
from zipfile import ZIP_DEFLATED, ZipFile

import duckdb
import httpx
import pytest
from fastapi import FastAPI
from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
from sqlalchemy import Engine, inspect, select, text

from app.errors import UrnaError
from app.main import create_app
from app.people.enrolment import make_enrolment
from app.people.persons import PURPOSE, add_persons, forget_person, read_persons
from app.settings import Settings
from app.store.audit import AUDIT, Actor
from app.store.backup import back_up
from app.store.database import reading, writing
from app.store.people_tables import Person
from app.store.tables import table
from app.store.vault import Vault
from app.web.logs import JsonLines
from app.web.metrics import Standing
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


def searchable(answer: httpx.Response) -> str:
    """Everything that an answer says, head and body. What is packed is unpacked: a name in a workbook is one too."""
    return "\n".join([str(answer.headers), *(part.decode("latin-1") for part in unpacked(answer.content))])


def unpacked(content: bytes) -> Iterator[bytes]:
    yield content
    if content.startswith(b"PK"):
        with ZipFile(BytesIO(content)) as archive:
            for name in archive.namelist():
                yield name.encode()
                yield from unpacked(archive.read(name))
    elif content.startswith(b"PAR1"):
        with NamedTemporaryFile(suffix=".parquet") as file:
            file.write(content)
            file.flush()
            words = duckdb.execute(f"SELECT COLUMNS(*)::VARCHAR FROM '{file.name}'")
            yield repr(words.fetchall()).encode()


def heard(words: list[str], *texts: str) -> list[str]:
    return [word for word in words if any(word in text or word.encode().decode("latin-1") in text for text in texts)]


SLOW = ("/v1/answers.sav", "/v1/answers.dta")
"""Each takes seconds to write: asked once, by the head of mission."""


async def test_nothing_that_is_planted_comes_out_anywhere(
    client: httpx.AsyncClient, app: FastAPI, doorstep: Doorstep, lines: Lines
) -> None:
    planted = [*NAMED, *fresh_codes(doorstep), *doorstep.tokens.values(), PASSWORD]
    found, said = [], 0
    for method, path in sorted(MATRIX):
        for caller in READERS if method == "GET" else ():
            where = address(path, doorstep.ids).replace("form=Z", "form=B")
            if path not in SLOW or caller == "head":
                answer = await client.get(where, headers=doorstep.headers(caller))
                said += answer.status_code == 200
                found += [(path, caller, word) for word in heard(planted, searchable(answer))]
    assert found == []
    assert said > 100
    for path, body in BODIES.items():
        if path not in NAMES_OPEN and path != "/v1/staff/session":
            for caller in ("nobody", "admin"):
                where = address(path, doorstep.ids)
                answer = await client.post(
                    where, json={**(body or {}), "odd": planted[0]}, headers=doorstep.headers(caller)
                )
                assert heard(planted, answer.text) == []
    registry = CollectorRegistry()
    registry.register(Standing(doorstep.engine, app.state.ground.settings.data_dir))
    metrics = [generate_latest(one).decode() for one in (registry, REGISTRY)]
    assert "urna_requests_total" in metrics[1]
    assert "urna_phones" in metrics[0]
    assert lines.said
    assert heard(planted, *metrics, *lines.said) == []


def test_the_search_reads_what_is_packed() -> None:
    """A planted word is found in a workbook in a package, and in a column of a Parquet file."""
    with NamedTemporaryFile(suffix=".parquet") as file:
        words = "SELECT 'Planted00' AS name FROM range(100)"
        duckdb.execute(f"COPY ({words}) TO '{file.name}' (FORMAT parquet, COMPRESSION zstd)")
        column = Path(file.name).read_bytes()
    inner, outer = BytesIO(), BytesIO()
    for target, name, content in ((inner, "sheet.xml", b"Planted01"), (outer, "book.xlsx", b"")):
        with ZipFile(target, "w", ZIP_DEFLATED) as archive:
            archive.writestr(name, content or inner.getvalue())
    answers = [httpx.Response(200, content=content) for content in (column, outer.getvalue())]
    assert [heard(NAMED, searchable(answer)) for answer in answers] == [["Planted00"], ["Planted01"]]


def test_what_an_operator_takes_out_names_nobody_and_no_token(doorstep: Doorstep, tmp_path: Path) -> None:
    """A backup holds names sealed alone, and of every token and password what cannot be turned back."""
    kept = back_up(doorstep.engine, tmp_path, "", datetime.now(UTC))
    content = Path(kept.file).read_bytes().decode("latin-1")
    assert heard([*NAMED, *doorstep.tokens.values(), PASSWORD], content) == []


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
