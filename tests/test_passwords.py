"""Passwords are taken as typed, of any signs and any length that a person has; a new one ends what was open."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine, select

from app.main import create_app
from app.people.enrolment import make_enrolment
from app.people.hashing import hashed
from app.people.staff import add_staff, remove_staff
from app.settings import Settings
from app.store.database import connect, writing
from app.store.tables import Enrolment, Staff, table
from tests.cast import MISSION, set_stage

PASSWORDS = (
    "only lower case words",
    "НЕ ТОЛЬКО латиница, әріптер",
    "1" * 12,
    "a" * 150,
    "  blanks at both ends  ",
    "p\u0301a\u0300ss\U0001f5f3 word",
)


def set_password(engine: Engine, password: str) -> None:
    with writing(engine) as connection:
        add_staff(connection, MISSION, "yaw", "head", password, datetime.now(UTC))


@pytest.fixture
def stage(database_url: str) -> Engine:
    engine = connect(database_url)
    set_stage(engine)
    return engine


@pytest.fixture
async def client(stage: Engine, database_url: str, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(Settings(database_url=database_url, data_dir=tmp_path))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://urna.test") as made:
        yield made
    app.state.ground.engine.dispose()
    stage.dispose()


async def sign_in(client: httpx.AsyncClient, password: str) -> httpx.Response:
    answer = await client.post("/v1/staff/session", json={"mission": MISSION, "user": "yaw", "password": password})
    client.cookies.clear()
    return answer


@pytest.mark.parametrize("password", PASSWORDS, ids=["lower", "letters", "digits", "long", "blanks", "marks"])
async def test_a_password_counts_as_it_was_typed_whatever_it_is_made_of(
    stage: Engine, client: httpx.AsyncClient, password: str
) -> None:
    set_password(stage, password)
    assert (await sign_in(client, password)).status_code == 200
    for other in (
        password.strip() if password != password.strip() else password + " ",
        password[:-1],
        password.swapcase(),
    ):
        if other != password:
            assert (await sign_in(client, other)).status_code == 401


def test_a_password_is_kept_as_argon2id_of_owasps_strength(stage: Engine) -> None:
    """19 MiB, 2 rounds, 1 lane, and a salt of its own for each: passwords of staff, secrets of codes."""
    with writing(stage) as connection:
        set_up = make_enrolment(connection, MISSION, "0001", datetime.now(UTC), timedelta(hours=1))
        add_staff(connection, MISSION, "yaw", "head", PASSWORDS[0], datetime.now(UTC))
        kept = [*connection.execute(select(table(Staff).c.password_hash)).scalars()]
        kept += connection.execute(select(table(Enrolment).c.secret_hash)).scalars()
    assert len(kept) == 2
    assert all(one.startswith("$argon2id$v=19$m=19456,t=2,p=1$") for one in kept)
    for secret in (PASSWORDS[0], set_up[5:], set_up[5:].replace("-", "")):
        assert secret not in "".join(kept)
    assert hashed(PASSWORDS[0]) != hashed(PASSWORDS[0])
    stage.dispose()


async def test_a_new_password_and_the_removal_of_a_person_end_every_session(
    stage: Engine, client: httpx.AsyncClient
) -> None:
    set_password(stage, "the first password")
    tokens = [(await sign_in(client, "the first password")).cookies["__Host-urna_staff"] for _ in range(2)]
    set_password(stage, "another password")
    tokens.append((await sign_in(client, "another password")).cookies["__Host-urna_staff"])
    assert [await who(client, token) for token in tokens] == [401, 401, 200]
    with writing(stage) as connection:
        remove_staff(connection, MISSION, "yaw", datetime.now(UTC))
    assert [await who(client, token) for token in tokens] == [401, 401, 401]


async def who(client: httpx.AsyncClient, token: str) -> int:
    return (await client.get("/v1/staff/session", headers={"Authorization": f"Bearer {token}"})).status_code
