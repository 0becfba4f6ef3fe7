"""The rehearsal: its phones keep what they say, its proof finds what is lost, and a restored server gets all back."""

import asyncio
import json
import shutil
import threading
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, select
from typer.testing import CliRunner

from app.forms.catalogue import built_in
from app.people.enrolment import make_enrolment
from app.people.keys import make_key
from app.rehearsal.commands import register
from app.rehearsal.day import Step, day_of
from app.rehearsal.mission import Kit, Tickets, make_mission
from app.rehearsal.page import page_of
from app.rehearsal.phone import Phone
from app.rehearsal.play import Crowd, Plan, client_of, enrol_all, play
from app.rehearsal.proof import Proof, prove
from app.rehearsal.report import report_of, verdict_of
from app.rehearsal.tally import Tally, milliseconds
from app.setup.whole import set_up
from app.store.backup import back_up
from app.store.database import connect, reading, writing
from app.store.log import LOG
from app.store.restore import put_back
from app.store.unbroken import first_break
from tests.rewriting import rewriting
from tests.serving import Server, serving

KIT = Kit(set_up, make_enrolment, make_key)
MISSION = "PLAY"
STEP = Step(0.1, "report.finish", "00000000-0000-4000-8000-000000000001", {"form": "B", "answers": {}})


def entered(epoch: str = "e1") -> Phone:
    one = Phone("one")
    one.enrolled({"mission": MISSION, "device_id": "d", "token": "t", "grant": "g", "epoch": epoch})
    return one


def said(sent: dict[str, Any], epoch: str = "e1", outcome: str = "accepted", **odd: Any) -> dict[str, Any]:
    results = [{"op_id": op["op_id"], "outcome": outcome, "server_seq": n + 1} for n, op in enumerate(sent["ops"])]
    return {
        "kind": "urna.push",
        "attempt_id": sent["attempt_id"],
        "epoch": epoch,
        "receipt": None,
        "results": results,
        **odd,
    }


OTHERS = [{"op_id": "x", "outcome": "accepted"}]


@pytest.mark.parametrize("odd", [{"kind": "portal"}, {"attempt_id": "another"}, {"results": []}, {"results": OTHERS}])
def test_an_answer_that_is_not_to_this_attempt_settles_nothing(odd: dict[str, Any]) -> None:
    one = entered()
    sent = one.envelope([one.mint(STEP)])
    assert one.note(sent, {**said(sent), **odd}) == []
    assert len(one.waiting) == 1
    assert one.note(sent, "<html>") == []


@pytest.mark.parametrize(
    ("outcome", "waits"), [("accepted", 0), ("held", 0), ("duplicate", 0), ("rejected", 0), ("retry", 1)]
)
def test_what_has_no_final_outcome_waits_on(outcome: str, waits: int) -> None:
    one = entered()
    sent = one.envelope([one.mint(STEP)])
    one.note(sent, said(sent, outcome=outcome))
    assert len(one.waiting) == waits


def test_another_epoch_makes_everything_wait_again() -> None:
    one = entered()
    sent = one.envelope([one.mint(STEP), one.mint(STEP)])
    one.note(sent, said(sent))
    later = one.envelope([one.mint(STEP)])
    one.note(later, said(later, "e2"))
    assert [op["op_id"] for op in one.waiting] == [op["op_id"] for op in sent["ops"]]


def test_two_answers_of_one_epoch_that_differ_are_seen() -> None:
    one = entered()
    sent = one.envelope([one.mint(STEP)])
    one.note(sent, said(sent))
    answer = said(sent)
    answer["results"][0]["server_seq"] = 9
    one.note(sent, answer)
    assert len(one.changed) == 1


@given(seed=st.integers(0, 2**32), reports=st.integers(3, 20))
def test_the_same_seed_plays_the_same_day_in_its_order(seed: int, reports: int) -> None:
    day = day_of("p", seed, reports, built_in(), ["S1", "S2"])
    assert day == day_of("p", seed, reports, built_in(), ["S1", "S2"])
    assert [step.at for step in day] == sorted(step.at for step in day)
    assert all(0 < step.at < 1 for step in day)
    assert len({step.report_id for step in day}) == reports


@given(st.lists(st.floats(0, 100), min_size=1))
def test_percentiles_are_among_the_values_and_in_order(values: list[float]) -> None:
    found = list(milliseconds(values).values())
    assert found == sorted(found)
    assert found[-1] == round(max(values) * 1000, 1)
    assert milliseconds([]) == {}


def test_the_timeline_counts_everything_once() -> None:
    tally = Tally(pushes=[(at / 10, 0.01, 2) for at in range(100)], made=[0.0, 5.0, 9.9], settled=[6.0])
    slices = tally.timeline(10.0)
    assert sum(one["pushes"] for one in slices) == 100
    assert (slices[0]["waiting"], slices[35]["waiting"], slices[-1]["waiting"]) == (1, 2, 2)


def at(url: str, tickets: Tickets, plan: Plan, act: Callable[[Crowd], Awaitable[Any]]) -> Any:
    """Enrol the phones of a plan, then do something with them."""

    async def run() -> Any:
        async with client_of(url) as client:
            crowd = Crowd(client, plan)
            await enrol_all(crowd, tickets)
            return await act(crowd)

    return asyncio.run(run())


