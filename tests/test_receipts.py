"""Receipts and the epoch: a database that went back in time is found out by the first phone that calls."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, delete, select, update

from app.store.database import reading, writing
from app.store.log import HEAD, LOG
from app.store.receipts import Receipt, read_receipt
from app.store.seal import Seal
from app.store.tables import Device, Report, table
from app.sync.receipts import make_receipt
from tests.cast import AMA, EPOCH, KOFI, MISSION
from tests.rewriting import rewriting
from tests.sending import SEAL, VISIT, Door, Hand, door_of, set_out, uuid


@pytest.fixture
def door(database: Engine) -> Iterator[Door]:
    set_out(database)
    with door_of(database) as opened:
        yield opened


def go_back(door: Door, number: int) -> None:
    """What a restored backup does: everything after `number` is gone, and the database looks healthy."""
    with writing(door.engine) as connection, rewriting(connection):
        connection.execute(delete(LOG).where(LOG.c.server_seq > number))
        connection.execute(delete(table(Report)))
        kept = select(LOG.c.entry).where(LOG.c.server_seq == number)
        entry = connection.execute(kept).scalar() or "0" * 64
        connection.execute(update(HEAD).values(server_seq=number, entry=entry))
        connection.execute(update(table(Device)).values(device_seq=number, link=None))


def test_a_receipt_is_over_the_newest_entry_and_verifies(door: Door) -> None:
    hand = Hand(AMA)
    said = door.send(AMA, hand.say(), hand.finish())
    receipt = read_receipt(said["receipt"])
    assert receipt is not None
    newest = door.log()[-1]
    assert (receipt.op_id, receipt.server_seq, receipt.entry) == (newest.op_id, newest.server_seq, newest.entry)
    assert (receipt.mission, receipt.epoch) == (MISSION, EPOCH)
    assert SEAL.verifies(receipt.text, receipt.sig)


def test_a_duplicate_gets_a_receipt_of_its_entry(door: Door) -> None:
    op = Hand(AMA).finish()
    first = door.send(AMA, op)["receipt"]
    door.send(KOFI, Hand(KOFI).say(report_id=uuid("x")))
    again = door.send(AMA, op)["receipt"]
    assert (again["server_seq"], again["entry"]) == (first["server_seq"], first["entry"])


def test_a_known_receipt_that_the_log_holds_changes_nothing(door: Door) -> None:
    known = door.send(AMA, Hand(AMA).finish())["receipt"]
    assert door.send(AMA, known=known)["epoch"] == EPOCH


def test_a_receipt_beyond_the_head_begins_a_new_epoch_at_once(door: Door) -> None:
    hand = Hand(AMA)
    ops = [hand.say(), hand.say(), hand.finish()]
    known = door.send(AMA, *ops)["receipt"]
    go_back(door, 1)
    said = door.send(AMA, known=known)
    assert said["epoch"] != EPOCH
    again = door.send(AMA, *ops)
    assert [r["outcome"] for r in again["results"]] == ["duplicate", "accepted", "accepted"]
    assert [r["server_seq"] for r in again["results"]] == [1, 10**9, 10**9 + 1]
    assert again["epoch"] == said["epoch"], "one new epoch, not one for each phone"
    assert door.reports()[VISIT]["status"] == "finished"


def test_the_push_that_finds_it_out_is_answered_in_the_new_epoch(door: Door) -> None:
    hand = Hand(AMA)
    ops = [hand.say(), hand.finish()]
    known = door.send(AMA, *ops)["receipt"]
    go_back(door, 0)
    said = door.send(AMA, *ops, known=known)
    assert said["epoch"] != EPOCH
    assert [r["server_seq"] for r in said["results"]] == [10**9, 10**9 + 1]


def test_every_further_phone_of_the_old_epoch_is_answered_in_the_same_new_one(door: Door) -> None:
    known = door.send(AMA, Hand(AMA).finish())["receipt"]
    of_kofi = door.send(KOFI, Hand(KOFI).say(report_id=uuid("x")))["receipt"]
    go_back(door, 0)
    epochs = {
        door.send(someone, known=shown)["epoch"] for someone, shown in ((AMA, known), (KOFI, of_kofi), (AMA, known))
    }
    assert len(epochs) == 1
    assert epochs != {EPOCH}


def test_a_log_that_grew_again_after_going_back_is_found_out_by_its_entry(door: Door) -> None:
    """Other phones wrote before this one called: the number is there, under another entry."""
    known = door.send(AMA, Hand(AMA).finish())["receipt"]
    go_back(door, 0)
    kofi = Hand(KOFI)
    door.send(KOFI, *(kofi.say(report_id=uuid("x")) for _ in range(3)))
    assert door.send(AMA, known=known)["epoch"] != EPOCH


@pytest.mark.parametrize(
    "odd",
    [{"sig": "AAAA"}, {"sig": ""}, {"server_seq": 10**12}, {"entry": "1" * 64}, {"op_id": uuid("y")}, {"sig": None}],
)
def test_a_receipt_that_does_not_verify_is_an_alarm_and_no_new_epoch(
    door: Door, odd: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    known = door.send(AMA, Hand(AMA).finish())["receipt"]
    beyond = {**make_receipt(Seal(b"x" * 32), MISSION, EPOCH, known["op_id"], 99, known["entry"]), **odd}
    assert door.send(AMA, known=beyond)["epoch"] == EPOCH
    assert "alarm" in caplog.text
    with reading(door.engine) as connection:
        flags = connection.execute(select(table(Device).c.flags).where(table(Device).c.id == AMA.device_id)).scalar()
    assert flags == "false_receipt"


@pytest.mark.parametrize("known", [{}, {"server_seq": "1"}, {"server_seq": True}, {"mission": "\ud800"}, {"epoch": 7}])
def test_what_is_no_receipt_is_an_alarm_and_nothing_else(door: Door, known: Any) -> None:
    assert door.send(AMA, Hand(AMA).finish(), known=known)["results"][0]["outcome"] == "accepted"


def test_a_receipt_signs_six_lines() -> None:
    receipt = Receipt("KZ", "e", "o", 7, "f" * 64)
    assert receipt.text.decode().split("\n") == ["urna-receipt-v1", "KZ", "e", "o", "7", "f" * 64]
