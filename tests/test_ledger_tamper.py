"""A thousand tamperings, each found and named: rows changed, removed, inserted, reordered, and the chain made again.

Tampering is done on a copy of the SQLite file, with the triggers away, as somebody would who has the server's disk but
not its secret; what one finds does not depend on the database that holds the rows.
"""

import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine

from app.ledger.verify import Verdict, verify
from app.store import audit, chain
from app.store.audit import Actor, write_audit
from app.store.checkpoints import Checkpoint, keep_checkpoint, sign_checkpoint
from app.store.database import connect, reading, writing
from app.store.log import CHAINED_FIELDS, Draft
from app.store.receipts import Receipt, read_receipt
from app.store.unbroken import iso
from tests.cast import AMA, BEFORE, EFUA, KOFI, MISSION
from tests.rewriting import rewriting
from tests.sending import SEAL, Door, Hand, act, door_of, set_out, uuid

LOG_FIELDS = ("server_seq", "received_at", *CHAINED_FIELDS)
PLAIN = tuple(name for name in CHAINED_FIELDS if name not in ("number", "tz_min"))


@dataclass
class Held:
    """What lies outside the database: the receipts of the phones, and the checkpoints of their pulls."""

    file: Path
    receipts: list[Receipt]
    checkpoints: list[Checkpoint]
    log_size: int
    trail_size: int


def lived(door: Door) -> tuple[list[Receipt], list[Checkpoint]]:
    """A small day: three phones, one of which does not sign, staff, acts, a checkpoint now and then."""
    hands = [Hand(AMA), Hand(KOFI), Hand(EFUA, signs=False)]
    receipts, checkpoints = [], []
    for turn in range(24):
        hand = hands[turn % 3]
        report = uuid(f"report of {hand.phone.device_id}")
        said = door.send(hand.phone, *(hand.say({"b17": turn}, report_id=report) for _ in range(1 + turn % 3)))
        receipt = read_receipt(said["receipt"])
        assert receipt is not None
        receipts.append(receipt)
        if turn % 4 == 3:
            door.append(act("amend", report_id=report, who="yaw", answers={"b17": turn}))
        with writing(door.engine) as connection:
            write_audit(connection, MISSION, Actor("staff", "yaw"), "embargo.read", f"t{turn}", now=BEFORE)
            if turn % 8 == 5:
                keep_checkpoint(connection, SEAL, MISSION, BEFORE + timedelta(hours=turn))
        with reading(door.engine) as connection:
            checkpoints.append(sign_checkpoint(connection, SEAL, MISSION, BEFORE))
    return receipts, checkpoints


