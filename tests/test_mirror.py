"""The mirror: fed from the log in order, never over a gap, rebuilt when lost, equal for every reader."""

import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, update

from app.results import feed, trails
from app.results.keeper import Keeper, Keepers
from app.results.suspects import Member, Replay, spans, suspects
from app.store.database import reading, writing
from app.store.epoch import begin_epoch
from app.store.log import HEAD
from tests.golden.night import Night, checklist, choice, item, row_of, yes_no

FORM = checklist("B", yes_no("b30"), item("b17", "integer", "count"))


def night(engine: Engine) -> Night:
    built = Night.of(engine, FORM)
    built.frame({"code": "s1", "region": "R1"}, {"code": "s2", "region": "R2"})
    return built


def yes(built: Night, keeper: Keeper, text: str = "") -> Any:
    return row_of(built.results(f"question=b30&{text}", keeper), "b30")["counts"]["yes"]


def test_a_mirror_follows_the_log_and_a_new_one_reads_it_all(database: Engine) -> None:
    built, keeper = night(database), Keeper("KZ")
    for number in range(3):
        built.report(f"r{number}", "t1-a", "B", "s1", {"b30": "yes"})
        built.send()
        assert yes(built, keeper) == yes(built, Keeper("KZ")) == number + 1


def test_many_small_batches_are_one_large_one(database: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    built, whole = night(database), Keeper("KZ")
    for number in range(40):
        built.report(f"r{number % 15}", "t1-a", "B", "s1", {"b30": "yes" if number % 3 else "no"})
    built.send()
    wanted = built.results("", whole)
    monkeypatch.setattr(feed, "BATCH_MAX", 7)
    assert built.results("") == wanted


def test_a_gap_in_the_log_is_not_stepped_over(database: Engine) -> None:
    built, keeper = night(database), Keeper("KZ")
    built.report("r1", "t1-a", "B", "s1", {"b30": "yes"})
    built.send()
    with writing(database) as connection:
        connection.execute(update(HEAD).values(server_seq=HEAD.c.server_seq + 1))
    built.report("r2", "t1-a", "B", "s1", {"b30": "yes"})
    built.send()
    with pytest.raises(RuntimeError, match="gap"):
        built.results("", keeper)


@given(st.lists(st.integers(1, 50), unique=True).map(sorted))
def test_only_runs_without_a_gap_pass(numbers: list[int]) -> None:
    if numbers == list(range(1, len(numbers) + 1)):
        feed.refuse_gap([0, *numbers])
    else:
        with pytest.raises(RuntimeError):
            feed.refuse_gap([0, *numbers])


def test_a_new_epoch_drops_the_mirror_and_its_numbers_go_on_higher(database: Engine) -> None:
    built, keeper = night(database), Keeper("KZ")
    built.report("r1", "t1-a", "B", "s1", {"b30": "yes"})
    built.send()
    before = built.mirror(keeper)
    with writing(database) as connection:
        begin_epoch(connection, "KZ")
    built.report("r2", "t1-a", "B", "s1", {"b30": "yes"})
    number = built.send()
    after = built.mirror(keeper)
    assert number == 10**9
    assert (after is before, after.epoch == before.epoch, after.applied) == (False, False, number)
    assert yes(built, keeper) == 2


def test_a_mirror_that_fails_half_way_is_dropped_and_filled_anew(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    built, keeper = night(database), Keeper("KZ")
    built.report("r1", "t1-a", "B", "s1", {"b30": "yes"})
    built.send()
    assert yes(built, keeper) == 1
    built.report("r2", "t1-a", "B", "s1", {"b30": "yes"})
    built.send()
    with monkeypatch.context() as broken:
        broken.setattr(feed, "add_visits", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            built.results("", keeper)
    assert yes(built, keeper) == 2


def test_a_report_that_cannot_be_read_stops_no_other(database: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    built = night(database)
    for name in ("r1", "r2"):
        built.report(name, "t1-a", "B", "s1", {"b30": "yes"})
    first = built.send() - 1
    read = trails.visit_at

    def fails(mirror: Any, steps: Any) -> Any:
        return read(mirror, steps) if steps[0].server_seq != first else 1 / 0

    monkeypatch.setattr(feed, "visit_at", fails)
    answer = built.results("question=b30")
    assert row_of(answer, "b30")["visits"] == 1
    assert "Reports that could not be read are left out: 1" in answer["notes"]


def test_a_mirror_that_is_ahead_of_an_older_transaction_stays(database: Engine) -> None:
    built, keeper = night(database), Keeper("KZ")
    with reading(database) as older:
        keeper.catch_up(older, 10)
        built.report("r1", "t1-a", "B", "s1", {"b30": "yes"})
        number = built.send()
        ahead = built.mirror(keeper)
        assert keeper.catch_up(older, 10) == (ahead, number, True)


def test_readers_and_the_writer_do_not_disturb_each_other(database: Engine) -> None:
    built, keeper = night(database), Keeper("KZ")
    built.report("r", "t1-a", "B", "s1", {"b30": "yes"})
    first = built.send()
    built.mirror(keeper)
    wrong: list[Any] = []

    def read() -> None:
        for _ in range(15):
            found = yes(built, keeper, f"as_of={first}")
            if found != 1:
                wrong.append(found)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(15):
        built.report(f"r{number}", "t1-a", "B", "s1", {"b30": "yes"})
        built.send()
        built.mirror(keeper)
    for reader in readers:
        reader.join()
    assert wrong == []


def test_the_follower_fills_mirrors_before_anybody_asks(database: Engine) -> None:
    built = night(database)
    keepers = Keepers(database)
    keepers.start()
    built.report("r1", "t1-a", "B", "s1", {"b30": "yes"})
    number = built.send()
    reached = threading.Event()
    for _ in range(100):
        if keepers.of("KZ")._mirror.applied == number:
            reached.set()
            break
        threading.Event().wait(0.1)
    keepers.stop()
    assert reached.is_set()


def test_a_question_of_a_later_version_is_not_in_version_before(database: Engine) -> None:
    built, keeper = night(database), Keeper("KZ")
    built.report("r1", "t1-a", "B", "s1", {"b30": "yes"})
    before = built.send()
    built.mirror(keeper)
    built.publish(checklist("B", yes_no("b30"), item("b17", "integer", "count"), yes_no("b31")))
    built.report("r2", "t1-a", "B", "s2", {"b30": "yes", "b31": "no"}, form_version=2)
    built.send()
    row = row_of(built.results("", keeper), "b31")
    assert (row["visits"], row["not_in_version"], row["asked"], row["counts"]) == (2, 1, 1, {"yes": 0, "no": 1})
    assert [entry["question"]["code"] for entry in built.results(f"as_of={before}", keeper)["results"]] == [
        "b30",
        "b17",
    ]


def test_options_may_grow_beyond_a_narrow_column(database: Engine) -> None:
    built, keeper = Night.of(database, checklist("B", choice("b13", "nominal", "c0", "c1"))), Keeper("KZ")
    built.report("r0", "t1-a", "B", None, {"b13": "c1"})
    built.send()
    built.mirror(keeper)
    for version, size in enumerate((20, 50, 75), start=2):
        built.publish(checklist("B", choice("b13", "nominal", *(f"c{n}" for n in range(size)))))
        built.report(f"r{version}", "t1-a", "B", None, {"b13": f"c{size - 1}"}, form_version=version)
        built.send()
        counts = row_of(built.results("", keeper), "b13")["counts"]
        assert {code for code, n in counts.items() if n} == {"c1", *(f"c{s - 1}" for s in (20, 50, 75) if s <= size)}


def test_a_station_that_moves_moves_its_reports_from_then_on(database: Engine) -> None:
    built, keeper = night(database), Keeper("KZ")
    built.report("r1", "t1-a", "B", "s1", {"b30": "yes"})
    before = built.send()
    built.mirror(keeper)
    built.frame({"code": "s1", "region": "R9"}, {"code": "s2", "region": "R2"})
    now = built.results("question=b30&by=region", keeper)
    then = built.results(f"question=b30&by=region&as_of={before}", keeper)
    assert [row["by"]["region"] for row in now["results"][0]["rows"]] == ["R9"]
    assert [row["by"]["region"] for row in then["results"][0]["rows"]] == ["R1"]


def test_two_missions_know_nothing_of_each_other(database: Engine) -> None:
    first, second = night(database), Night.of(database, FORM, mission="MD")
    first.report("r1", "t1-a", "B", "s1", {"b30": "yes"})
    first.send()
    assert row_of(first.results("question=b30"), "b30")["visits"] == 1
    assert row_of(second.results("question=b30"), "b30")["visits"] == 0


MEMBERS = st.builds(
    Member,
    report=st.integers(1, 6),
    group=st.sampled_from([None, (1, 1, 1), (1, 2, 1)]),
    device=st.integers(1, 3),
    arrived=st.sampled_from([None, 0, 50, 100, 300]),
    answered=st.integers(0, 2),
    finished=st.booleans(),
    decided=st.booleans(),
)


@given(st.lists(MEMBERS, max_size=12))
def test_replayed_changes_are_what_the_groups_say_in_the_end(members: list[Member]) -> None:
    replay = Replay([], [])
    for number, member in enumerate(members, start=1):
        replay.put(number, member)
    last = {member.report: member for member in members}
    groups = {member.group for member in last.values()} - {None}
    wanted = {r for group in groups for r in suspects(m for m in last.values() if m.group == group)}
    _, began = spans(replay.changes)
    assert replay.standing == wanted == {report for report, _, end in began if end is None}


@given(st.lists(MEMBERS, max_size=8, unique_by=lambda member: member.report))
def test_of_every_pair_exactly_one_counts_unless_a_person_decided(members: list[Member]) -> None:
    group = [member._replace(group=(1, 1, 1), decided=False, arrived=0) for member in members]
    left = [member for member in group if member.report not in suspects(group)]
    assert len({member.device for member in left}) <= 1
    assert bool(left) == bool(group)
    assert suspects(member._replace(decided=True) for member in group) == frozenset()


def test_a_mirror_that_follows_while_several_write_steps_over_nothing(database: Engine) -> None:
    built, keeper = night(database), Keeper("KZ")
    failed: list[Exception] = []

    def write(device: str) -> None:
        own = Night(database)
        for number in range(12):
            own.report(f"{device}{number}", device, "B", "s1", {"b30": "yes"})
            own.send()

    writers = [threading.Thread(target=write, args=(f"t{n}-a",)) for n in range(3)]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        try:
            row = row_of(built.results("question=b30", keeper), "b30")
        except Exception as error:
            failed.append(error)
            break
        assert row["visits"] == row["counts"]["yes"]
    for writer in writers:
        writer.join()
    assert failed == []
    assert yes(built, keeper) == yes(built, Keeper("KZ")) == 36
