"""The epoch: a database that has gone back in time is noticed before it answers."""

import json
from pathlib import Path

import pytest
from sqlalchemy import Engine

from app.store.database import reading, writing
from app.store.epoch import EpochConflictError, Heartbeat, Mark, adopt, begin_epoch, marks_of, read_marks
from app.store.log import append
from tests.cast import BEFORE, EPOCH, MISSION, set_stage
from tests.serving import Server
from tests.test_log import draft


@pytest.fixture
def stage(database: Engine) -> Engine:
    set_stage(database)
    return database


def start(engine: Engine, folder: Path) -> None:
    heartbeat = Heartbeat(engine, folder)
    heartbeat.start()
    heartbeat.stop()


def test_without_a_file_the_epoch_is_written_down(stage: Engine, tmp_path: Path) -> None:
    start(stage, tmp_path)
    assert json.loads((tmp_path / "epoch").read_text()) == {MISSION: {"epoch": EPOCH, "server_seq": 0}}


def test_the_file_follows_the_head(stage: Engine, tmp_path: Path) -> None:
    heartbeat = Heartbeat(stage, tmp_path, every_s=0.02)
    heartbeat.start()
    with writing(stage) as connection:
        append(connection, MISSION, [draft(), draft()], BEFORE)
    heartbeat.stop()
    assert read_marks(tmp_path)[MISSION].server_seq == 2


def test_a_database_behind_the_file_does_not_start(stage: Engine, tmp_path: Path) -> None:
    (tmp_path / "epoch").write_text(json.dumps({MISSION: {"epoch": EPOCH, "server_seq": 7}}))
    with pytest.raises(EpochConflictError, match="urna restore --adopt"):
        start(stage, tmp_path)


@pytest.mark.parametrize(
    "remembered", [{MISSION: {"epoch": "other", "server_seq": 0}}, {"XX": {"epoch": "e", "server_seq": 1}}]
)
def test_a_database_of_another_epoch_or_without_the_mission_does_not_start(
    stage: Engine, tmp_path: Path, remembered: dict[str, dict[str, object]]
) -> None:
    (tmp_path / "epoch").write_text(json.dumps(remembered))
    with pytest.raises(EpochConflictError):
        start(stage, tmp_path)


def test_a_new_epoch_numbers_from_the_next_thousand_million(stage: Engine) -> None:
    with writing(stage) as connection:
        append(connection, MISSION, [draft()], BEFORE)
        begin_epoch(connection, MISSION)
        assert append(connection, MISSION, [draft()], BEFORE)[0].server_seq == 10**9
        begin_epoch(connection, MISSION, beyond=5 * 10**9 + 3)
        assert append(connection, MISSION, [draft()], BEFORE)[0].server_seq == 6 * 10**9
    with reading(stage) as connection:
        assert marks_of(connection)[MISSION].epoch != EPOCH


def test_adopting_an_older_database_begins_an_epoch_above_what_the_file_remembers(
    stage: Engine, tmp_path: Path
) -> None:
    (tmp_path / "epoch").write_text(json.dumps({MISSION: {"epoch": EPOCH, "server_seq": 7}}))
    marks = adopt(stage, tmp_path)
    assert (marks[MISSION].epoch != EPOCH, marks[MISSION].server_seq) == (True, 10**9 - 1)
    start(stage, tmp_path)


def test_adopting_a_database_that_lost_nothing_changes_nothing(stage: Engine, tmp_path: Path) -> None:
    start(stage, tmp_path)
    assert adopt(stage, tmp_path) == {MISSION: Mark(EPOCH, 0)}


def test_the_server_refuses_an_older_database_in_words_until_it_is_adopted(
    stage: Engine, database_url: str, tmp_path: Path
) -> None:
    (tmp_path / "epoch").write_text(json.dumps({MISSION: {"epoch": EPOCH, "server_seq": 7}}))
    server = Server(database_url, tmp_path, {})
    refused = server.run("serve", "--port", "0", check=False)
    assert (refused.returncode, "urna restore --adopt" in refused.stderr) == (4, True)
    server.run("restore", "--adopt")
    try:
        assert server.start().url.startswith("http://127.0.0.1:")
    finally:
        server.kill()