@pytest.fixture(scope="module")
def held(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Held:
    file = tmp_path_factory.mktemp("ledger") / "whole.db"
    shutil.copy(sqlite_template, file)
    engine = connect(f"sqlite:///{file}")
    set_out(engine)
    with door_of(engine) as door:
        receipts, checkpoints = lived(door)
        size = len(door.log())
    engine.dispose()
    with closing(sqlite3.connect(file)) as plain:
        plain.execute("PRAGMA journal_mode=DELETE")
        for (name,) in plain.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            plain.execute(f"DROP TRIGGER {name}")
        plain.commit()
    return Held(file, receipts, checkpoints, size, 24)


@pytest.fixture
def copy(held: Held) -> Iterator[sqlite3.Connection]:
    """The database in memory: a thousand copies of it cost a second."""
    with closing(sqlite3.connect(held.file)) as whole, closing(sqlite3.connect(":memory:")) as made:
        whole.backup(made)
        yield made


def found(plain: sqlite3.Connection, held: Held, with_anchors: bool = True) -> Verdict:
    plain.commit()
    engine = create_engine("sqlite://", creator=lambda: plain)
    with engine.connect() as connection:
        anchors = (held.receipts, held.checkpoints) if with_anchors else ((), ())
        verdict = verify(connection, MISSION, SEAL.verifies, *anchors)
        connection.detach()
    return verdict


def test_what_nobody_touched_has_no_fault(copy: sqlite3.Connection, held: Held) -> None:
    verdict = found(copy, held)
    assert verdict.faults == []
    assert (verdict.entries, verdict.acts) == (held.log_size, held.trail_size)
    assert (verdict.receipts, verdict.checkpoints) == (24, 27)
    assert verdict.signatures == 8 + 16, "of Ama and Kofi; Efua does not sign"
    assert verdict.unproven == []


# What a hand that does not know the chain does


def change(plain: sqlite3.Connection, chance: random.Random, size: int) -> int:
    """One field of one row, to something that it was not."""
    number, name = chance.randint(1, size), chance.choice((*PLAIN, "number", "tz_min", "received_at", "entry"))
    [(before,)] = plain.execute(f"SELECT {name} FROM log WHERE server_seq = ?", (number,)).fetchall()
    after = _other(chance, before)
    plain.execute(f"UPDATE log SET {name} = ? WHERE server_seq = ?", (after, number))
    return number


def _other(chance: random.Random, before: object) -> object:
    if isinstance(before, bytes):
        place = chance.randrange(len(before))
        return before[:place] + bytes([before[place] ^ (1 << chance.randrange(8))]) + before[place + 1 :]
    if isinstance(before, int):
        return before + chance.choice((-1, 1))
    return f"{before or ''}{chance.choice('abcdef')}"


def remove(plain: sqlite3.Connection, chance: random.Random, size: int) -> int:
    number = chance.randint(1, size)
    plain.execute("DELETE FROM log WHERE server_seq = ?", (number,))
    return number


def cut_off(plain: sqlite3.Connection, chance: random.Random, size: int) -> int:
    number = chance.randint(1, size)
    plain.execute("DELETE FROM log WHERE server_seq >= ?", (number,))
    return number


def insert(plain: sqlite3.Connection, chance: random.Random, size: int) -> int:
    """Another row in the place of one; those from there on move up."""
    number = chance.randint(1, size)
    _make_room(plain, number)
    _copy_row(plain, chance.choice([one for one in range(1, size + 2) if one != number]), number, chance)
    plain.execute("UPDATE log_head SET server_seq = server_seq + 1")
    return number


def add(plain: sqlite3.Connection, chance: random.Random, size: int) -> int:
    """A row behind the last, without the head."""
    _copy_row(plain, chance.randint(1, size), size + 1, chance)
    return size + 1


def swap(plain: sqlite3.Connection, chance: random.Random, size: int) -> int:
    one, other = sorted(chance.sample(range(1, size + 1), 2))
    for number, to in ((one, -1), (other, one), (-1, other)):
        plain.execute("UPDATE log SET server_seq = ? WHERE server_seq = ?", (to, number))
    return one


def _make_room(plain: sqlite3.Connection, number: int) -> None:
    plain.execute("UPDATE log SET server_seq = -server_seq WHERE server_seq >= ?", (number,))
    plain.execute("UPDATE log SET server_seq = -server_seq + 1 WHERE server_seq < 0")


def _copy_row(plain: sqlite3.Connection, number: int, to: int, chance: random.Random) -> None:
    columns = [row[1] for row in plain.execute("PRAGMA table_info(log)")]
    [row] = plain.execute(f"SELECT {', '.join(columns)} FROM log WHERE server_seq = ?", (number,)).fetchall()
    fields = {**dict(zip(columns, row, strict=True)), "server_seq": to, "op_id": uuid(str(chance.random()))}
    marks = ", ".join("?" * len(columns))
    plain.execute(f"INSERT INTO log ({', '.join(columns)}) VALUES ({marks})", [fields[name] for name in columns])


Tampering = Callable[[sqlite3.Connection, random.Random, int], int]
TAMPERINGS: tuple[Tampering, ...] = (change, remove, cut_off, insert, add, swap)


@pytest.mark.parametrize("tampering", TAMPERINGS, ids=lambda one: one.__name__)
def test_a_row_touched_by_hand_is_found_and_named_without_anything_else(tampering: Tampering, held: Held) -> None:
    for seed in range(80):
        with closing(sqlite3.connect(held.file)) as whole, closing(sqlite3.connect(":memory:")) as copy:
            whole.backup(copy)
            number = tampering(copy, random.Random(f"{tampering.__name__} {seed}"), held.log_size)
            verdict = found(copy, held, with_anchors=False)
            assert verdict.faults, f"seed {seed}: nothing found of {number}"
            assert verdict.faults[0].number == number, f"seed {seed}: {verdict.faults[:3]}"


# What an insider does who knows the chain, and makes it again to the end


def make_again(plain: sqlite3.Connection, genesis: str = chain.GENESIS) -> None:
    """Hashes, links, seals and head of everything: the log is right again by itself. Signatures cannot be made."""
    columns = ", ".join(LOG_FIELDS)
    entry, number = genesis, 0
    for row in plain.execute(f"SELECT {columns} FROM log ORDER BY server_seq").fetchall():
        fields = dict(zip(LOG_FIELDS, row, strict=True))
        fields["hash"] = chain.body_hash(fields["body"])
        fields["link"] = _link(fields)
        number, at = int(fields["server_seq"]), iso(fields["received_at"])
        entry = chain.entry(entry, (number, at, *(fields[name] for name in CHAINED_FIELDS)))
        said = "UPDATE log SET hash = ?, link = ?, entry = ? WHERE server_seq = ?"
        plain.execute(said, (fields["hash"], fields["link"], entry, number))
    plain.execute("UPDATE log_head SET server_seq = ?, entry = ?", (number, entry))


def _link(fields: dict[str, Any]) -> str:
    names = ("author", "number", "op_id", "kind", "report_id", "made_at", "tz_min", "prev", "hash")
    return chain.body_hash(chain.link_text((MISSION, *(fields[name] for name in names))))


def renumber(plain: sqlite3.Connection) -> None:
    """Close the gaps, so that nothing seems to be missing."""
    numbers = [row[0] for row in plain.execute("SELECT server_seq FROM log ORDER BY server_seq")]
    for right, number in enumerate(numbers, 1):
        plain.execute("UPDATE log SET server_seq = ? WHERE server_seq = ?", (right, number))


def change_body(plain: sqlite3.Connection, chance: random.Random, size: int) -> int:
    number = chance.randint(1, size)
    [(body,)] = plain.execute("SELECT body FROM log WHERE server_seq = ?", (number,)).fetchall()
    plain.execute("UPDATE log SET body = ? WHERE server_seq = ?", (body.replace(b"}", b" }", 1), number))
    return number


INSIDE: tuple[Tampering, ...] = (change_body, remove, cut_off, insert, add, swap)


@pytest.mark.parametrize("tampering", INSIDE, ids=lambda one: one.__name__)
def test_a_chain_that_was_made_again_is_found_by_what_phones_hold(tampering: Tampering, held: Held) -> None:
    """The stretch that is named holds the entry: it is not wider than from one anchor to the next."""
    numbers = sorted({one.server_seq for one in held.receipts} | {one.server_seq for one in held.checkpoints})
    for seed in range(80):
        with closing(sqlite3.connect(held.file)) as whole, closing(sqlite3.connect(":memory:")) as copy:
            whole.backup(copy)
            number = tampering(copy, random.Random(f"inside {tampering.__name__} {seed}"), held.log_size)
            renumber(copy)
            make_again(copy)
            if tampering is add:
                codes = {fault.code for fault in found(copy, held).faults}
                assert codes <= {"signature"}, "behind the last anchor there is only what devices signed"
                continue
            verdict = found(copy, held)
            told = next(fault for fault in verdict.faults if fault.code in ("rewritten", "lost"))
            assert told.number == next(one for one in numbers if one >= number), f"seed {seed}: {told}"
            assert (told.since or 0) < number, f"seed {seed}: {told}"


def test_what_a_phone_signed_names_the_very_entry_without_any_receipt(held: Held) -> None:
    hits = 0
    for seed in range(80):
        with closing(sqlite3.connect(held.file)) as whole, closing(sqlite3.connect(":memory:")) as copy:
            whole.backup(copy)
            copy.execute("DELETE FROM checkpoint")
            number = change_body(copy, random.Random(f"signed {seed}"), held.log_size)
            make_again(copy)
            [(sig,)] = copy.execute("SELECT sig FROM log WHERE server_seq = ?", (number,)).fetchall()
            codes = [(fault.code, fault.number) for fault in found(copy, held, with_anchors=False).faults]
            assert codes == ([("signature", number)] if sig else [])
            hits += bool(sig)
    assert hits > 20


def test_the_audit_trail_is_held_to_the_same(held: Held) -> None:
    for seed in range(80):
        chance = random.Random(f"audit {seed}")
        with closing(sqlite3.connect(held.file)) as whole, closing(sqlite3.connect(":memory:")) as copy:
            whole.backup(copy)
            number, name = chance.randint(1, held.trail_size), chance.choice(("act", "actor", "about", "reason", "at"))
            [(before,)] = copy.execute(f"SELECT {name} FROM audit WHERE number = ?", (number,)).fetchall()
            if chance.random() < 0.5:
                copy.execute(f"UPDATE audit SET {name} = ? WHERE number = ?", (_other(chance, before), number))
            else:
                copy.execute("DELETE FROM audit WHERE number = ?", (number,))
            fault = found(copy, held, with_anchors=False).faults[0]
            assert (fault.chain, fault.number) == ("audit", number), f"seed {seed}: {fault}"


def test_an_audit_trail_that_was_made_again_is_found_by_checkpoints(held: Held) -> None:
    for number in range(1, held.trail_size + 1):
        with closing(sqlite3.connect(held.file)) as whole, closing(sqlite3.connect(":memory:")) as copy:
            whole.backup(copy)
            copy.execute("UPDATE audit SET reason = 'as told' WHERE number = ?", (number,))
            _make_trail_again(copy)
            told = next(fault for fault in found(copy, held).faults if fault.chain == "audit")
            assert (told.code, told.since, told.number) == ("rewritten", number - 1, number)


def _make_trail_again(plain: sqlite3.Connection) -> None:
    names = ("number", "at", *audit.CHAINED_FIELDS)
    entry = audit.GENESIS
    for row in plain.execute(f"SELECT {', '.join(names)} FROM audit ORDER BY number").fetchall():
        number, at, *fields = row
        entry = chain.entry(entry, (MISSION, number, iso(at), *fields))
        plain.execute("UPDATE audit SET entry = ? WHERE number = ?", (entry, number))
    plain.execute("UPDATE audit_head SET entry = ?", (entry,))


def test_a_checkpoint_in_the_database_that_was_changed_is_named(copy: sqlite3.Connection, held: Held) -> None:
    copy.execute("UPDATE checkpoint SET entry = ? WHERE rowid = 1", ("0" * 64,))
    assert [fault.code for fault in found(copy, held).faults] == ["false_checkpoint"]


def test_a_receipt_of_another_servers_secret_is_named_and_proves_nothing(copy: sqlite3.Connection, held: Held) -> None:
    forged = Receipt(MISSION, held.receipts[0].epoch, uuid("x"), 3, "1" * 64, "AAAA")
    lone = Held(held.file, [forged], [], held.log_size, held.trail_size)
    assert [fault.code for fault in found(copy, lone).faults] == ["false_receipt"]


def test_a_list_that_set_up_names_is_missed_where_it_is_gone_or_other(database: Engine) -> None:
    set_out(database)
    body = chain.body_hash(b"stations")
    with door_of(database) as door:
        raw = f'{{"blob":"{body}"}}'.encode()
        number = door.append(Draft(uuid("s"), "setup.x", "setup", "setup", "", raw, "l", chain.body_hash(raw)))[0]
        assert [(one.code, one.number) for one in verdict_of(door).faults] == [("blob", number)]


def verdict_of(door: Door, **anchors: Any) -> Verdict:
    with reading(door.engine) as connection:
        return verify(connection, MISSION, SEAL.verifies, **anchors)


def test_both_databases_read_the_same(database: Engine) -> None:
    set_out(database)
    with door_of(database) as door:
        receipts, checkpoints = lived(door)
        whole = verdict_of(door, receipts=receipts, checkpoints=checkpoints)
        assert whole.faults == []
        with writing(database) as connection, rewriting(connection):
            connection.exec_driver_sql("UPDATE log SET state = 'held' WHERE server_seq = 7")
        assert [(one.code, one.number) for one in verdict_of(door).faults] == [("changed", 7)]
