"""What a phone pulls: its team's reports and the mission's set-up, each change once it is there, none stepped over."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, insert, update

from app.store.database import reading, writing
from app.store.epoch import begin_epoch
from app.store.log import LOG
from app.store.tables import ChecklistVersion, Plan, Region, table
from app.sync.cursor import START, Position, read_cursor, write_cursor
from app.sync.pull import Page, pull, read_blob
from tests.cast import AMA, EFUA, EPOCH, KOFI, MISSION, Phone
from tests.rewriting import rewriting
from tests.sending import VISIT, Door, Hand, act, door_of, set_out, uuid

OTHER = uuid("another visit")


@pytest.fixture
def door(database: Engine) -> Iterator[Door]:
    set_out(database)
    with door_of(database) as opened:
        yield opened


def page(door: Door, someone: Phone, cursor: str | None = None, limit: int = 200) -> Page:
    with reading(door.engine) as connection:
        found = pull(connection, MISSION, someone.team, cursor, limit)
    assert found is not None
    return found


def said(page: Page) -> list[tuple[str, str]]:
    return [(change["type"], change["id"]) for change in json.loads(page.as_json())["changes"]]


def data(page: Page, kind: str, id_: str) -> Any:
    return {(c["type"], c["id"]): c["data"] for c in json.loads(page.as_json())["changes"]}[kind, id_]


def everything(door: Door, someone: Phone, cursor: str | None = None, limit: int = 200) -> list[tuple[str, str]]:
    """What comes, page by page, until there is no more."""
    found: list[tuple[str, str]] = []
    while True:
        came = page(door, someone, cursor, limit)
        found += said(came)
        if not came.more:
            return found
        cursor = came.cursor


def test_the_first_pull_brings_the_set_up_and_the_reports_of_the_team(door: Door) -> None:
    door.send(AMA, Hand(AMA).finish())
    door.send(EFUA, Hand(EFUA).finish(report_id=OTHER))
    found = said(page(door, KOFI))
    forms = [("form", f"{code}.1") for code in "ABCDE"]
    assert found == [*forms, ("mission", MISSION), ("stations", "KZ-75"), ("team", "0001"), ("report", VISIT)]


def test_a_pulled_report_is_what_it_folds_to(door: Door) -> None:
    door.send(AMA, Hand(AMA).finish({"b17_voted_so_far": 412}))
    report = data(page(door, KOFI), "report", VISIT)
    assert report == door.reports()[VISIT]["state"]
    assert report["latest"]["heads"] == {AMA.device_id: 1}


def test_forms_and_lists_of_stations_are_named_by_the_hash_of_their_bytes(door: Door) -> None:
    first = page(door, AMA)
    form, stations = data(first, "form", "B.1"), data(first, "stations", "KZ-75")
    assert (form["code"], form["version"]) == ("B", 1)
    with reading(door.engine) as connection:
        assert read_blob(connection, MISSION, stations["hash"]) == (b'{"kind":"urna.stations"}', "application/json")
        content, _ = read_blob(connection, MISSION, form["hash"]) or (b"", "")
        assert json.loads(content)["code"] == "B"
        assert read_blob(connection, "GE", form["hash"]) is None


def test_after_the_cursor_comes_only_what_changed(door: Door) -> None:
    cursor = page(door, AMA).cursor
    assert said(page(door, AMA, cursor)) == []
    assert page(door, AMA, cursor).cursor == cursor
    door.send(AMA, Hand(AMA).say())
    assert said(page(door, AMA, cursor)) == [("report", VISIT)]


def test_what_other_teams_do_leaves_the_cursor_where_it_is(door: Door) -> None:
    cursor = page(door, AMA).cursor
    door.send(EFUA, Hand(EFUA).finish(report_id=OTHER))
    assert (said(page(door, AMA, cursor)), page(door, AMA, cursor).cursor) == ([], cursor)


def test_a_report_that_changes_again_comes_again(door: Door) -> None:
    hand = Hand(AMA)
    door.send(AMA, hand.say())
    cursor = page(door, AMA).cursor
    door.send(AMA, hand.finish())
    assert said(page(door, AMA, cursor)) == [("report", VISIT)]


def test_an_act_of_staff_changes_the_report_that_is_pulled(door: Door) -> None:
    door.send(AMA, Hand(AMA).finish({"b17_voted_so_far": 1}))
    cursor = page(door, AMA).cursor
    [number] = door.append(act("amend", answers={"b17_voted_so_far": 2}, seen={AMA.device_id: 1}))
    report = data(page(door, AMA, cursor), "report", VISIT)
    assert report["counted"]["answers"] == {"b17_voted_so_far": 2}
    assert report["latest"]["heads"]["staff"] == number


def test_a_release_comes_with_its_report(door: Door) -> None:
    op = Hand(AMA).finish(form_version=9)
    door.send(AMA, op)
    cursor = page(door, AMA).cursor
    door.append(act("release", op_ids=[op["op_id"]]))
    after = page(door, AMA, cursor)
    assert data(after, "op", op["op_id"]) == {"state": "accepted", "code": None}
    assert data(after, "report", VISIT)["status"] == "finished"
    assert ("op", op["op_id"]) not in said(page(door, AMA, after.cursor))


def test_only_the_newest_version_of_a_form_comes_and_older_ones_with_reports_that_used_them(door: Door) -> None:
    door.send(AMA, Hand(AMA).finish())
    [number] = door.append(act("amend", report_id=OTHER))
    with writing(door.engine) as connection:
        row = {"mission": MISSION, "code": "B", "version": 2, "hash": "0" * 64, "from_seq": number}
        connection.execute(insert(table(ChecklistVersion)).values(**row))
        mark_set_up(connection, number)
    assert {id_ for kind, id_ in said(page(door, EFUA)) if kind == "form"} == {"A.1", "B.2", "C.1", "D.1", "E.1"}
    assert {"B.1", "B.2"} <= {id_ for kind, id_ in said(page(door, AMA)) if kind == "form"}


def mark_set_up(connection: Any, number: int, kind: str = "setup.form") -> None:
    """Make entry `number` one of set-up: the log tells a pull whether to look at set-up at all."""
    with rewriting(connection):
        connection.execute(update(LOG).where(LOG.c.server_seq == number).values(author="setup", kind=kind))


def test_the_plan_of_the_team_is_one_thing_that_replaces_the_one_before(door: Door) -> None:
    visits = [{"team": "0001", "position": 1, "place": "S1", "stage": "voting"}]
    cursor = page(door, AMA).cursor
    [number] = door.append(act("amend", report_id=OTHER))
    with writing(door.engine) as connection:
        connection.execute(insert(table(Plan)), [{"mission": MISSION, "from_seq": number, **visit} for visit in visits])
        mark_set_up(connection, number, "setup.plan")
    planned = data(page(door, AMA, cursor), "plan", "0001")
    assert planned == {"team": "0001", "visits": [{"position": 1, "place": "S1", "stage": "voting"}]}
    assert data(page(door, EFUA), "plan", "0002") == {"team": "0002", "visits": []}


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_pages_of_any_size_bring_everything_once(door: Door, limit: int) -> None:
    with writing(door.engine) as connection:
        rows = [{"mission": MISSION, "code": f"R{n}", "name": {}, "blob": "0" * 64, "from_seq": 0} for n in range(5)]
        connection.execute(insert(table(Region)), rows)
    for n in range(5):
        door.send(AMA, Hand(AMA).finish(report_id=uuid(f"visit {n}")))
    found = everything(door, AMA, limit=limit)
    assert len(found) == len(set(found)) == len(said(page(door, AMA)))
    assert set(found) == set(said(page(door, AMA)))


def test_what_changes_while_a_phone_pages_is_not_stepped_over(door: Door) -> None:
    hands = {n: Hand(AMA) for n in range(4)}
    for n, hand in hands.items():
        door.send(AMA, hand.say(report_id=uuid(f"visit {n}")))
    first = page(door, AMA, limit=9)
    door.send(AMA, hands[3].finish(report_id=uuid("visit 3")))
    door.send(AMA, hands[0].finish(report_id=uuid("visit 0")))
    rest = everything(door, AMA, first.cursor, limit=1)
    assert {("report", uuid(f"visit {n}")) for n in (0, 1, 2, 3)} <= {*said(first), *rest}
    assert rest[-2:] == [("report", uuid("visit 3")), ("report", uuid("visit 0"))]


def test_a_cursor_of_another_epoch_team_or_mission_is_none(door: Door) -> None:
    cursor = page(door, AMA).cursor
    with reading(door.engine) as connection:
        assert pull(connection, MISSION, "0002", cursor, 10) is None
    with writing(door.engine) as connection:
        begin_epoch(connection, MISSION)
    with reading(door.engine) as connection:
        assert pull(connection, MISSION, "0001", cursor, 10) is None


@given(st.integers(0, 2**53 - 1), st.text(max_size=20), st.text(max_size=20), st.text(max_size=20))
def test_a_cursor_is_read_as_it_was_written(rev: int, kind: str, id_: str, team: str) -> None:
    position = Position(rev, kind, id_)
    cursor = write_cursor(EPOCH, MISSION, team, position)
    assert read_cursor(cursor, EPOCH, MISSION, team) == position
    assert set(cursor) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@given(st.text(max_size=300) | st.binary(max_size=60).map(lambda raw: raw.hex()))
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_any_other_text_is_no_cursor(text: str) -> None:
    assert read_cursor(text, EPOCH, MISSION, "0001") is None


def test_the_start_lies_before_everything() -> None:
    assert Position(0, "form", "A.1") > START
