"""Checkpoints: each hour, at the stop, in every pull; the verbs that use them; what staff reads of the ledger."""

import json
import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select, text
from typer.testing import CliRunner

import app.__main__ as command
from app.errors import UrnaError
from app.ledger.commands import register
from app.ledger.keeper import FILE, CheckpointKeeper, keep_due, keep_one
from app.ledger.papers import papers_in
from app.ledger.trail import ALPHABET, last_digits, reports_of, short_form
from app.ledger.verify import verify
from app.main import create_app
from app.settings import Settings, settings
from app.store.audit import COMMAND, write_audit
from app.store.checkpoints import CHECKPOINTS, Checkpoint, read_checkpoint, sign_checkpoint
from app.store.database import reading, writing
from app.store.epoch import begin_epoch
from app.store.receipts import read_receipt
from app.store.seal import Seal, public_key, verifies
from tests.cast import AMA, BEFORE, EFUA, EPOCH, KOFI, MISSION, PASSWORD, add_yaw
from tests.rewriting import rewriting
from tests.sending import SEAL, VISIT, Door, Hand, door_of, set_out

HOUR = timedelta(hours=1)


@pytest.fixture
def door(database: Engine) -> Iterator[Door]:
    set_out(database)
    with door_of(database) as opened:
        yield opened


def kept(engine: Engine) -> list[Any]:
    with reading(engine) as connection:
        return list(connection.execute(select(CHECKPOINTS).order_by(CHECKPOINTS.c.at)))


def test_a_checkpoint_signs_where_both_chains_stand(door: Door) -> None:
    hand = Hand(AMA)
    door.send(AMA, hand.say(), hand.finish())
    with writing(door.engine) as connection:
        write_audit(connection, MISSION, COMMAND, "key.made", "k1", now=BEFORE)
    with reading(door.engine) as connection:
        made = sign_checkpoint(connection, SEAL, MISSION, BEFORE)
    assert (made.mission, made.epoch, made.server_seq, made.audit_number) == (MISSION, EPOCH, 2, 1)
    assert made.entry == door.log()[-1].entry
    assert SEAL.verifies(made.text, made.sig)
    assert made.text.decode().split("\n")[0] == "urna-checkpoint-v1"
    assert not Seal(b"x" * 32).verifies(made.text, made.sig)


def test_one_is_kept_each_hour_and_no_sooner_whoever_looks(door: Door, tmp_path: Path) -> None:
    for minutes in (0, 1, 59, 60, 61, 119, 121):
        keep_due(door.engine, SEAL, tmp_path, BEFORE + timedelta(minutes=minutes))
    assert [row.at - BEFORE for row in kept(door.engine)] == [0 * HOUR, HOUR, 2 * HOUR + timedelta(minutes=1)]
    lines = [json.loads(line) for line in (tmp_path / FILE).read_text().splitlines()]
    assert [line["sig"] for line in lines] == [row.sig for row in kept(door.engine)]


def test_the_log_line_of_a_checkpoint_is_one_itself(
    door: Door, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "urna.ledger"):
        made = keep_one(door.engine, SEAL, tmp_path, MISSION, BEFORE)
    assert read_checkpoint(caplog.records[-1].__dict__["fields"]) == made


def test_a_server_that_stops_leaves_one_behind_and_one_whose_database_is_gone_stops_all_the_same(
    door: Door, tmp_path: Path
) -> None:
    keeper = CheckpointKeeper(door.engine, SEAL, tmp_path)
    keeper.start()
    door.send(AMA, Hand(AMA).finish())
    keeper.stop()
    assert [row.server_seq for row in kept(door.engine)] == [1]
    with writing(door.engine) as connection:
        connection.exec_driver_sql("ALTER TABLE checkpoint RENAME TO elsewhere")
    late = CheckpointKeeper(door.engine, SEAL, tmp_path)
    late.start()
    late.stop()


