"""The phone's own core against a real server: what the one mints, the other verifies, folds and gives back."""

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.ledger.papers import papers_in
from app.ledger.verify import verify
from app.people.enrolment import make_enrolment
from app.setup.book import Book
from app.setup.change import change_settings, close_mission
from app.store.database import connect, reading, writing
from app.store.seal import Seal
from app.store.secrets import load_secret
from app.sync.replay import read_file
from tests.remote_phone import RemotePhone, RemotePhoneError, build_phone
from tests.serving import Server

STATIONS = (
    "code,number,name,address,region\n0123,0123,Мектеп-гимназия № 8,Абай даңғылы 12,KZ-75\n0127,0127,Театр,,KZ-75\n"
)
TEAMS = "team,region,members\n0001,KZ-75,2\n0002,KZ-75,2\n"
PLAN = "team,stage,station\n0001,voting,0127\n0001,voting,0123\n"
COMMISSIONS = "code,name_ru,region\nTEC-1,Первая комиссия,KZ-75\n"
CANDIDATES = "code,name_en\nc1,First\nc2,Second\n"
DOOR = {"kind": "station", "id": "0123"}
Row = dict[str, Any]


class Mission:
    def __init__(self, folder: Path) -> None:
        self.folder, self.file = folder, folder / "urna.db"
        (folder / "data").mkdir(exist_ok=True)
        self.server = Server(f"sqlite:///{self.file}", folder / "data", {})

    def set_up(self) -> None:
        self.server.run("migrate")
        day = ("--day", "2022-11-20", "--zone", "Asia/Almaty", "--languages", "en,ru,kk")
        self.server.run("mission", "create", "--code", "M", "--name", "Mission", *day)
        for what, content in {"stations": STATIONS, "teams": TEAMS, "commissions": COMMISSIONS, "plan": PLAN}.items():
            self.bring(what, content)

    def bring(self, what: str, content: str) -> None:
        file = self.folder / f"{what}.csv"
        file.write_text(content, "utf-8")
        self.server.run("import", what, str(file), "--mission", "M", "--json")

    def card(self, team: str = "0001") -> str:
        engine = connect(self.server.database_url)
        with writing(engine) as connection:
            code = make_enrolment(connection, "M", team, datetime.now(UTC), timedelta(hours=1))
        engine.dispose()
        return code

    def rows(self, query: str, *values: object) -> list[Row]:
        with sqlite3.connect(self.file) as connection:
            connection.row_factory = sqlite3.Row
            found = [dict(row) for row in connection.execute(query, values)]
        connection.close()
        return found

    def log_of(self, report_id: str) -> list[Row]:
        return self.rows("SELECT * FROM log WHERE report_id = ? ORDER BY server_seq", report_id)

    def report(self, report_id: str) -> Row:
        (row,) = self.rows("SELECT state FROM report WHERE report_id = ?", report_id)
        state: Row = json.loads(row["state"])
        return state


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_phone(tmp_path_factory.mktemp("phone"))


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A mission that is set up and has seen no server."""
    folder = tmp_path_factory.mktemp("template")
    Mission(folder).set_up()
    return folder


@pytest.fixture(scope="module")
def mission(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mission]:
    folder = tmp_path_factory.mktemp("mission")
    shutil.copytree(template, folder, dirs_exist_ok=True)
    mission = Mission(folder)
    mission.server.start()
    yield mission
    mission.server.kill()


@pytest.fixture
def enrolled(mission: Mission, program: Path) -> Iterator[Callable[..., RemotePhone]]:
    """Phones of a team, each with a card of its own and everything pulled."""
    phones: list[RemotePhone] = []

    def make(team: str = "0001", of: Mission = mission) -> RemotePhone:
        phone = RemotePhone(program, of.server.url)
        phones.append(phone)
        phone.enrol(of.card(team))
        phone.sync()
        return phone

    yield make
    for phone in phones:
        phone.end()


def test_what_a_phone_saves_is_replayed_and_verifies_against_the_log_even_after_the_close(
    mission: Mission, enrolled: Callable[..., RemotePhone]
) -> None:
    """The file of one phone is what an observer can hold against whoever would rewrite the log."""
    phone, engine, now = enrolled(), connect(mission.server.database_url), datetime.now(UTC)
    with writing(engine) as connection:
        close_mission(Book.open(connection, "M", now))
    report_id = phone.start("B", DOOR)
    phone.finish(report_id)
    phone.sync()
    assert state_of(phone, report_id)["state"] == "received"
    saved = phone.copy("all").encode()
    assert [op["op_id"] for op in read_file(saved, len(saved))] == [row["op_id"] for row in mission.log_of(report_id)]
    seal = Seal(load_secret(None, mission.server.data_dir))
    with reading(engine) as connection:
        verdict = verify(connection, "M", seal.verifies, *papers_in(saved))
    [kept] = mission.rows("SELECT count(*) AS kept FROM checkpoint WHERE mission = 'M'")
    assert (verdict.receipts, verdict.checkpoints, verdict.faults) == (1, kept["kept"] + 1, [])
    with writing(engine) as connection:
        change_settings(Book.open(connection, "M", now), {"closed_at": None})
    engine.dispose()


def state_of(phone: RemotePhone, report_id: str) -> Row:
    (summary,) = [report for report in phone.reports() if report["report_id"] == report_id]
    return dict(summary)


def test_a_phone_gets_its_mission_and_is_ready_to_go_offline(enrolled: Callable[..., RemotePhone]) -> None:
    phone = enrolled()
    state = phone.state()
    assert state["preparation"]["ready"]
    assert state["session"]["mission"] == {
        "code": "M",
        "name": "Mission",
        "day": "2022-11-20",
        "zone": "Asia/Almaty",
        "languages": ["en", "ru", "kk"],
    }
    assert [code for code, _ in phone.forms()] == ["A", "B", "C", "D", "E"]
    assert [station["code"] for station in phone.search("abai")] == ["0123"]
    assert [station["code"] for station in phone.planned()] == ["0127", "0123"]
    assert phone.commissions() == [{"code": "TEC-1", "name": {"ru": "Первая комиссия"}, "region": "KZ-75"}]
    assert state["sync"]["problem"] is None
    assert abs(state["sync"]["clock_off_s"]) < 30


def test_a_finished_report_is_signed_linked_accepted_and_counted(
    mission: Mission, enrolled: Callable[..., RemotePhone]
) -> None:
    phone = enrolled()
    report_id = phone.start("B", DOOR)
    phone.answer(report_id, "b01_access", "full")
    phone.sync()
    phone.answer(report_id, "b17_voted_so_far", 412)
    phone.note(report_id, "b17_voted_so_far", "counted signatures — «412»")
    receipt = phone.finish(report_id)
    phone.sync()
    first, last = mission.log_of(report_id)
    assert [(row["kind"], row["state"], row["flags"]) for row in (first, last)] == [
        ("report.revision", "accepted", ""),
        ("report.finish", "accepted", ""),
    ]
    assert last["prev"] == first["link"]
    summary = state_of(phone, report_id)
    assert summary["state"] == "received"
    assert summary["receipt"] | {"received_at": ""} == {
        "code": receipt["code"],
        "received_at": "",
        "server_seq": last["server_seq"],
    }
    folded = mission.report(report_id)
    assert folded["status"] == "finished"
    assert folded["counted"]["answers"] == {"b01_access": "full", "b17_voted_so_far": 412}
    assert folded["counted"]["place"] == DOOR


def test_a_lost_answer_makes_no_second_report(mission: Mission, enrolled: Callable[..., RemotePhone]) -> None:
    phone = enrolled()
    report_id = phone.start("A", DOOR)
    phone.finish(report_id)
    phone.lose(1)
    phone.sync()
    assert state_of(phone, report_id)["state"] == "kept"
    phone.restart()
    phone.sync()
    assert state_of(phone, report_id)["state"] == "received"
    assert len(mission.log_of(report_id)) == 1


def test_a_server_that_is_killed_gets_the_report_when_it_is_back(
    mission: Mission, enrolled: Callable[..., RemotePhone]
) -> None:
    phone = enrolled()
    report_id = phone.start("A", DOOR)
    mission.server.kill()
    phone.finish(report_id)
    phone.sync()
    assert state_of(phone, report_id)["state"] == "kept"
    mission.server.start()
    phone.sync()
    assert state_of(phone, report_id)["state"] == "received"
    assert len(mission.log_of(report_id)) == 1


def test_two_phones_of_a_team_disagree_and_one_settles_it(
    mission: Mission, enrolled: Callable[..., RemotePhone]
) -> None:
    ama, kofi = enrolled(), enrolled()
    report_id = ama.start("B", DOOR)
    ama.answer(report_id, "b01_access", "full")
    ama.sync()
    kofi.sync()
    assert kofi.view(report_id)["answers"] == {"b01_access": "full"}
    assert not state_of(kofi, report_id)["mine"]
    ama.answer(report_id, "b17_voted_so_far", 412)
    kofi.answer(report_id, "b17_voted_so_far", 421)
    ama.sync()
    kofi.sync()
    ama.sync()
    for phone in (ama, kofi):
        values = {voice["value"] for voice in phone.view(report_id)["disagreements"]["b17_voted_so_far"]}
        assert values == {412, 421}
    ama.settle(report_id, "b17_voted_so_far", 412)
    assert ama.view(report_id)["disagreements"] == {}
    ama.finish(report_id)
    ama.sync()
    kofi.sync()
    for phone in (ama, kofi):
        view = phone.view(report_id)
        assert view["disagreements"] == {}
        assert view["answers"] == {"b01_access": "full", "b17_voted_so_far": 412}
        assert (view["summary"]["state"], view["summary"]["finished"]) == ("received", True)
    folded = mission.report(report_id)
    assert folded["status"] == "finished"
    assert folded["counted"]["answers"] == {"b01_access": "full", "b17_voted_so_far": 412}
    assert not folded["open_edit"]


def test_another_takes_over_and_finishes_what_a_dead_phone_began(
    mission: Mission, enrolled: Callable[..., RemotePhone]
) -> None:
    ama, kofi = enrolled(), enrolled()
    report_id = ama.start("B", DOOR)
    ama.answer(report_id, "b01_access", "full")
    ama.sync()
    kofi.sync()
    kofi.finish(report_id)
    kofi.sync()
    folded = mission.report(report_id)
    assert folded["status"] == "finished"
    assert folded["counted"]["answers"] == {"b01_access": "full"}
    assert folded["counted"]["place"] == DOOR


def test_the_other_team_sees_nothing_of_it(enrolled: Callable[..., RemotePhone]) -> None:
    ama, efua = enrolled(), enrolled("0002")
    report_id = ama.start("B", DOOR)
    ama.sync()
    efua.sync()
    assert report_id not in [report["report_id"] for report in efua.reports()]


def test_a_void_is_folded_as_one(mission: Mission, enrolled: Callable[..., RemotePhone]) -> None:
    phone = enrolled()
    report_id = phone.start("B", DOOR)
    phone.finish(report_id)
    phone.void(report_id, {"reason": "mistake"})
    phone.sync()
    assert mission.report(report_id)["status"] == "void"
    assert state_of(phone, report_id)["void"]


def test_a_place_that_nobody_knows_is_held_and_one_off_the_list_is_not(
    mission: Mission, enrolled: Callable[..., RemotePhone]
) -> None:
    phone = enrolled()
    odd = phone.start("B", {"kind": "station", "id": "9999"})
    unlisted = phone.start("B", {"kind": "station", "id": None, "text": "School in the fields"})
    for report_id in (odd, unlisted):
        phone.finish(report_id)
    phone.sync()
    assert (state_of(phone, odd)["state"], state_of(phone, odd)["code"]) == ("held", "unknown_station")
    assert state_of(phone, unlisted)["state"] == "received"


def test_a_phone_that_the_database_forgot_comes_back_by_its_grant(
    mission: Mission, enrolled: Callable[..., RemotePhone]
) -> None:
    phone = enrolled()
    report_id = phone.start("B", DOOR)
    phone.finish(report_id)
    device_id = phone.state()["session"]["device_id"]
    with sqlite3.connect(mission.file) as connection:
        connection.execute("DELETE FROM device WHERE id = ?", (device_id,))
    connection.close()
    phone.sync()
    assert state_of(phone, report_id)["state"] == "received"
    assert [row["flags"] for row in mission.log_of(report_id)] == [""]


def test_a_phone_that_lost_its_cookie_gets_it_back_by_its_card(
    mission: Mission, enrolled: Callable[..., RemotePhone]
) -> None:
    phone = enrolled()
    report_id = phone.start("B", DOOR)
    phone.finish(report_id)
    before = phone.state()["session"]["device_id"]
    phone.forget_cookie()
    phone.sync()
    assert state_of(phone, report_id)["state"] == "received"
    assert [(row["author"], row["carried_by"]) for row in mission.log_of(report_id)] == [(before, None)]
    with sqlite3.connect(mission.file) as connection:
        connection.execute("DELETE FROM device WHERE id = ?", (before,))
    connection.close()
    again = phone.start("B", DOOR)
    phone.finish(again)
    phone.sync()
    assert state_of(phone, again)["state"] == "received"


def test_after_a_new_card_old_work_is_carried_and_new_work_goes_on(
    mission: Mission, enrolled: Callable[..., RemotePhone]
) -> None:
    phone = enrolled()
    report_id = phone.start("B", DOOR)
    phone.answer(report_id, "b01_access", "full")
    phone.network(False)
    phone.sync()
    before = phone.state()["session"]["device_id"]
    phone.network(True)
    phone.enrol(mission.card())
    after = phone.state()["session"]["device_id"]
    phone.answer(report_id, "b17_voted_so_far", 7)
    phone.finish(report_id)
    phone.sync()
    assert [(row["author"], row["carried_by"], row["state"]) for row in mission.log_of(report_id)] == [
        (before, after, "accepted"),
        (after, None, "accepted"),
    ]
    folded = mission.report(report_id)
    assert folded["latest"]["disagreement"] == {}
    assert folded["counted"]["answers"] == {"b01_access": "full", "b17_voted_so_far": 7}


def test_a_lost_phone_may_send_and_reads_nothing(mission: Mission, enrolled: Callable[..., RemotePhone]) -> None:
    phone = enrolled()
    report_id = phone.start("B", DOOR)
    phone.finish(report_id)
    with sqlite3.connect(mission.file) as connection:
        connection.execute("UPDATE device SET state = 'lost' WHERE id = ?", (phone.state()["session"]["device_id"],))
    connection.close()
    phone.sync()
    assert (state_of(phone, report_id)["state"], state_of(phone, report_id)["code"]) == ("held", "device_lost")
    assert phone.state()["session"]["access"] == "lost"


def test_a_used_card_says_so(mission: Mission, enrolled: Callable[..., RemotePhone], program: Path) -> None:
    code = mission.card()
    first, second = RemotePhone(program, mission.server.url), RemotePhone(program, mission.server.url)
    try:
        first.enrol(code)
        with pytest.raises(RemotePhoneError, match="code_used"):
            second.enrol(code)
    finally:
        first.end()
        second.end()


def test_candidates_give_an_open_count_the_next_version(mission: Mission, enrolled: Callable[..., RemotePhone]) -> None:
    phone = enrolled()
    report_id = phone.start("C", DOOR)
    phone.answer(report_id, "c01_access", "full")
    phone.sync()
    version = state_of(phone, report_id)["form_version"]
    mission.bring("candidates", CANDIDATES)
    phone.sync()
    assert state_of(phone, report_id)["form_version"] == version + 1
    phone.answer(report_id, "r12_c1", 100)
    phone.finish(report_id)
    phone.sync()
    assert state_of(phone, report_id)["state"] == "received"
    assert mission.report(report_id)["latest"]["form_version"] == version + 1


def test_a_server_put_back_from_a_backup_gets_everything_again(template: Path, program: Path, tmp_path: Path) -> None:
    shutil.copytree(template, tmp_path / "now")
    mission = Mission(tmp_path / "now")
    mission.server.start()
    phone = RemotePhone(program, mission.server.url)
    try:
        phone.enrol(mission.card())
        phone.sync()
        mission.server.stop()
        shutil.copytree(mission.folder, tmp_path / "backup")
        mission.server.start()
        first = phone.start("A", DOOR)
        phone.finish(first)
        phone.sync()
        mission.server.stop()
        shutil.rmtree(mission.folder)
        shutil.copytree(tmp_path / "backup", mission.folder)
        mission.server.start()
        second = phone.start("B", DOOR)
        phone.finish(second)
        phone.sync()
        phone.sync()
        assert [state_of(phone, report_id)["state"] for report_id in (first, second)] == ["received", "received"]
        assert [len(mission.log_of(report_id)) for report_id in (first, second)] == [1, 1]
        assert phone.state()["sync"]["waiting"] == 0
    finally:
        phone.end()
        mission.server.kill()
