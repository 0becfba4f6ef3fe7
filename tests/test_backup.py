"""Backups: made while the log grows, read again before they count, and put back in the place of what is there."""

import json
import os
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typer
from sqlalchemy import Engine, MetaData, select, text
from typer.testing import CliRunner, Result

from app.operations.commands import register
from app.operations.ground import Standing
from app.store.backup import Backup, BackupError, back_up, backups_in, examine, keep_newest, manifest_of, opened
from app.store.database import connect, reading, writing
from app.store.epoch import Mark, marks_of, write_marks
from app.store.log import append
from app.store.restore import put_back
from app.store.unbroken import first_break
from tests.cast import AMA, BEFORE, EPOCH, MISSION
from tests.conftest import new_database
from tests.sending import Door, Hand, door_of, set_out, uuid
from tests.serving import Server
from tests.test_log import draft

KEPT = ("epoch", "server_seq", "entry")


@pytest.fixture
def door(database: Engine) -> Iterator[Door]:
    set_out(database)
    with door_of(database) as opened_door:
        hand = Hand(AMA)
        said = [hand.finish({"b17_voted_so_far": n}, report_id=uuid(f"r{n}"), comment="Ә\u2028😀") for n in range(5)]
        opened_door.send(AMA, *said, hand.say({"b17_voted_so_far": 9}, report_id=uuid("r0")))
        yield opened_door


def made(engine: Engine, folder: Path) -> Backup:
    return back_up(engine, folder, "seal", datetime.now(UTC))


def everything(engine: Engine) -> dict[str, list[Any]]:
    """Every row of every table but the heads, whose epoch a restore changes."""
    with reading(engine) as connection:
        return _rows(connection)


def _rows(connection: Any) -> dict[str, list[Any]]:
    tables = MetaData()
    tables.reflect(connection)
    return {
        name: sorted(tuple(map(repr, row)) for row in connection.execute(select(one)))
        for name, one in tables.tables.items()
        if name not in ("log_head", "alembic_version")
    }


def test_a_backup_holds_every_row_and_says_so_beside(door: Door, tmp_path: Path) -> None:
    backup = made(door.engine, tmp_path / "b")
    with opened(Path(backup.file)) as connection:
        assert _rows(connection) == everything(door.engine)
    assert backup.missions[MISSION]["server_seq"] == 6
    assert json.loads(manifest_of(Path(backup.file)).read_text())["sha256"] == backup.sha256
    assert sorted(path.suffix for path in (tmp_path / "b").iterdir()) == [".db", ".json"]
    assert os.stat(backup.file).st_mode & 0o077 == 0


def test_a_backup_made_while_the_log_grows_is_one_moment_of_it(door: Door, tmp_path: Path) -> None:
    over = threading.Event()

    def grow() -> None:
        while not over.is_set():
            with writing(door.engine) as connection:
                append(connection, MISSION, [draft() for _ in range(20)], BEFORE)

    growing = threading.Thread(target=grow)
    growing.start()
    try:
        heads = [made(door.engine, tmp_path / "b").missions[MISSION]["server_seq"] for _ in range(4)]
    finally:
        over.set()
        growing.join()
    assert heads == sorted(heads)
    assert len(set(heads)) > 1
    for file in backups_in(tmp_path / "b"):
        examine(file)