@pytest.mark.parametrize(
    "odd", [{"sig": None}, {"server_seq": True}, {"server_seq": -1}, {"server_seq": 2**53}, {"at": "a\nb"}]
)
def test_what_is_no_checkpoint_is_read_as_none(odd: dict[str, Any]) -> None:
    good = vars(Checkpoint("KZ", "e", 1, "0" * 64, 0, "1" * 64, "2022", "s"))
    assert read_checkpoint(good) == Checkpoint(**good)
    assert read_checkpoint({**good, **odd}) is None


def test_receipts_and_checkpoints_are_read_out_of_whatever_somebody_kept(door: Door, tmp_path: Path) -> None:
    said = door.send(AMA, Hand(AMA).finish())
    made = vars(keep_one(door.engine, SEAL, tmp_path, MISSION, BEFORE))
    receipt = read_receipt(said["receipt"])
    for raw in (
        json.dumps({"answers": [said, {"checkpoint": made}]}),
        json.dumps([said["receipt"], made]),
        f"{json.dumps(said)}\n\n{json.dumps(made)}\n",
    ):
        assert papers_in(raw.encode()) == ([receipt], [Checkpoint(**made)])
    with pytest.raises(UrnaError, match="invalid_json"):
        papers_in(b"<html>")


def test_what_a_restored_database_lost_and_got_again_is_no_fault(door: Door) -> None:
    """The receipt is of the epoch before, and the phone offered the operation again."""
    hand = Hand(AMA)
    ops = [hand.say(), hand.finish()]
    receipt = read_receipt(door.send(AMA, *ops)["receipt"])
    assert receipt is not None
    with writing(door.engine) as connection, rewriting(connection):
        connection.exec_driver_sql("DELETE FROM log WHERE server_seq = 2")
        connection.exec_driver_sql("UPDATE log_head SET server_seq = 1, entry = (SELECT entry FROM log)")
        begin_epoch(connection, MISSION, beyond=2)
    with reading(door.engine) as connection:
        assert [one.code for one in verify(connection, MISSION, SEAL.verifies).faults] == [], "an epoch without entries"
        lost = verify(connection, MISSION, SEAL.verifies, [receipt])
        assert next((one.code, one.number, one.since) for one in lost.faults) == ("lost", 2, 0)
    door.send(AMA, *ops)
    assert [row.server_seq for row in door.log()] == [1, 10**9]
    with reading(door.engine) as connection:
        assert verify(connection, MISSION, SEAL.verifies, [receipt]).faults == []


# Short forms


@given(st.uuids())
def test_the_short_form_of_an_id_leads_back_to_its_end(report_id: object) -> None:
    short = short_form(str(report_id))
    assert len(short) == 4
    assert set(short) <= set(ALPHABET)
    assert last_digits(short) == str(report_id)[-5:]
    assert last_digits(f" {short[:2].lower()}-{short[2:]} ") == last_digits(short)


@given(st.text(max_size=8))
def test_any_other_text_is_no_short_form(text: str) -> None:
    digits = last_digits(text)
    assert digits is None or len(digits) == 5


def test_what_a_phone_shows_is_what_the_mission_looks_for() -> None:
    """frontend/src/store/states.ts makes it of the last five hexadecimal digits, in the same alphabet."""
    states = (Path(__file__).resolve().parents[1] / "frontend/src/store/states.ts").read_text()
    assert f"const ALPHABET = '{ALPHABET}'" in states
    assert "parseInt(report_id.slice(-5), 16)" in states
    assert "[15, 10, 5, 0].map((shift) => ALPHABET[(bits >> shift) & 31])" in states
    assert [last_digits(typed) for typed in ("OOIL", "0011", "abc", "ABCU", "A\x00BC")] == [
        "00021",
        "00021",
        *[None] * 3,
    ]


