"""`urna demo` as an operator types it, and some phones of its day against a running server."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from typer.testing import CliRunner

import app.__main__ as command
from app.demo.kazakhstan import MISSION
from app.demo.mission import ensure_mission
from app.demo.play import label, phones_needed, play_day
from app.errors import UrnaError
from app.people.enrolment import make_enrolment
from app.settings import settings
from app.store.database import reading, writing
from app.store.log import LOG
from app.store.tables import Device, Enrolment, Mission, Report, Station, table
from tests.serving import serving

PHONES = [(team, number) for team, number in phones_needed() if team in ("0014", "0063")]
"""Two teams, of which one has two phones."""


@pytest.fixture
def at_database(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The command at the test's database."""
    monkeypatch.setenv("URNA_DATABASE_URL", database_url)
    monkeypatch.setenv("URNA_DATA_DIR", str(tmp_path))
    settings.cache_clear()
    command.engine.cache_clear()
    yield
    command.engine().dispose()
    command.engine.cache_clear()
    settings.cache_clear()


def demo(*more: str) -> dict[str, Any]:
    answer = json.loads(CliRunner().invoke(command.cli, ["demo", "--json", *more], catch_exceptions=False).stdout)
    assert isinstance(answer, dict)
    return answer


def count(engine: Engine, model: Any) -> int:
    with reading(engine) as connection:
        return int(connection.execute(select(func.count()).select_from(table(model))).scalar_one())


@pytest.mark.usefixtures("at_database")
def test_the_demo_is_made_once_and_opens_each_door_anew(database: Engine) -> None:
    first, second = demo(), demo()
    assert list(first) == ["url", "mission", "observer", "staff", "api_key"]
    assert (list(first["observer"]), list(first["staff"])) == (["team", "code", "link"], ["user", "password"])
    assert first["observer"]["link"] == f"{first['url']}/#c={first['observer']['code']}"
    assert first["observer"]["code"] != second["observer"]["code"]
    assert first["api_key"] != second["api_key"]
    assert (count(database, Mission), count(database, Station)) == (1, 10_101)
    before = count(database, Enrolment)
    with pytest.raises(UrnaError, match="urna serve"):
        demo("--day", "--url", "http://127.0.0.1:9")
    assert count(database, Enrolment) == before


@pytest.mark.usefixtures("at_database")
def test_the_demo_does_not_move_in_with_another_mission() -> None:
    given = ["--code", "GE", "--name", "G", "--day", "2024-10-26", "--zone", "Asia/Tbilisi", "--languages", "en"]
    CliRunner().invoke(command.cli, ["mission", "create", *given, "--no-forms"], catch_exceptions=False)
    with pytest.raises(UrnaError, match="holds other missions"):
        demo()


def test_phones_of_the_day_send_each_report_exactly_once(database_url: str, database: Engine, tmp_path: Path) -> None:
    ensure_mission(database, command.DEMO)
    now, valid = datetime.now(UTC), timedelta(hours=1)
    with writing(database) as connection:
        codes = {phone: make_enrolment(connection, MISSION, phone[0], now, valid) for phone in PHONES}
    told: list[str] = []
    with serving(database_url, tmp_path) as server:
        played = play_day(server.url, codes, told.append)
    assert set(played.outcomes) == {"accepted", "duplicate"}
    assert played.outcomes["accepted"] == played.operations
    assert played.reports == count(database, Report)
    assert told[0] == f"{len(PHONES)} phones are enrolled."
    with reading(database) as connection:
        sent = connection.execute(select(LOG.c.flags).where(LOG.c.author_kind == "device")).scalars().all()
        labels = set(connection.execute(select(table(Device).c.label)).scalars())
        states = connection.execute(select(table(Report).c.status).distinct()).scalars().all()
    assert len(sent) == played.operations
    assert set(sent) == {""}
    assert labels == {label(*phone) for phone in PHONES}
    assert "finished" in states
