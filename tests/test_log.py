"""The log: each op_id once, one number after the other, one chain."""

import threading
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import Engine, select

from app.store import chain
from app.store.database import reading, writing
from app.store.log import CHAINED_FIELDS, Draft, append, open_log, take_head
from app.store.tables import Conflict, LogEntry, table

NOON = datetime(2022, 11, 20, 6, 0, tzinfo=UTC)
LOG, CONFLICT = table(LogEntry), table(Conflict)


def draft(op_id: str | None = None, body: bytes = b"{}") -> Draft:
    op_id = op_id or str(uuid4())
    digest = chain.body_hash(body)
    link = chain.link("KZ", "d1", 1, op_id, "report.revision", "r1", "2022-11-20T12:00:00Z", 360, None, digest)
    return Draft(op_id, "report.revision", "device", "d1", "2022-11-20T12:00:00Z", body, link, digest)


@pytest.fixture
def mission(database: Engine) -> Engine:
    with writing(database) as connection:
        open_log(connection, "KZ", "epoch-1", NOON)
    return database


def test_numbers_follow_one_another_from_one(mission: Engine) -> None:
    with writing(mission) as connection:
        first = append(connection, "KZ", [draft(), draft()], NOON)
    with writing(mission) as connection:
        second = append(connection, "KZ", [draft()], NOON)
    assert [a.server_seq for a in first + second] == [1, 2, 3]


def test_the_same_operation_twice_is_stored_once_and_answered_alike(mission: Engine) -> None:
    operation = draft()
    with writing(mission) as connection:
        first = append(connection, "KZ", [operation], NOON)[0]
    with writing(mission) as connection:
        again = append(connection, "KZ", [operation, operation], NOON)
    assert [(a.server_seq, a.new, a.conflict) for a in again] == [(first.server_seq, False, False)] * 2


def test_another_text_under_a_known_id_is_kept_beside_once(mission: Engine) -> None:
    operation = draft()
    other = draft(operation.op_id, b'{"other":1}')
    for _ in range(2):
        with writing(mission) as connection:
            results = append(connection, "KZ", [operation, other, other], NOON)
    assert [r.conflict for r in results] == [False, True, True]
    with reading(mission) as connection:
        assert [row.body for row in connection.execute(select(CONFLICT))] == [b'{"other":1}']
        assert len(connection.execute(select(LOG)).all()) == 1


def test_the_chain_can_be_computed_again_from_the_rows(mission: Engine) -> None:
    with writing(mission) as connection:
        append(connection, "KZ", [draft() for _ in range(5)], NOON)
    previous = chain.GENESIS
    with reading(mission) as connection:
        for row in connection.execute(select(LOG).order_by(LOG.c.server_seq)):
            chained = (row.server_seq, row.received_at.isoformat(), *(getattr(row, name) for name in CHAINED_FIELDS))
            previous = chain.entry(previous, chained)
            assert row.entry == previous


def test_time_in_the_log_never_runs_backwards(mission: Engine) -> None:
    for at in (NOON, NOON - timedelta(hours=1)):
        with writing(mission) as connection:
            append(connection, "KZ", [draft()], at)
    with reading(mission) as connection:
        assert {row.received_at for row in connection.execute(select(LOG))} == {NOON}


def test_a_mission_without_a_log_is_refused(database: Engine) -> None:
    with writing(database) as connection, pytest.raises(LookupError):
        take_head(connection, "nowhere", NOON)


def test_a_reader_never_steps_over_a_number_while_writers_race(mission: Engine) -> None:
    seen: list[list[int]] = []
    done = threading.Event()

    def write() -> None:
        for _ in range(20):
            with writing(mission) as connection:
                append(connection, "KZ", [draft()], NOON)

    def watch() -> None:
        while not done.is_set():
            with reading(mission) as connection:
                seen.append(list(connection.execute(select(LOG.c.server_seq).order_by(LOG.c.server_seq)).scalars()))

    writers = [threading.Thread(target=write) for _ in range(4)]
    watcher = threading.Thread(target=watch)
    for thread in [watcher, *writers]:
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    watcher.join()
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in seen)
    assert take_after(mission) == 80


def take_after(engine: Engine) -> int:
    with writing(engine) as connection:
        return take_head(connection, "KZ", NOON).server_seq
