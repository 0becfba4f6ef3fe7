"""What a phone saved as a file arrives once, whichever way comes first, and nobody else's word comes in with it."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select, update

from app.errors import UrnaError
from app.store.audit import AUDIT
from app.store.database import reading, writing
from app.store.tables import Device, table
from app.sync.replay import Replayed, read_file, replay
from tests.cast import AMA, EFUA, KOFI, MISSION, PASSWORD, add_yaw, phone
from tests.sending import Door, Hand, door_of, set_out, wipe
from tests.serving import Server, serving

DEVICES = table(Device)
BYTES_MAX = 1 << 20


@pytest.fixture
def door(database: Engine) -> Iterator[Door]:
    set_out(database)
    with door_of(database) as opened:
        yield opened


def file_of(*ops: dict[str, Any]) -> bytes:
    """As a phone writes it: each line names its mission."""
    return b"".join(json.dumps({**op, "mission": MISSION}).encode() + b"\n" for op in ops)


def bring(door: Door, *ops: dict[str, Any], mission: str | None = None) -> Replayed:
    return replay(door.engine, door.writer.submit, read_file(file_of(*ops), BYTES_MAX), 65_536, mission)


def state(door: Door) -> list[Any]:
    return [(row.op_id, row.state, row.code, row.link, row.carried_by) for row in door.log()]


def test_a_file_counts_as_if_the_phone_had_sent_it_and_the_phone_itself_then_sends_duplicates(door: Door) -> None:
    hand = Hand(AMA)
    ops = [hand.say({"b01_access": "full"}), hand.finish({"b01_access": "full", "b17_voted_so_far": 412})]
    assert bring(door, *ops) == Replayed(accepted=2)
    before = state(door)
    assert [row.flags for row in door.log()] == ["by_file", "by_file"]
    assert door.outcomes(AMA, *ops) == [("duplicate", None), ("duplicate", None)]
    assert bring(door, *ops) == Replayed(duplicate=2)
    assert state(door) == before
    (report,) = door.reports().values()
    assert report["state"]["counted"]["answers"] == {"b01_access": "full", "b17_voted_so_far": 412}


def test_a_file_after_the_phone_changes_nothing(door: Door) -> None:
    op = Hand(AMA).finish({"b01_access": "full"})
    door.send(AMA, op)
    before = state(door)
    assert bring(door, op) == Replayed(duplicate=1)
    assert state(door) == before


def test_what_a_file_brings_stands_in_the_trail_by_device_and_what_was_here_does_not(door: Door) -> None:
    hand, other = Hand(AMA), Hand(KOFI)
    ops = [hand.say(), hand.finish(), other.say()]
    for _ in range(2):
        bring(door, *ops)
    with reading(door.engine) as connection:
        brought = select(AUDIT.c.actor_kind, AUDIT.c.about, AUDIT.c.facts).where(AUDIT.c.act == "operations.brought")
        lines = sorted(tuple(row) for row in connection.execute(brought))
    counts = {AMA.device_id: 2, KOFI.device_id: 1}
    assert lines == sorted(("command", one, f'{{"operations":{count}}}') for one, count in counts.items())


def test_the_device_is_not_in_contact_but_its_numbers_go_on(door: Door) -> None:
    hand = Hand(AMA)
    bring(door, hand.say(), hand.finish())
    with reading(door.engine) as connection:
        row = connection.execute(select(DEVICES).where(DEVICES.c.id == AMA.device_id)).one()
    assert (row.last_contact_at, row.device_seq) == (None, 2)


def test_two_phones_in_one_file_are_each_their_own(door: Door) -> None:
    ama, kofi = Hand(AMA), Hand(KOFI)
    ops = [ama.say({"b01_access": "full"}), kofi.say({"b02_vicinity": ["none"]}), ama.finish({"b01_access": "full"})]
    assert bring(door, *ops) == Replayed(accepted=3)
    assert {row.author for row in door.log()} == {AMA.device_id, KOFI.device_id}


def test_what_no_device_signed_waits_for_a_person(door: Door) -> None:
    unsigned = Hand(AMA, signs=False).finish({"b01_access": "full"})
    stranger = Hand(phone("nobody", "0001")).finish({"b01_access": "full"})
    forged = {**Hand(KOFI).finish({"b01_access": "full"}), "sig": Hand(EFUA).finish()["sig"]}
    told = bring(door, unsigned, stranger, forged)
    assert told.held == {"carrier_upload": 2, "bad_signature": 1}
    assert told.accepted == 0
    assert door.outcomes(AMA, unsigned) == [("duplicate", "carrier_upload")]


def test_a_lost_phones_file_is_held(door: Door) -> None:
    with writing(door.engine) as connection:
        connection.execute(update(DEVICES).where(DEVICES.c.id == AMA.device_id).values(state="lost"))
    assert bring(door, Hand(AMA).finish()).held == {"device_lost": 1}


def test_a_line_that_cannot_be_kept_costs_the_others_nothing(door: Door) -> None:
    hand = Hand(AMA)
    good, wrong, last = hand.say(), hand.say(), hand.finish()
    wrong["hash"] = "0" * 64
    raw = file_of(good, wrong, last) + b'{"op_id": "cut off\n\n[1]\n'
    told = replay(door.engine, door.writer.submit, read_file(raw, BYTES_MAX), 65_536)
    assert (told.accepted, told.rejected) == (2, {"hash_mismatch": 1, "malformed": 2})


def test_what_a_phone_saves_beside_its_operations_is_left_alone(door: Door) -> None:
    papers = b'{"kind":"urna.papers","receipts":[],"checkpoint":"KZ e 1 a 0 b t s"}\n'
    told = replay(door.engine, door.writer.submit, read_file(file_of(Hand(AMA).finish()) + papers, BYTES_MAX), 65_536)
    assert (told.accepted, told.rejected) == (1, {})
    assert read_file(papers, BYTES_MAX) == []


def test_operations_of_a_mission_that_is_not_here_are_counted_and_left(door: Door) -> None:
    elsewhere = {**Hand(AMA, mission="ELSEWHERE").finish(), "mission": "ELSEWHERE"}
    raw = file_of(Hand(AMA).finish()) + json.dumps(elsewhere).encode()
    told = replay(door.engine, door.writer.submit, read_file(raw, BYTES_MAX), 65_536)
    assert (told.accepted, told.not_here) == (1, 1)
    assert len(door.log()) == 1


@pytest.mark.parametrize("raw", [b"", b"\n\n", b"not a file\n", b"[1]\n2\n", b"\x1f\x8bnope"])
def test_what_is_no_such_file_is_refused_in_words(raw: bytes) -> None:
    with pytest.raises(UrnaError, match="invalid_json"):
        read_file(raw, BYTES_MAX)


def test_a_packed_file_is_inflated_no_further_than_its_bound() -> None:
    op = Hand(AMA).finish()
    assert read_file(gzip.compress(file_of(op)), BYTES_MAX) == read_file(file_of(op), BYTES_MAX)
    with pytest.raises(UrnaError, match="body_too_large"):
        read_file(gzip.compress(b"{}\n" * BYTES_MAX), BYTES_MAX)


@pytest.fixture
def standing(database: Engine) -> Iterator[Door]:
    set_out(database)
    with door_of(database) as opened:
        yield opened


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(["file", "phone"]), min_size=1, max_size=6), st.data())
def test_whichever_way_and_however_often_each_operation_is_stored_once(
    standing: Door, ways: list[str], data: st.DataObject
) -> None:
    wipe(standing.engine)
    hand = Hand(AMA)
    ops = [hand.say({"b17_voted_so_far": n}) for n in range(4)] + [hand.finish({"b17_voted_so_far": 9})]
    for way in [*ways, "file"]:
        some = data.draw(st.permutations(ops)) if way == "phone" else ops
        _ = bring(standing, *ops) if way == "file" else standing.send(AMA, *some)
    assert sorted(row.number for row in standing.log()) == [1, 2, 3, 4, 5]
    assert {row.state for row in standing.log()} == {"accepted"}
    (report,) = standing.reports().values()
    assert report["state"]["counted"]["answers"] == {"b17_voted_so_far": 9}


def test_the_desk_takes_a_file_from_the_head_of_the_mission_and_from_nobody_else(
    database_url: str, database: Engine, tmp_path: Path
) -> None:
    set_out(database)
    add_yaw(database)
    raw = file_of(Hand(AMA).finish({"b01_access": "full"}))
    kind = {"Content-Type": "application/x-ndjson"}
    with serving(database_url, tmp_path) as server, httpx.Client(base_url=server.url) as client:

        def post(content: bytes, **headers: str) -> httpx.Response:
            return client.post("/v1/sync/replay", content=content, headers=kind | headers)

        assert post(raw, **AMA.headers).json()["code"] == "forbidden"
        signed_in = client.post("/v1/staff/session", json={"mission": MISSION, "user": "yaw", "password": PASSWORD})
        yaw = {"Authorization": f"Bearer {signed_in.headers['set-cookie'].split(';')[0].split('=', 1)[1]}"}
        first, again = post(raw, **yaw), post(gzip.compress(raw), **yaw, **{"Content-Encoding": "gzip"})
        assert (first.json()["accepted"], again.json()["duplicate"]) == (1, 1)
        assert post(b"no", **yaw).json()["code"] == "invalid_json"
        assert post(raw, **yaw, **{"Content-Type": "application/json"}).json()["code"] == "unsupported_media_type"


def test_the_command_brings_a_file_in_beside_a_running_server(
    database_url: str, database: Engine, tmp_path: Path
) -> None:
    set_out(database)
    hand = Hand(AMA)
    file = tmp_path / "urna-0001.ndjson"
    file.write_bytes(file_of(hand.say(), hand.finish()))
    server = Server(database_url, tmp_path, {})
    told = json.loads(server.run("replay", str(file), "--json").stdout)
    assert told == {"accepted": 2, "duplicate": 0, "held": {}, "rejected": {}, "not_here": 0}
    assert "0 new, 2 were here already" in server.run("replay", str(file), "--mission", MISSION).stdout
    file.write_bytes(file.read_bytes() + b"{}\n")
    assert server.run("replay", str(file), check=False).returncode == 1
    assert "not_found" in server.run("replay", str(file), "--mission", "NOPE", check=False).stderr
