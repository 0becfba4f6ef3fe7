"""Findings follow reports and set-up; `urna rebuild` makes every projection again, to the last bit."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, delete, insert, select, update

from app.forms.fold import Operation, fold, to_json
from app.store.database import reading, writing
from app.store.log import LOG, append
from app.store.tables import Report, ReportFindings, table
from app.sync.follower import Follower
from app.sync.project import project_reports
from app.sync.rebuild import missions_of, rebuild_findings, rebuild_reports
from app.sync.report_rows import to_bytes
from tests.cast import AMA, EFUA, KOFI, MISSION
from tests.rewriting import rewriting
from tests.sending import STATION, VISIT, Door, Hand, act, door_of, set_out, uuid

REPORTS, FINDINGS = table(Report), table(ReportFindings)
TOO_MANY = {"r03_issued": 400, "r08_stationary": 430, "r09_mobile_boxes": 10}
"""More ballots in the boxes than were given out."""


@pytest.fixture
def door(database: Engine) -> Iterator[Door]:
    set_out(database)
    with door_of(database) as opened:
        yield opened


@pytest.fixture
def follower(door: Door) -> Follower:
    return Follower(door.engine)


def findings(door: Door, report_id: str = VISIT) -> Any:
    with reading(door.engine) as connection:
        query = select(FINDINGS.c.findings).where(FINDINGS.c.report_id == report_id)
        stored = connection.execute(query).scalar_one_or_none()
    return None if stored is None else json.loads(stored)


def checks(found: Any) -> dict[str, str]:
    return {check["check"]: check["result"] for check in found["checks"]}


def test_a_protocol_that_does_not_add_up_is_accepted_and_found(door: Door, follower: Follower) -> None:
    place = {"kind": "station", "id": STATION}
    assert door.outcomes(AMA, Hand(AMA).finish(TOO_MANY, form="C", place=place)) == [("accepted", None)]
    assert follower.catch_up() == 1
    found = findings(door)
    assert checks(found["counted"])["K03"] == "fail"
    assert found["counted"] == found["latest"]


def test_an_unknown_question_and_a_value_outside_the_options_are_found(door: Door, follower: Follower) -> None:
    door.send(AMA, Hand(AMA).finish({"b01_access": "by helicopter", "never_asked": 7}))
    follower.catch_up()
    found = findings(door)["latest"]
    assert (found["unknown"], found["outside"]) == (["never_asked"], ["b01_access"])


def test_a_draft_has_findings_of_its_latest_state_alone(door: Door, follower: Follower) -> None:
    door.send(AMA, Hand(AMA).say())
    follower.catch_up()
    assert findings(door)["counted"] is None
    assert findings(door)["latest"]["checks"] is not None


def test_a_report_is_judged_again_when_it_changes_and_only_then(door: Door, follower: Follower) -> None:
    hand = Hand(AMA)
    door.send(AMA, hand.say())
    assert [follower.catch_up(), follower.catch_up()] == [1, 0]
    door.send(AMA, hand.finish())
    door.send(EFUA, Hand(EFUA).say(report_id=uuid("x")))
    assert [follower.catch_up(), follower.catch_up()] == [2, 0]


def test_a_follower_that_starts_anew_judges_only_what_waits(door: Door, follower: Follower) -> None:
    door.send(AMA, Hand(AMA).say())
    follower.catch_up()
    door.send(EFUA, Hand(EFUA).say(report_id=uuid("x")))
    assert Follower(door.engine).catch_up() == 1


def test_every_report_is_judged_again_when_the_set_up_changes(door: Door, follower: Follower) -> None:
    door.send(AMA, Hand(AMA).say())
    follower.catch_up()
    [number] = door.append(act("amend", report_id=uuid("x")))
    follower.catch_up()
    with writing(door.engine) as connection, rewriting(connection):
        connection.execute(update(LOG).where(LOG.c.server_seq == number).values(author="setup", kind="setup.mission"))
    assert follower.catch_up() >= 1


def test_a_held_report_of_an_unknown_form_has_no_findings_and_stops_nobody(door: Door, follower: Follower) -> None:
    door.send(AMA, Hand(AMA).finish(form="Z"))
    door.send(EFUA, Hand(EFUA).finish(report_id=uuid("x")))
    assert follower.catch_up() == 2
    assert findings(door) == {"latest": None, "counted": None}
    assert findings(door, uuid("x"))["counted"] is not None


def test_the_thread_judges_within_a_second(door: Door) -> None:
    running = Follower(door.engine, every_s=0.02)
    running.start()
    door.send(AMA, Hand(AMA).finish())
    for _ in range(100):
        if findings(door) is not None:
            break
        running._stop.wait(0.05)
    running.stop()
    assert findings(door) is not None


# Rebuilding


def a_day(door: Door) -> None:
    ama, kofi, efua = Hand(AMA), Hand(KOFI), Hand(EFUA)
    door.send(AMA, ama.say({"b17_voted_so_far": 1}), ama.finish({"b17_voted_so_far": 2}))
    door.send(KOFI, kofi.say({"b17_voted_so_far": 3}), kofi.say(report_id=uuid("k")))
    door.send(EFUA, efua.finish(report_id=uuid("e")), efua.finish(form="Z", report_id=uuid("z")))
    door.append(act("amend", answers={"b17_voted_so_far": 4}), act("exclude", report_id=uuid("e")))


def rows(door: Door) -> list[Any]:
    with reading(door.engine) as connection:
        reports = connection.execute(select(REPORTS).order_by(REPORTS.c.report_id)).all()
        return [*reports, *connection.execute(select(FINDINGS).order_by(FINDINGS.c.report_id))]


def test_a_rebuild_finds_everything_the_same_to_the_last_bit(door: Door, follower: Follower) -> None:
    a_day(door)
    follower.catch_up()
    before = rows(door)
    assert missions_of(door.engine) == [MISSION]
    assert (rebuild_reports(door.engine, MISSION), rebuild_findings(door.engine, MISSION)) == ([], [])
    assert rows(door) == before
    assert len(before) == 8


def test_projections_that_were_dropped_come_back_as_they_were(door: Door, follower: Follower) -> None:
    a_day(door)
    follower.catch_up()
    before = rows(door)
    with writing(door.engine) as connection:
        connection.execute(delete(REPORTS))
        connection.execute(delete(FINDINGS))
    assert len(rebuild_reports(door.engine, MISSION)) == 4
    assert rebuild_findings(door.engine, MISSION) == [], "findings that were not there yet are not a difference"
    assert rows(door) == before


@pytest.mark.parametrize(
    "change",
    [
        {"state": b"{}"},
        {"status": "draft"},
        {"team": None},
        {"place_id": "x"},
        {"form_version": 7},
        {"last_seq": 1},
        {"first_seq": 0},
    ],
)
def test_a_row_that_was_changed_by_hand_is_found_and_mended(door: Door, change: dict[str, Any]) -> None:
    a_day(door)
    before = rows(door)
    with writing(door.engine) as connection:
        connection.execute(update(REPORTS).where(REPORTS.c.report_id == VISIT).values(**change))
    assert rebuild_reports(door.engine, MISSION) == [VISIT]
    assert rows(door) == before
    assert rebuild_reports(door.engine, MISSION) == []


def test_a_row_of_no_operation_is_found_and_removed(door: Door) -> None:
    a_day(door)
    with writing(door.engine) as connection:
        row = dict(connection.execute(select(REPORTS).where(REPORTS.c.report_id == VISIT)).mappings().one())
        connection.execute(insert(REPORTS).values(**{**row, "report_id": uuid("ghost")}))
    assert rebuild_reports(door.engine, MISSION) == [uuid("ghost")]
    assert uuid("ghost") not in door.reports()


def test_a_changed_finding_is_found_and_mended(door: Door, follower: Follower) -> None:
    a_day(door)
    follower.catch_up()
    before = rows(door)
    with writing(door.engine) as connection:
        connection.execute(update(FINDINGS).where(FINDINGS.c.report_id == VISIT).values(findings=b"{}"))
    assert rebuild_findings(door.engine, MISSION) == [VISIT]
    assert rows(door) == before


def test_who_appends_without_the_writer_folds_for_himself(door: Door) -> None:
    door.send(AMA, Hand(AMA).finish())
    with writing(door.engine) as connection:
        append(connection, MISSION, [act("exclude")], datetime.now(UTC))
        project_reports(connection, MISSION, [VISIT])
    assert door.reports()[VISIT]["status"] == "excluded"


def test_an_entry_that_could_not_be_projected_is_taken_in_when_its_report_changes_again(door: Door) -> None:
    with writing(door.engine) as connection:
        append(connection, MISSION, [act("amend", answers={"b17_voted_so_far": 7})], datetime.now(UTC))
    door.send(AMA, Hand(AMA).finish())
    assert door.reports()[VISIT]["state"]["counted"]["answers"] == {"b17_voted_so_far": 7}
    assert rebuild_reports(door.engine, MISSION) == []


def test_the_fast_writer_writes_what_the_fold_calls_canonical() -> None:
    odd = {
        "a": 0.1,
        "b": -0.0,
        "c": 1.5,
        "d": 'Құпия \u2028 😀 " \\ \x1f',
        "e": [1, None, True],
        "é": {"blank": "x"},
    }
    operation = Operation("op", "report.finish", "d", 1, "f" * 64, {"form": "B", "answers": odd})
    assert to_bytes(fold([operation])) == to_json(fold([operation]))
