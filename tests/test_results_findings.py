"""What the checks find, in a report and across reports, as analysts read it."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, insert

from app.results.findings import findings
from app.store.database import reading, writing
from app.store.tables import Station, table
from app.sync.follower import Follower
from tests.cast import AMA, EFUA, KOFI, MISSION
from tests.sending import COMMISSION, STATION, Door, Hand, door_of, set_out, uuid

PLACE = {"kind": "station", "id": STATION, "text": None}
FIRST, SECOND = uuid("first"), uuid("second")


@pytest.fixture
def door(database: Engine) -> Iterator[Door]:
    set_out(database)
    with door_of(database) as opened:
        yield opened


def found(door: Door, *checks: str, regions: tuple[str, ...] = ()) -> dict[str, Any]:
    Follower(door.engine).catch_up()
    with reading(door.engine) as connection:
        return findings(connection, MISSION, checks, regions)


def fails(answer: dict[str, Any]) -> list[tuple[str, list[str], int | None]]:
    return [(one["check"], sorted(one["reports"]), one["difference"]) for one in answer["findings"]]


def counted(door: Door, voted: int, at: str, hand: Hand, report_id: str) -> None:
    times = {"arrived_at": f"2022-11-20T{at}", "departed_at": None}
    door.send(hand.phone, hand.finish({"b17_voted_so_far": voted}, report_id=report_id, place=PLACE, **times))


def test_voters_who_become_fewer_are_found_across_teams(door: Door) -> None:
    counted(door, 300, "11:00", Hand(AMA), FIRST)
    counted(door, 250, "15:00", Hand(EFUA), SECOND)
    assert fails(found(door, "K18")) == [("K18", sorted([FIRST, SECOND]), 50)]


def test_voters_who_become_more_pass(door: Door) -> None:
    counted(door, 300, "11:00", Hand(AMA), FIRST)
    counted(door, 350, "15:00", Hand(EFUA), SECOND)
    answer = found(door, "K18")
    assert fails(answer) == []
    assert answer["checks"] == [{"check": "K18", "pass": 1, "fail": 0, "not_computable": 0}]


def test_two_phones_of_a_team_at_one_place_within_the_hour_are_probably_one_visit(door: Door) -> None:
    counted(door, 300, "11:00", Hand(AMA), FIRST)
    counted(door, 300, "11:20", Hand(KOFI), SECOND)
    assert [check for check, _, _ in fails(found(door, "K20"))] == ["K20"]


def test_a_protocol_that_does_not_add_up_is_listed_with_its_report(door: Door) -> None:
    answers = {"r02_received": 100, "r03_issued": 90, "r06_unused": 5, "r07_spoiled": 0}
    hand = Hand(AMA)
    door.send(AMA, hand.say(answers, "report.finish", form="C", report_id=FIRST, place=PLACE))
    [one] = found(door, "K01")["findings"]
    assert (one["reports"], abs(one["difference"])) == ([FIRST], 5)
    assert found(door, "K01", regions=("KZ-75", "KZ-99"))["findings"] == [one]
    assert found(door, "K01", regions=("KZ-99",)) == {"checks": [], "findings": [], "waiting": 0}


def test_a_visit_to_a_commission_of_the_list_is_at_a_known_place(door: Door) -> None:
    place = {"kind": "commission", "id": COMMISSION, "text": None}
    hand = Hand(AMA)
    door.send(AMA, hand.say({}, "report.finish", form="D", report_id=FIRST, place=place, arrived_at="2022-11-21T01:00"))
    one_pass = [{"check": "K14", "pass": 1, "fail": 0, "not_computable": 0}]
    assert found(door, "K14")["checks"] == found(door, "K14", regions=("KZ-75",))["checks"] == one_pass


def test_a_number_that_two_stations_bear_names_neither_of_them(door: Door) -> None:
    other = {"mission": MISSION, "code": "KZ-79-0123", "number": "123", "name": "School 3", "address": ""}
    with writing(door.engine) as connection:
        connection.execute(insert(table(Station)).values(**other, region="KZ-79", from_seq=0))
    hand, place = Hand(AMA), {"kind": "commission", "id": COMMISSION, "text": None}
    for code, report_id in ((STATION, FIRST), ("KZ-79-0123", uuid("third"))):
        at = {"kind": "station", "id": code, "text": None}
        door.send(AMA, hand.say({"r01_voters": 900}, "report.finish", form="C", report_id=report_id, place=at))
    copied = {"d23_station_1": "123", "t01_voters_1": 800}
    door.send(AMA, hand.say(copied, "report.finish", form="D", report_id=SECOND, place=place))
    assert found(door, "K16") == {"checks": [], "findings": [], "waiting": 0}


def test_a_draft_makes_no_finding(door: Door) -> None:
    hand = Hand(AMA)
    door.send(AMA, hand.say({"b17_voted_so_far": 9}, report_id=FIRST, place=PLACE, arrived_at="2022-11-20T11:00"))
    assert found(door) == {"checks": [], "findings": [], "waiting": 0}


def test_what_is_still_being_worked_out_is_counted(door: Door) -> None:
    counted(door, 300, "11:00", Hand(AMA), FIRST)
    with reading(door.engine) as connection:
        assert findings(connection, MISSION)["waiting"] == 1
