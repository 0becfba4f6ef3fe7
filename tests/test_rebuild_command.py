"""urna rebuild: everything that is shown, made again from the log alone."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import typer
from sqlalchemy import Engine, delete, insert, update
from typer.testing import CliRunner

from app.forms.catalogue import built_in
from app.setup.missions import create_mission
from app.setup.projection import PROJECTED, rebuild
from app.store.database import reading, writing
from app.store.tables import Device, Report, ReportFindings, Team, table
from app.sync.commands import register
from app.sync.follower import Follower
from tests.cast import AMA, BEFORE, MISSION, _device_row
from tests.sending import VISIT, Door, Hand, act, door_of

SHOWN = (*PROJECTED, table(Report), table(ReportFindings))


@pytest.fixture
def door(database: Engine) -> Iterator[Door]:
    """A mission that was set up by entries of its log, with one finished report that staff amended."""
    with writing(database) as connection:
        create_mission(connection, MISSION, "N", "2022-11-20", "Asia/Almaty", ["en"], built_in().values(), BEFORE)
        connection.execute(insert(table(Device)).values(**_device_row(AMA, MISSION)))
    with door_of(database) as opened:
        hand = Hand(AMA)
        opened.send(AMA, hand.say({"b17_voted_so_far": 1}), hand.finish({"b17_voted_so_far": 2}))
        opened.append(act("amend", answers={"b17_voted_so_far": 3}))
        Follower(database).catch_up()
        yield opened


def run(door: Door, *arguments: str) -> tuple[int, Any]:
    """Exit code, and what was different."""
    cli = typer.Typer()
    cli.callback()(lambda: None)
    register(cli, lambda: door.engine, rebuild)
    done = CliRunner().invoke(cli, ["rebuild", "--json", *arguments])
    assert done.exit_code in (0, 1), done.exception
    return done.exit_code, json.loads(done.stdout)["differing"]


def shown(door: Door) -> list[Any]:
    with reading(door.engine) as connection:
        return [tuple(row) for one in SHOWN for row in connection.execute(one.select().order_by(*one.primary_key))]


def test_a_mission_that_only_its_log_made_is_the_same_to_the_last_bit(door: Door) -> None:
    before = shown(door)
    assert run(door) == (0, {MISSION: {}})
    assert shown(door) == before
    assert len(before) == 8, "mission, five forms, a report and its findings"


def test_whatever_is_dropped_comes_back(door: Door) -> None:
    before = shown(door)
    with writing(door.engine) as connection:
        for one in SHOWN:
            connection.execute(delete(one))
    code, differing = run(door, "--mission", MISSION)
    assert code == 1
    assert differing[MISSION]["reports"] == [VISIT]
    assert shown(door) == before
    assert run(door) == (0, {MISSION: {}})


def test_one_bit_that_differs_is_named_and_exits_1(door: Door) -> None:
    before = shown(door)
    with writing(door.engine) as connection:
        connection.execute(update(table(Report)).values(status="draft"))
        connection.execute(insert(table(Team)).values(mission=MISSION, code="9", from_seq=1))
    assert run(door) == (1, {MISSION: {"set_up": ["team"], "reports": [VISIT]}})
    assert shown(door) == before