def test_a_backup_that_was_cut_or_changed_is_refused(door: Door, tmp_path: Path) -> None:
    file = Path(made(door.engine, tmp_path / "b").file)
    whole = file.read_bytes()
    for spoilt in (whole[:-4096], whole[: len(whole) // 2], b"", whole[:5000] + b"\xff" + whole[5001:]):
        file.write_bytes(spoilt)
        with pytest.raises(BackupError):
            examine(file)
    manifest_of(file).unlink()
    for spoilt in (whole[: len(whole) // 2], b"x" * 5000):
        file.write_bytes(spoilt)
        with pytest.raises(BackupError):
            examine(file)
    with pytest.raises(BackupError, match="no file"):
        examine(tmp_path / "nowhere.db")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        ("UPDATE log SET body = CAST('{}' AS BLOB) WHERE server_seq = 3", "entry 3"),
        ("DELETE FROM log WHERE server_seq = 2", "entry 2"),
        ("DELETE FROM log WHERE server_seq = 6", "entry 6"),
        ("UPDATE log SET received_at = received_at + 1 WHERE server_seq = 5", "entry 5"),
        ("UPDATE blob SET content = CAST('x' AS BLOB)", "blob"),
        ("UPDATE alembic_version SET version_num = 'ffff'", "another version"),
    ],
)
def test_a_backup_of_a_log_that_was_tampered_with_names_the_place(
    door: Door, tmp_path: Path, spoil: str, said: str
) -> None:
    file = Path(made(door.engine, tmp_path / "b").file)
    manifest_of(file).unlink()
    with sqlite3.connect(file) as connection:
        for name in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name[0]}")
        connection.execute(spoil)
    connection.close()
    with pytest.raises(BackupError, match=said):
        examine(file)


def test_a_log_that_is_whole_has_no_break(door: Door) -> None:
    with reading(door.engine) as connection:
        assert first_break(connection, MISSION) is None
        with pytest.raises(LookupError):
            first_break(connection, "XX")


def test_nothing_is_left_where_a_backup_cannot_be_made(door: Door, tmp_path: Path) -> None:
    with writing(door.engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'ffff'"))
    with pytest.raises(BackupError, match="schema"):
        made(door.engine, tmp_path / "b")
    assert not (tmp_path / "b").exists()


def test_the_newest_are_kept(door: Door, tmp_path: Path) -> None:
    files = [Path(made(door.engine, tmp_path / "b").file) for _ in range(3)]
    assert keep_newest(tmp_path / "b", 2) == files[:1]
    assert backups_in(tmp_path / "b") == files[1:]
    assert keep_newest(tmp_path / "b", 0) == []


@pytest.mark.parametrize("target", ["sqlite", "postgresql"])
def test_a_backup_of_either_database_is_put_back_into_either(
    door: Door, target: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    before = everything(door.engine)
    file = Path(made(door.engine, tmp_path / "b").file)
    (tmp_path / "new").mkdir()
    with new_database(request, target, tmp_path / "new") as url:
        engine = connect(url)
        with writing(engine) as connection:
            connection.execute(text("INSERT INTO blob VALUES ('OLD', 'h', 'm', 'c')"))
        write_marks(tmp_path / "new", {})
        restored = put_back(engine, file, tmp_path / "new", datetime(2022, 11, 20, tzinfo=UTC))
        assert everything(engine) == before
        with reading(engine) as connection:
            assert first_break(connection, MISSION) is None
            head = marks_of(connection)[MISSION]
        assert (head.epoch != EPOCH, head.server_seq) == (True, 10**9 - 1)
        assert restored.marks[MISSION] == head
        assert "before_restore_20221120" in str(restored.aside)
        assert _aside_has_the_old(engine, str(restored.aside))
        with writing(engine) as connection:
            assert append(connection, MISSION, [draft()], BEFORE)[0].server_seq == 10**9
        engine.dispose()


def _aside_has_the_old(engine: Engine, aside: str) -> bool:
    query = "SELECT mission FROM {}blob WHERE mission = 'OLD'"
    if engine.dialect.name == "sqlite":
        with sqlite3.connect(aside) as old:
            found = old.execute(query.format("")).fetchall()
        old.close()
        return len(found) == 1
    with reading(engine) as connection:
        return len(connection.execute(text(query.format(f'"{aside}".'))).all()) == 1


def test_a_table_of_somebody_else_in_the_database_does_not_stop_a_backup(
    door: Door, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with writing(door.engine) as connection:
        connection.execute(text("CREATE TABLE of_somebody_else (n int)"))
    file = Path(made(door.engine, tmp_path / "b").file)
    (tmp_path / "new").mkdir()
    with new_database(request, "postgresql", tmp_path / "new") as url:
        engine = connect(url)
        assert put_back(engine, file, tmp_path / "new", datetime.now(UTC)).marks[MISSION].server_seq >= 6
        engine.dispose()


def test_a_database_that_somebody_uses_is_not_replaced(door: Door, tmp_path: Path) -> None:
    file = Path(made(door.engine, tmp_path / "b").file)
    with reading(door.engine) as connection:
        connection.execute(text("SELECT count(*) FROM log")).all()
        own = connect(door.engine.url.render_as_string(hide_password=False))
        with pytest.raises(BackupError, match="stop the server"):
            put_back(own, file, tmp_path, datetime.now(UTC))
        own.dispose()
    assert len(door.log()) == 6


def test_a_database_that_cannot_even_be_opened_is_moved_aside(
    sqlite_template: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    engine = connect(f"sqlite:///{sqlite_template}")
    file = Path(made(engine, tmp_path / "b").file)
    engine.dispose()
    (tmp_path / "urna.db").write_bytes(b"not a database" * 1000)
    engine = connect(f"sqlite:///{tmp_path / 'urna.db'}")
    aside = put_back(engine, file, tmp_path, datetime.now(UTC)).aside
    engine.dispose()
    assert Path(str(aside)).read_bytes().startswith(b"not a database")


@dataclass
class Desk:
    """The verbs over a database, run in this process."""

    engine: Engine
    folder: Path

    @property
    def standing(self) -> Standing:
        url = self.engine.url.render_as_string(hide_password=False)
        return Standing(url, self.folder, None, None, "*", self.folder, {"URNA_PUSH_OPERATIONS_MAX": 100})

    def run(self, *arguments: str) -> Result:
        cli = typer.Typer()
        cli.callback()(lambda: None)
        register(cli, lambda: self.engine, lambda: self.engine, lambda: self.standing)
        done = CliRunner().invoke(cli, arguments)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done


def test_the_commands_make_it_and_put_it_back_in_words(door: Door, tmp_path: Path) -> None:
    desk = Desk(door.engine, tmp_path)
    told = json.loads(desk.run("backup", "--json").stdout)
    assert told["missions"][MISSION]["server_seq"] == 6
    assert "whole" in desk.run("backup", "--keep", "2").stdout
    door.send(AMA, Hand(AMA, number=90).finish(report_id=uuid("later")))
    door.writer.stop()
    door.engine.dispose()
    assert desk.run("restore").exit_code == 2
    (tmp_path / "epoch").write_text(json.dumps(dict.fromkeys((MISSION, "XX"), vars(Mark(EPOCH, 8)))))
    said = desk.run("restore", told["file"]).stdout
    assert (f"{MISSION}: epoch" in said, "Not in this backup: XX" in said, "lies in" in said) == (True, True, True)
    assert len(door.log()) == 6
    cut = Path(told["file"])
    cut.write_bytes(cut.read_bytes()[:-1])
    refused = desk.run("restore", str(cut))
    assert (refused.exit_code, "Take the backup before it" in refused.stderr) == (2, True)
    (tmp_path / "secret").write_text("another secret of more than thirty-two bytes")
    assert "another secret" in desk.run("restore", told["file"]).stderr


def test_a_server_that_runs_is_backed_up_by_the_urna_command(database_url: str, tmp_path: Path) -> None:
    server = Server(database_url, tmp_path, {})
    assert "whole" in server.run("backup").stdout
    assert len(backups_in(tmp_path / "backups")) == 1
