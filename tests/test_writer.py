"""The writer: many requests, one commit; one bad operation never harms its neighbours."""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import replace

import pytest
from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import InterfaceError, TimeoutError

from app.errors import UrnaError
from app.store.database import reading
from app.store.log import Draft, Head
from app.store.tables import LogEntry, table
from app.store.writer import After, Job, Writer
from tests.cast import MISSION, set_stage
from tests.test_log import draft

LOG = table(LogEntry)


def nothing(_: Connection, __: Head, ___: Sequence[Job]) -> None:
    """Projects nothing."""


@pytest.fixture
def stage(database: Engine) -> Engine:
    set_stage(database)
    return database


@pytest.fixture
def writer(stage: Engine) -> Iterator[Writer]:
    running = Writer(stage, nothing)
    running.start()
    yield running
    running.stop()


def stored(engine: Engine) -> int:
    with reading(engine) as connection:
        return connection.execute(select(func.count()).select_from(LOG)).scalar_one()


def test_an_answer_leaves_after_its_commit(stage: Engine, writer: Writer) -> None:
    job = writer.submit(Job(MISSION, [draft(), draft()])).result(10)
    assert [result.server_seq for result in job.results] == [1, 2]
    assert stored(stage) == 2


def test_requests_of_many_threads_each_get_their_own_results(stage: Engine, writer: Writer) -> None:
    answers: dict[str, list[int]] = {}

    def send(name: str) -> None:
        for _ in range(10):
            drafts = [draft(), draft(), draft()]
            job = writer.submit(Job(MISSION, drafts)).result(20)
            assert [result.draft.op_id for result in job.results] == [d.op_id for d in drafts]
            answers.setdefault(name, []).extend(result.server_seq for result in job.results)

    threads = [threading.Thread(target=send, args=(str(number),)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(number for numbers in answers.values() for number in numbers) == list(range(1, 181))
    assert stored(stage) == 180


def failing_on(op_id: str) -> After:
    def project(_: Connection, __: Head, jobs: Sequence[Job]) -> None:
        if any(d.op_id == op_id for job in jobs for d in job.drafts):
            raise RuntimeError("a projection that cannot cope")

    return project


def test_what_fails_alone_is_held_and_its_neighbours_are_accepted(stage: Engine) -> None:
    poison = draft()
    writer = Writer(stage, failing_on(poison.op_id))
    futures = [writer.submit(Job(MISSION, drafts)) for drafts in ([draft()], [draft(), poison, draft()], [draft()])]
    writer.start()
    jobs = [future.result(20) for future in futures]
    writer.stop()
    states = [[(result.state, result.code) for result in job.results] for job in jobs]
    fine = ("accepted", None)
    assert states == [[fine], [fine, ("held", "internal_error"), fine], [fine]]
    assert stored(stage) == 5


def test_what_is_held_because_it_failed_alone_is_projected_as_held(stage: Engine) -> None:
    poison, projected = draft(), list[tuple[str, str | None]]()

    def project(_: Connection, __: Head, jobs: Sequence[Job]) -> None:
        if any(d.op_id == poison.op_id and d.state == "accepted" for job in jobs for d in job.drafts):
            raise RuntimeError("a body that the fold cannot read")
        projected.extend((result.state, result.code) for job in jobs for result in job.results)

    writer = Writer(stage, project)
    future = writer.submit(Job(MISSION, [poison]))
    writer.start()
    future.result(20)
    writer.stop()
    assert projected == [("held", "internal_error")]


@pytest.mark.parametrize(
    "gone",
    [TimeoutError("no connection within 3 s"), InterfaceError("SELECT 1", {}, Exception("the connection is closed"))],
    ids=["pool", "connection"],
)
def test_a_database_that_is_away_for_a_moment_holds_nothing(stage: Engine, gone: Exception) -> None:
    moments = [gone]

    def project(_: Connection, __: Head, ___: Sequence[Job]) -> None:
        if moments:
            raise moments.pop()

    writer = Writer(stage, project)
    future = writer.submit(Job(MISSION, [draft()]))
    writer.start()
    with pytest.raises(UrnaError, match="busy"):
        future.result(20)
    writer.stop()
    assert stored(stage) == 0


def test_a_full_queue_says_when_to_come_again(stage: Engine) -> None:
    writer = Writer(stage, nothing, queue_max=1)
    writer.submit(Job(MISSION, [draft()]))
    with pytest.raises(UrnaError) as caught:
        writer.submit(Job(MISSION, [draft()]))
    assert (caught.value.code, "Retry-After" in caught.value.headers) == ("busy", True)


def test_a_caller_that_gives_up_breaks_nobody(stage: Engine) -> None:
    writer = Writer(stage, nothing)
    first, second = writer.submit(Job(MISSION, [draft()])), writer.submit(Job(MISSION, [draft()]))
    first.cancel()
    writer.start()
    assert second.result(10).results[0].new
    writer.stop()
    assert stored(stage) == 2


def test_stopping_writes_what_waits_and_takes_no_more(stage: Engine) -> None:
    writer = Writer(stage, nothing)
    futures: list[Future[Job]] = [writer.submit(Job(MISSION, [draft()])) for _ in range(5)]
    writer.start()
    writer.stop()
    assert all(future.done() for future in futures)
    with pytest.raises(UrnaError, match="busy"):
        writer.submit(Job(MISSION, [draft()]))


def test_the_same_operation_in_two_requests_of_one_group_is_stored_once(stage: Engine) -> None:
    operation: Draft = draft()
    writer = Writer(stage, nothing)
    futures = [writer.submit(Job(MISSION, [replace(operation)])) for _ in range(3)]
    writer.start()
    results = [future.result(10).results[0] for future in futures]
    writer.stop()
    assert [result.new for result in results] == [True, False, False]
    assert {result.server_seq for result in results} == {1}


def test_what_follows_behind_waits_for_a_moment_without_a_push_and_no_longer_than_it_may(stage: Engine) -> None:
    writer = Writer(stage, lambda *_: None)
    with writer.expecting():
        with writer.expecting():
            pass
        assert writer.give_way(0.02) is False, "one push is inside still"
        waiting = threading.Thread(target=writer.give_way, args=(60,))
        waiting.start()
    waiting.join(10)
    assert not waiting.is_alive()
    assert writer.give_way(60) is True