def test_a_report_is_found_by_its_short_form_within_the_regions_of_who_asks(door: Door) -> None:
    hand = Hand(AMA)
    door.send(AMA, hand.say(), hand.finish())
    with reading(door.engine) as connection:
        [found] = reports_of(connection, MISSION, short_form(VISIT), None)
        assert (found["report_id"], found["short"], found["team"]) == (VISIT, short_form(VISIT), "0001")
        assert [(e["server_seq"], e["entry"]) for e in found["entries"]] == [
            (r.server_seq, r.entry) for r in door.log()
        ]
        assert reports_of(connection, MISSION, short_form(VISIT), {"KZ-75"}) == [found]
        assert reports_of(connection, MISSION, short_form(VISIT), {"KZ-10"}) == []
        assert reports_of(connection, "MD", short_form(VISIT), None) == []


# The doors


@pytest.fixture
async def client(door: Door, database_url: str, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    add_yaw(door.engine)
    app = create_app(Settings(database_url=database_url, data_dir=tmp_path))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://urna.test") as made:
        yield made
    app.state.ground.engine.dispose()


async def as_yaw(client: httpx.AsyncClient) -> dict[str, str]:
    sent = {"mission": MISSION, "user": "yaw", "password": PASSWORD}
    cookie = (await client.post("/v1/staff/session", json=sent)).cookies["__Host-urna_staff"]
    client.cookies.clear()
    return {"Authorization": f"Bearer {cookie}"}


def of_key(answer: dict[str, Any], shown: dict[str, Any]) -> bool:
    made = read_checkpoint(shown)
    assert made is not None
    return verifies(public_key(answer["key"]), made.text, made.sig)


async def test_every_pull_brings_a_fresh_checkpoint_of_the_whole_mission(client: httpx.AsyncClient, door: Door) -> None:
    shown = (await client.get("/v1/sync/pull", headers=AMA.headers)).json()
    door.send(KOFI, Hand(KOFI).finish())
    later = (await client.get(f"/v1/sync/pull?cursor={shown['cursor']}", headers=AMA.headers)).json()["checkpoint"]
    answer = (await client.get("/v1/checkpoints", headers=AMA.headers)).json()
    assert (shown["checkpoint"]["server_seq"], later["server_seq"], answer["now"]["server_seq"]) == (0, 1, 1)
    assert all(of_key(answer, one) for one in (shown["checkpoint"], later, answer["now"]))
    assert not of_key(answer, {**later, "server_seq": 2})


async def test_an_idle_pull_brings_a_checkpoint_on_a_line_of_its_head(
    client: httpx.AsyncClient, door: Door, tmp_path: Path
) -> None:
    whole = await client.get("/v1/sync/pull", headers=AMA.headers)
    idle = {**AMA.headers, "If-None-Match": whole.headers["etag"]}
    door.send(EFUA, Hand(EFUA).finish())  # of another team: nothing that this phone is to get
    nothing = await client.get(f"/v1/sync/pull?cursor={whole.json()['cursor']}", headers=idle)
    before, after = (read_checkpoint(one.headers["Urna-Checkpoint"]) for one in (whole, nothing))
    key = public_key((await client.get("/v1/checkpoints", headers=AMA.headers)).json()["key"])
    assert (nothing.status_code, nothing.content) == (304, b"")
    assert before == read_checkpoint(whole.json()["checkpoint"])
    assert after is not None
    assert (after.server_seq, verifies(key, after.text, after.sig)) == (1, True)
    assert len(after.line) < 400
    (tmp_path / "kept").write_text(json.dumps({"kind": "urna.papers", "receipts": [], "checkpoint": after.line}))
    assert papers_in((tmp_path / "kept").read_bytes()) == ([], [after])


@pytest.mark.parametrize("odd", ["", "a", "a b 1 d 9x f g h", "a b -1 d 1 f g h", "a b 1 d 1 f g h i"])
def test_what_is_no_line_of_a_checkpoint_is_read_as_none(odd: str) -> None:
    assert read_checkpoint(odd) is None


async def test_staff_reads_the_trail_in_pages_and_finds_a_receipt(client: httpx.AsyncClient, door: Door) -> None:
    door.send(AMA, Hand(AMA).finish())
    with writing(door.engine) as connection:
        for number in range(3):
            write_audit(connection, MISSION, COMMAND, "key.made", f"k{number}", now=BEFORE, facts={"days": 30})
    yaw = await as_yaw(client)
    first = (await client.get("/v1/audit?limit=2", headers=yaw)).json()
    rest = (await client.get(f"/v1/audit?after={first['next']}&limit=500", headers=yaw)).json()
    assert [row["about"] for row in first["rows"]] == ["yaw", "k0"]
    assert [row["act"] for row in rest["rows"]] == ["key.made", "key.made", "session.begun"]
    assert rest["rows"][0]["facts"] == {"days": 30}
    assert rest["next"] is None
    found = (await client.get(f"/v1/receipts/{short_form(VISIT).lower()}", headers=yaw)).json()
    assert [row["report_id"] for row in found["rows"]] == [VISIT]
    assert (await client.get("/v1/receipts/ZZZZ", headers=yaw)).json()["code"] == "not_found"
    assert (await client.get("/v1/receipts/%00%27", headers=yaw)).status_code == 404
    assert (await client.get(f"/v1/audit?after={10**30}", headers=yaw)).status_code == 422


@dataclass
class Verbs:
    """The room's verbs, as an operator runs them."""

    engine: Engine
    folder: Path
    seal: Seal | None = SEAL

    def run(self, *arguments: str) -> tuple[int, str]:
        cli = typer.Typer()
        register(cli, lambda: self.engine, self._seal, lambda: self.folder)
        done = CliRunner().invoke(cli, [*arguments], catch_exceptions=False)
        return done.exit_code, done.stdout

    def _seal(self) -> Seal:
        assert self.seal is not None, "the secret was asked for"
        return self.seal


def test_what_was_written_verifies_by_command_and_what_was_changed_is_named(door: Door, tmp_path: Path) -> None:
    """Whole, then with the public key alone, then tampered with."""
    hand, verbs = Hand(AMA), Verbs(door.engine, tmp_path)
    shown = tmp_path / "receipts.json"
    shown.write_text(json.dumps(door.send(AMA, hand.say(), hand.finish())))
    _, printed = verbs.run("checkpoint", "--mission", MISSION, "--json")
    code, said = verbs.run("verify", "--json", "--receipts", str(shown), "--checkpoint", str(tmp_path / FILE))
    [found] = json.loads(said)["missions"]
    assert (code, json.loads(said)["whole"]) == (0, True)
    assert (found["entries"], found["receipts"], found["checkpoints"], found["signatures"]) == (2, 1, 2, 2)
    (tmp_path / "key.json").write_text(printed)
    elsewhere = Verbs(door.engine, tmp_path, None)
    given = ("verify", "--key", str(tmp_path / "key.json"))
    assert elsewhere.run(*given, "--checkpoint", str(tmp_path / "key.json"))[0] == 0
    with writing(door.engine) as connection, rewriting(connection):
        connection.execute(text("UPDATE log SET body = :body WHERE server_seq = 2"), {"body": b"{}"})
    code, said = elsewhere.run(*given)
    assert code == 1
    assert "log 2 changed: Entry 2 was changed" in said


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (("verify", "--mission", "MD"), "not_found"),
        (("checkpoint", "--mission", "MD"), "not_found"),
        (("verify", "--receipts", "page.html"), "invalid_json"),
        (("verify", "--key", "page.html"), "invalid_request"),
        (("verify", "--key", "list.json"), "invalid_request"),
    ],
)
def test_what_is_asked_for_or_shown_in_vain_is_told_in_words(
    door: Door, tmp_path: Path, arguments: tuple[str, ...], fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("page.html").write_text("<html>")
    Path("list.json").write_text("[]")
    with pytest.raises(UrnaError, match=fault):
        Verbs(door.engine, tmp_path).run(*arguments)


def test_a_verb_makes_no_secret_where_there_is_none(
    door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("URNA_DATA_DIR", str(tmp_path))
    settings.cache_clear()
    with pytest.raises(typer.Exit):
        command.seal()
    assert not (tmp_path / "secret").exists()
    settings.cache_clear()