def test_the_proof_holds_until_something_is_lost_doubled_or_missing(sqlite_server: Server) -> None:
    engine = connect(sqlite_server.database_url)
    tickets = make_mission(engine, KIT, MISSION, 3)

    async def act(crowd: Crowd) -> tuple[Proof, Proof, dict[str, Any]]:
        await play(crowd)
        await asyncio.sleep(1)
        whole = await prove(crowd, tickets.key)
        with writing(engine) as connection, rewriting(connection):
            last = select(LOG.c.server_seq).where(LOG.c.author_kind == "device").order_by(LOG.c.server_seq.desc())
            connection.execute(delete(LOG).where(LOG.c.server_seq == connection.execute(last).scalars().first()))
        first, second = [*crowd.phones[0].noted][:2]
        crowd.phones[0].noted[second] = crowd.phones[0].noted[first]
        return whole, await prove(crowd, None), report_of(crowd, whole, None, 5.0, {"by": "<test>"})

    whole, broken, report = at(sqlite_server.url, tickets, Plan(3, 0.05, 5, reports=4, outage=(0.3, 0.6)), act)
    engine.dispose()
    assert whole.holds, whole
    assert (broken.holds, len(broken.lost), len(broken.doubled)) == (False, 2, 2)
    page = page_of(report)
    assert page.count("<svg") == 4
    assert ("&lt;test&gt;" in page, "http" in page, "Nothing lost" in page) == (True, False, True)
    assert json.loads(json.dumps(report))["operations"]["unsent"] == 0


@pytest.mark.parametrize(
    ("proof", "said"),
    [
        (Proof(), "nothing lost, nothing doubled"),
        (Proof(unsent=["a"]), "not everything got through: 1 unsent; they wait on the phones, and nothing is lost"),
        (Proof(unsent=["a"], lost=["b", "c"]), "NOT everything arrived once: 1 unsent, 2 lost"),
        (Proof(rejected={"malformed": 2}), "NOT everything arrived once: 2 rejected"),
    ],
)
def test_the_verdict_tells_what_is_lost_from_what_only_waits(proof: Proof, said: str) -> None:
    assert (verdict_of(proof), proof.holds) == (said, not (proof.unsent or proof.lost or proof.rejected))


def test_a_report_whose_answer_was_lost_is_not_called_doubled(sqlite_server: Server) -> None:
    engine = connect(sqlite_server.database_url)
    tickets = make_mission(engine, KIT, MISSION, 1)
    engine.dispose()

    async def act(crowd: Crowd) -> Proof:
        await play(crowd)
        await asyncio.sleep(1)
        crowd.phones[0].noted.popitem()
        return await prove(crowd, tickets.key)

    proof = at(sqlite_server.url, tickets, Plan(1, 0.02, 5, reports=3), act)
    assert (len(proof.unsent), proof.reports_missing, proof.reports_doubled) == (1, [], [])


@pytest.fixture
def sqlite_server(sqlite_template: Path, tmp_path: Path) -> Any:
    shutil.copy(sqlite_template, tmp_path / "urna.db")
    with serving(f"sqlite:///{tmp_path / 'urna.db'}", tmp_path) as server:
        yield server


def test_after_a_backup_is_put_back_the_phones_bring_everything_again(database_url: str, tmp_path: Path) -> None:
    """The drill: back up, go on, restore to the morning, and nobody but the phones knows what came after."""
    with serving(database_url, tmp_path) as server:
        engine = connect(database_url)
        tickets = make_mission(engine, KIT, MISSION, 6)
        backup = back_up(engine, tmp_path / "backups", "", datetime.now(UTC))
        told: dict[str, Any] = {}

        def disaster(plan: Plan) -> None:
            time.sleep(plan.minutes * 60 * 0.6)
            server.stop()
            with reading(engine) as connection:
                told["before"] = len(connection.execute(select(LOG.c.op_id).where(LOG.c.author_kind == "device")).all())
            engine.dispose()
            told["marks"] = put_back(engine, Path(backup.file), tmp_path, datetime.now(UTC)).marks
            server.start()

        async def act(crowd: Crowd) -> Proof:
            falling = threading.Thread(target=disaster, args=(crowd.plan,))
            falling.start()
            await play(crowd)
            falling.join()
            await asyncio.sleep(1)
            proof = await prove(crowd, tickets.key)
            told["ops"] = {op_id for phone in crowd.phones for op_id in phone.outbox}
            told["epochs"] = {phone.epoch for phone in crowd.phones}
            return proof

        proof = at(server.url, tickets, Plan(6, 0.12, 11, reports=8), act)
        with reading(engine) as connection:
            rows = connection.execute(select(LOG.c.op_id).where(LOG.c.author_kind == "device")).scalars().all()
            assert first_break(connection, MISSION) is None
        engine.dispose()
    assert proof.holds, proof
    assert told["before"] > 10
    assert sorted(rows) == sorted(told["ops"])
    assert told["epochs"] == {told["marks"][MISSION].epoch}


def run(*arguments: str) -> Any:
    cli = typer.Typer()
    cli.callback()(lambda: None)
    register(cli, lambda: pytest.fail("the database is not needed"), KIT)
    return CliRunner().invoke(cli, ["rehearse", *arguments])


@pytest.mark.parametrize("url", ["https://urna.example.org", "http://192.0.2.7:8000"])
def test_nobody_elses_server_gets_the_load(url: str) -> None:
    refused = run("--url", url)
    assert "--i-own-this-server" in str(refused.exception)


def test_a_server_of_its_own_is_rehearsed_by_one_command(tmp_path: Path) -> None:
    done = run("--phones", "4", "--minutes", "0.05", "--reports", "3", "--outage", "--report", str(tmp_path / "r.html"))
    assert done.exit_code == 0, done.output
    found = json.loads((tmp_path / "r.json").read_text())
    assert (found["lost"], found["doubled"], found["reports_missing"]) == (0, 0, 0)
    assert found["server"]["cpu_s"] > 0
    assert (tmp_path / "r.html").read_text().startswith("<!doctype html>")
