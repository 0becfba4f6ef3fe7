"""The audit trail: an act and its row are one transaction, the rows are one chain, and nothing written is changed."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, Executable, TextClause, delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from app.store.audit import ACTS, AUDIT, COMMAND, GENESIS, Actor, audit_entry, write_audit
from app.store.checkpoints import CHECKPOINTS, keep_checkpoint
from app.store.database import reading, writing
from app.store.log import CONFLICT, LOG, append
from app.store.seal import Seal
from app.store.tables import ApiKey, table
from tests.cast import BEFORE, MISSION, set_stage
from tests.test_log import draft

YAW = Actor("staff", "yaw")


def trail(engine: Engine, mission: str = MISSION) -> list[dict[str, object]]:
    with reading(engine) as connection:
        rows = connection.execute(select(AUDIT).where(AUDIT.c.mission == mission).order_by(AUDIT.c.number))
        return [dict(row) for row in rows.mappings()]


def test_acts_are_numbered_from_one_and_chained(database: Engine) -> None:
    with writing(database) as connection:
        first = write_audit(connection, MISSION, YAW, "device.lost", "d1", now=BEFORE, reason="left in a taxi")
        second = write_audit(connection, MISSION, COMMAND, "key.made", "k1", now=BEFORE, facts={"days": 30})
    rows = trail(database)
    assert (first, second) == (1, 2)
    assert rows[0]["entry"] == audit_entry(GENESIS, MISSION, 1, BEFORE, rows[0])  # type: ignore[arg-type]
    assert rows[1]["entry"] == audit_entry(str(rows[0]["entry"]), MISSION, 2, BEFORE, rows[1])  # type: ignore[arg-type]
    assert (rows[0]["actor"], rows[0]["reason"], rows[1]["facts"]) == ("yaw", "left in a taxi", '{"days":30}')


def test_an_act_that_fails_leaves_no_row_and_a_row_that_fails_undoes_the_act(database: Engine) -> None:
    key = {"id": "k", "mission": MISSION, "sha256": "0", "scopes": "", "created_at": BEFORE, "expires_at": BEFORE}

    def make(act: str, sha256: str) -> None:
        with writing(database) as connection:
            write_audit(connection, MISSION, YAW, act, "k", now=BEFORE)
            connection.execute(insert(table(ApiKey)).values(**{**key, "sha256": sha256}))

    with pytest.raises(KeyError):
        make("key.mode", "0")
    with pytest.raises(DBAPIError):
        make("key.made", None)  # type: ignore[arg-type]
    with reading(database) as connection:
        assert connection.execute(select(table(ApiKey))).all() == []
    assert trail(database) == []


def test_each_mission_has_a_trail_of_its_own_and_time_never_runs_backwards_in_it(database: Engine) -> None:
    with writing(database) as connection:
        write_audit(connection, "A", YAW, "session.begun", now=BEFORE)
        write_audit(connection, "B", YAW, "session.begun", now=BEFORE)
        write_audit(connection, "A", YAW, "session.ended", now=BEFORE - timedelta(hours=1))
    assert [(row["number"], row["at"]) for row in trail(database, "A")] == [(1, BEFORE), (2, BEFORE)]
    assert [row["number"] for row in trail(database, "B")] == [1]


def test_many_at_once_are_numbered_without_a_gap(database: Engine) -> None:
    def act() -> None:
        for _ in range(5):
            with writing(database) as connection:
                write_audit(connection, MISSION, YAW, "session.begun", now=BEFORE)

    threads = [threading.Thread(target=act) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rows = trail(database)
    assert [row["number"] for row in rows] == list(range(1, 21))
    entries = [GENESIS, *(str(row["entry"]) for row in rows)]
    for before, row in zip(entries, rows, strict=False):
        assert row["entry"] == audit_entry(before, MISSION, row["number"], BEFORE, row)  # type: ignore[arg-type]


def test_a_text_that_one_database_refuses_does_not_stop_the_act(database: Engine) -> None:
    with writing(database) as connection:
        write_audit(connection, MISSION, YAW, "device.lost", "d\x00", now=BEFORE, reason="\ud800" + "x" * 5000)
    [row] = trail(database)
    assert row["about"] == "d\ufffd"
    assert row["reason"] == "?" + "x" * 1999
    assert row["entry"] == audit_entry(GENESIS, MISSION, 1, BEFORE, row)  # type: ignore[arg-type]


def test_every_act_has_a_meaning_in_words() -> None:
    assert all(meaning[0].isupper() and "." in act for act, meaning in ACTS.items())


def test_every_act_of_the_list_is_written_somewhere() -> None:
    root = Path(__file__).resolve().parents[1] / "app"
    code = "".join(file.read_text() for file in root.rglob("*.py") if file != root / "store" / "audit.py")
    assert [act for act in ACTS if f'"{act}"' not in code] == []


WRITTEN_ONCE = {"log": LOG, "conflict": CONFLICT, "audit": AUDIT, "checkpoint": CHECKPOINTS}
KEYS = {"log": "server_seq", "conflict": "op_id, link", "audit": "number", "checkpoint": "at"}
"""What beside the mission a row is known by."""


@pytest.fixture
def written(database: Engine) -> Engine:
    set_stage(database)
    with writing(database) as connection:
        first = draft()
        append(connection, MISSION, [first, draft(first.op_id, b'{"other":1}')], BEFORE)
        write_audit(connection, MISSION, YAW, "session.begun", now=BEFORE)
        keep_checkpoint(connection, Seal(b"s" * 32), MISSION, BEFORE)
    return database


@pytest.mark.parametrize("name", WRITTEN_ONCE)
def test_the_database_refuses_to_change_or_remove_what_is_written_once(written: Engine, name: str) -> None:
    changed = WRITTEN_ONCE[name]
    before = _all_rows(written, name)
    assert len(before) == 1
    ways: list[Executable] = [update(changed).values(mission="X"), delete(changed), *_otherwise(written, name)]
    for statement in ways:
        with pytest.raises(DBAPIError, match="written once"), writing(written) as connection:
            connection.execute(statement)
    assert _all_rows(written, name) == before


def _otherwise(engine: Engine, name: str) -> list[TextClause]:
    """Other ways to the same: emptying the table, and putting a row in the place of one that is there."""
    columns = ", ".join(column.name for column in WRITTEN_ONCE[name].c)
    if engine.dialect.name == "postgresql":
        place = f"ON CONFLICT (mission, {KEYS[name]}) DO UPDATE SET mission = 'X'"
        ways = [f"TRUNCATE {name}", f"INSERT INTO {name} ({columns}) SELECT {columns} FROM {name} {place}"]
    else:
        by_rowid = f"REPLACE INTO {name} (rowid, {columns}) SELECT rowid, {columns} FROM {name}"
        ways = [
            f"DELETE FROM {name}",
            f"REPLACE INTO {name} ({columns}) SELECT {columns} FROM {name}",
            by_rowid.replace("rowid, mission", "rowid, 'X'").replace("(rowid, 'X'", "(rowid, mission"),
            f"UPDATE OR REPLACE {name} SET mission = 'X'",
        ]
        if name == "log":
            ways.append(ways[1].replace("SELECT mission, server_seq", "SELECT mission, server_seq + 1"))
    return [text(way) for way in ways]


def _all_rows(engine: Engine, name: str) -> list[tuple[object, ...]]:
    with reading(engine) as connection:
        return [tuple(row) for row in connection.execute(text(f"SELECT * FROM {name}"))]
