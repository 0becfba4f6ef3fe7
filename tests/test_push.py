"""The phones' door: every operation gets its own outcome, and nothing that can be kept is lost."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, event, select, update

from app.errors import UrnaError
from app.store.database import reading, writing
from app.store.log import CONFLICT
from app.store.tables import Device, Mission, table
from app.sync.push import Limits
from tests.cast import AMA, EFUA, EPOCH, KOFI, MISSION, Phone, add_phone, phone
from tests.sending import COMMISSION, LIMITS, STATION, VISIT, Door, Hand, door_of, link_of, set_out, sign, uuid

ACCEPTED = ("accepted", None)
DEVICES = table(Device)
ATTACKS = ["\u0000", "\\u0000", "\\ud800"]


@pytest.fixture
def door(database: Engine) -> Iterator[Door]:
    set_out(database)
    with door_of(database) as opened:
        yield opened


def device(door: Door, someone: Phone) -> Any:
    with reading(door.engine) as connection:
        return connection.execute(select(DEVICES).where(DEVICES.c.id == someone.device_id)).one()


# Answers


def test_an_accepted_operation_is_stored_as_it_came(door: Door) -> None:
    op = Hand(AMA).finish({"b17_voted_so_far": 412}, comment="Құпия дауыс, tiché")
    assert door.outcomes(AMA, op) == [ACCEPTED]
    [row] = door.log()
    assert (row.body.decode(), row.op_id, row.number, row.kind) == (op["body"], op["op_id"], 1, "report.finish")
    assert (row.author, row.team, row.link, row.flags) == (AMA.device_id, "0001", link_of(op), "")


def test_the_answer_says_what_tools_rely_on(door: Door) -> None:
    said = door.send(AMA, Hand(AMA).finish())
    assert (said["kind"], said["protocol"], said["attempt_id"], said["epoch"]) == ("urna.push", 1, "a1", EPOCH)
    assert said["results"][0]["server_seq"] == said["device_seq"] == 1
    assert said["pull"] is True
    assert said["directive"] is None
    assert said["server_time"].endswith("+00:00")


def test_results_come_in_the_order_sent_each_with_its_own_outcome(door: Door) -> None:
    hand = Hand(AMA)
    good, wrong, held, last = hand.say(), hand.say(), hand.say(form="Z"), hand.finish()
    wrong["hash"] = "0" * 64
    said = door.send(AMA, last, wrong, held, good, 7)
    assert [r["outcome"] for r in said["results"]] == ["accepted", "rejected", "held", "accepted", "rejected"]
    assert [r["op_id"] for r in said["results"]] == [last["op_id"], wrong["op_id"], held["op_id"], good["op_id"], None]


def test_the_same_operation_again_repeats_the_first_answer(door: Door) -> None:
    hand = Hand(AMA)
    ops = [hand.say(), hand.say(form="Z")]
    first = door.send(AMA, *ops)["results"]
    again = door.send(AMA, *ops)["results"]
    assert [r["outcome"] for r in again] == ["duplicate", "duplicate"]
    assert [(r["state"], r.get("code"), r["server_seq"]) for r in again] == [
        (r["outcome"], r.get("code"), r["server_seq"]) for r in first
    ]
    assert len(door.log()) == 2


def test_the_same_operation_twice_in_one_push_is_stored_once(door: Door) -> None:
    op = Hand(AMA).finish()
    assert [outcome for outcome, _ in door.outcomes(AMA, op, op)] == ["accepted", "duplicate"]
    assert len(door.log()) == 1


def test_another_text_under_a_known_id_is_rejected_and_kept_once(door: Door) -> None:
    op = Hand(AMA).finish({"b17_voted_so_far": 1})
    other = Hand(AMA).finish({"b17_voted_so_far": 2})
    other["op_id"] = op["op_id"]
    door.send(AMA, op)
    for _ in range(3):
        assert door.outcomes(AMA, other, other) == [("rejected", "id_conflict")] * 2
    with reading(door.engine) as connection:
        kept = connection.execute(select(CONFLICT)).all()
    assert [row.body.decode() for row in kept] == [other["body"]]
    assert door.reports()[VISIT]["state"]["latest"]["answers"] == {"b17_voted_so_far": 1}


def test_an_empty_push_notes_the_contact_and_has_no_receipt(door: Door) -> None:
    said = door.send(AMA, app={"version": "1.4.2"}, queue={"ops": 3, "oldest_at": "2022-11-20T08:15:00Z", "odd": "\0"})
    row = device(door, AMA)
    assert (said["results"], said["receipt"], said["device_seq"]) == ([], None, 0)
    assert (row.app_version, row.queue["ops"], "odd" in row.queue) == ("1.4.2", 3, False)
    assert row.last_contact_at is not None


def test_the_highest_number_of_the_device_is_told(door: Door) -> None:
    hand = Hand(AMA)
    ops = [hand.say(), hand.say(), hand.say()]
    assert door.send(AMA, ops[2])["device_seq"] == 3
    assert door.send(AMA, ops[0])["device_seq"] == 3


def test_checklists_and_places_that_were_found_once_are_not_looked_up_again(door: Door) -> None:
    asked: list[str] = []
    event.listen(door.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    hand, place = Hand(AMA), {"kind": "station", "id": STATION, "text": None}
    counts = []
    for _ in range(3):
        asked.clear()
        door.send(AMA, hand.say(place=place))
        counts.append(sum("FROM checklist" in one or "FROM station" in one for one in asked))
    assert counts == [2, 0, 0]


# What a person must look at


def held_code(door: Door, op: Any, carrier: Phone = AMA) -> Any:
    said = door.send(carrier, op)["results"][0]
    row = door.log()[-1]
    assert (said["outcome"], row.state, row.code) == ("held", "held", said["code"])
    assert row.body.decode() == op["body"], "held operations are kept as they came"
    return said["code"]


def test_an_unknown_form_or_version_is_held(door: Door) -> None:
    hand = Hand(AMA)
    assert held_code(door, hand.say(form="Z")) == "unknown_form"
    assert held_code(door, hand.say(form_version=2)) == "unknown_version"
    assert held_code(door, hand.mint("report.finish", {"answers": {}})) == "unknown_form"


def test_an_unknown_place_is_held_and_a_place_with_a_text_alone_is_flagged(door: Door) -> None:
    hand = Hand(AMA)
    known = hand.say(place={"kind": "station", "id": STATION, "text": None})
    board = hand.say(place={"kind": "commission", "id": COMMISSION})
    typed = hand.say(place={"kind": "station", "id": None, "text": "school beside the mill"})
    nowhere = hand.say(place={"kind": "none", "id": None})
    assert door.outcomes(AMA, known, board, typed, nowhere) == [ACCEPTED] * 4
    assert [row.flags for row in door.log()] == ["", "", "place_unlisted", ""]
    assert held_code(door, hand.say(place={"kind": "station", "id": "KZ-00-0000"})) == "unknown_station"
    assert held_code(door, hand.say(place={"kind": "commission", "id": "T99"})) == "unknown_place"


def test_what_a_lost_device_sends_is_held(door: Door) -> None:
    with writing(door.engine) as connection:
        connection.execute(update(DEVICES).where(DEVICES.c.id == AMA.device_id).values(state="lost"))
    assert held_code(door, Hand(AMA).finish()) == "device_lost"


def test_an_operation_on_the_report_of_another_team_is_held_and_changes_nothing(door: Door) -> None:
    door.send(AMA, Hand(AMA).finish({"b17_voted_so_far": 1}))
    before = door.reports()[VISIT]["state"]["counted"]
    assert held_code(door, Hand(EFUA).finish({"b17_voted_so_far": 2}), EFUA) == "other_team"
    after = door.reports()[VISIT]
    assert (after["state"]["counted"], after["team"], after["status"]) == (before, "0001", "finished")
    assert len(after["state"]["held"]) == 1


def test_what_is_held_under_a_reports_id_takes_it_from_nobody(door: Door) -> None:
    assert held_code(door, Hand(EFUA).finish(form="Z"), EFUA) == "unknown_form"
    assert door.outcomes(AMA, Hand(AMA).finish({"b17_voted_so_far": 1})) == [ACCEPTED]
    assert (door.reports()[VISIT]["team"], door.reports()[VISIT]["status"]) == ("0001", "finished")


def test_a_body_that_does_not_decode_is_held_and_its_neighbours_are_stored(door: Door) -> None:
    hand = Hand(AMA)
    poison = hand.mint("report.finish", '{"form":"B","form_version":1,"answers":{"q":NaN}}')
    assert door.outcomes(AMA, hand.say(), poison, hand.finish()) == [ACCEPTED, ("held", "body_unreadable"), ACCEPTED]
    assert door.reports()[VISIT]["status"] == "finished"


@pytest.mark.parametrize(
    "body",
    [
        {"form": "B", "form_version": 1, "answers": []},
        {"form": "B", "form_version": 1, "seen": {"d": "many"}},
        {"form": "B", "form_version": 1, "seen": {"d": True}},
        {"form": "B", "form_version": 1, "seen": {"d": -1}},
        {"form": "B", "form_version": 1, "settled": [1]},
        {"form": "B", "form_version": 1, "place": "school"},
        {"form": "B", "form_version": 1, "place": {"kind": "planet"}},
        {"form": ["B"], "form_version": 1},
    ],
)
def test_a_body_of_the_wrong_shape_is_held(door: Door, body: Any) -> None:
    assert held_code(door, Hand(AMA).mint("report.finish", body)) == "body_shape"


def test_a_kind_that_is_not_for_phones_is_held_and_cannot_pass_for_one_of_staff(door: Door) -> None:
    hand = Hand(AMA)
    door.send(AMA, hand.finish())
    for kind in ("staff.exclude", "setup.mission", "report.photo"):
        assert held_code(door, hand.mint(kind, {"reason": "no"})) == "unknown_kind"
    assert [row.kind for row in door.log()[1:]] == ["unknown.staff.exclude", "unknown.setup.mission", "report.photo"]
    assert door.reports()[VISIT]["status"] == "finished"


@pytest.mark.parametrize(
    "odd",
    [
        {"device_seq": 0},
        {"device_seq": "1"},
        {"device_seq": True},
        {"device_seq": 1.5},
        {"device_seq": 2**63},
        {"device_seq": 2**64},
        {"device_seq": None},
        {"kind": None},
        {"kind": "report.finish\n"},
        {"kind": 7},
        {"report_id": "visit 7"},
        {"report_id": None},
    ],
)
def test_an_operation_whose_envelope_is_odd_is_held_malformed(door: Door, odd: dict[str, Any]) -> None:
    hand = Hand(AMA, signs=False)
    good = hand.say()
    bad = {**hand.finish(), **odd}
    assert door.outcomes(AMA, good, bad, Hand(KOFI, signs=False).say()) == [ACCEPTED, ("held", "malformed"), ACCEPTED]


# What cannot be kept


@pytest.mark.parametrize(
    ("odd", "code"),
    [
        ({"op_id": "7"}, "malformed"),
        ({"op_id": None}, "malformed"),
        ({"op_id": 7}, "malformed"),
        ({"body": {"form": "B"}}, "malformed"),
        ({"body": None}, "malformed"),
        ({"hash": "0" * 64}, "hash_mismatch"),
        ({"hash": None}, "hash_mismatch"),
    ],
)
def test_what_cannot_be_kept_is_rejected_alone(door: Door, odd: dict[str, Any], code: str) -> None:
    hand = Hand(AMA)
    good = hand.say()
    bad = {**hand.finish(), **odd}
    assert door.outcomes(AMA, good, bad, hand.finish()) == [ACCEPTED, ("rejected", code), ACCEPTED]
    assert len(door.log()) == 2


def test_a_hash_in_capitals_is_not_the_hash(door: Door) -> None:
    op = Hand(AMA).finish()
    assert door.outcomes(AMA, {**op, "hash": op["hash"].upper()}) == [("rejected", "hash_mismatch")]


def test_an_operation_over_64_kib_is_rejected_and_one_of_64_kib_is_not(door: Door) -> None:
    hand = Hand(AMA)
    frame = len(json.dumps({"reason": ""}))
    fits, over = ("x" * (LIMITS.operation_bytes_max - frame + more) for more in (0, 1))
    made = hand.mint("message.ack", {"reason": fits}, None), hand.mint("message.ack", {"reason": over}, None)
    assert door.outcomes(AMA, *made) == [("held", "body_too_complex"), ("rejected", "too_large")]


# Who brought it


def test_a_phone_carries_operations_of_its_team(door: Door) -> None:
    assert door.outcomes(KOFI, Hand(AMA).finish()) == [ACCEPTED]
    [row] = door.log()
    assert (row.author, row.carried_by, row.team) == (AMA.device_id, KOFI.device_id, "0001")


def test_what_a_phone_of_another_team_carries_is_held(door: Door) -> None:
    assert held_code(door, Hand(AMA).finish(), EFUA) == "carrier_upload"
    assert door.log()[0].carried_by == EFUA.device_id


def far_ahead(of: Phone, text: str, kind: str = "report.finish") -> dict[str, Any]:
    """An operation in the name of `of` with the greatest number there is: one beyond could not be kept."""
    return Hand(of, number=2**53 - 2).mint(kind, {"form": "B", "form_version": 1, "comment": text})


def test_what_others_say_in_the_name_of_a_device_moves_none_of_its_numbers(door: Door) -> None:
    own = Hand(AMA)
    door.send(AMA, own.say())
    forged = {**far_ahead(AMA, "forged"), "sig": sign(EFUA.key, b"another's")}
    tries = [(EFUA, far_ahead(AMA, "carried")), (EFUA, far_ahead(AMA, "odd", "?")), (KOFI, forged)]
    codes = [code for carrier, op in tries for _, code in door.outcomes(carrier, op)]
    assert codes == ["carrier_upload", "malformed", "bad_signature"]
    said = door.send(AMA, own.finish())
    assert (said["device_seq"], said["results"][0]["outcome"]) == (2, "accepted")
    assert (device(door, AMA).link, device(door, AMA).flags) == (own.prev, "")


def test_what_a_phone_carries_for_a_device_that_nobody_knows_is_held(door: Door) -> None:
    stranger = phone("stranger", "0001")
    assert held_code(door, Hand(stranger).finish()) == "carrier_upload"
    assert (door.log()[0].author, door.log()[0].team) == (stranger.device_id, None)


def test_without_a_name_an_operation_is_of_the_envelope_or_of_the_credential(door: Door) -> None:
    of_ama, of_kofi = Hand(AMA).finish(), Hand(KOFI).say()
    del of_ama["device_id"], of_kofi["device_id"]
    assert door.outcomes(AMA, of_ama) == [ACCEPTED]
    assert door.outcomes(AMA, of_kofi, device_id=KOFI.device_id) == [ACCEPTED]
    assert [(row.author, row.carried_by) for row in door.log()] == [
        (AMA.device_id, None),
        (KOFI.device_id, AMA.device_id),
    ]


def test_an_operation_of_a_mission_that_is_not_here_is_held(door: Door) -> None:
    hand = Hand(AMA, mission="GE")
    assert held_code(door, {**hand.finish(), "mission": "GE"}) == "other_mission"


def test_what_a_phone_of_another_mission_sends_here_is_held_and_is_of_no_team(door: Door) -> None:
    stranger = phone("abla", AMA.team)
    add_phone(door.engine, stranger, "GE")
    raw = json.dumps({"protocol": 1, "ops": [{**Hand(stranger).finish(), "mission": MISSION}]}).encode()
    [said] = door.send_raw(stranger, raw, mission="GE")["results"]
    assert (said["outcome"], said["code"]) == ("held", "other_mission")
    assert [row.team for row in door.log()] == [None]
    assert door.reports()[VISIT]["team"] is None


# Signatures and chains


def test_one_signature_at_the_end_speaks_for_an_unbroken_run(door: Door) -> None:
    hand = Hand(AMA, signs=False)
    ops = [hand.say(), hand.say()]
    hand.signs = True
    assert door.outcomes(AMA, *ops, hand.finish()) == [ACCEPTED] * 3
    assert [row.flags for row in door.log()] == ["", "", ""]


def test_a_wrong_signature_is_held_and_the_others_are_verified_one_by_one(door: Door) -> None:
    hand = Hand(AMA)
    ops = [hand.say(), hand.say(), hand.finish()]
    ops[2]["sig"] = sign(EFUA.key, b"something else")
    assert door.outcomes(AMA, *ops) == [ACCEPTED, ACCEPTED, ("held", "bad_signature")]


@pytest.mark.parametrize("sig", ["", "?", "AAAA", "é", "x" * 5000, 7, ["a"], "\x00"])
def test_what_is_no_signature_at_all_is_a_wrong_one(door: Door, sig: Any) -> None:
    assert door.outcomes(AMA, {**Hand(AMA).finish(), "sig": sig}) == [("held", "bad_signature")]


@pytest.mark.parametrize(
    ("name", "value"),
    [("made_at", "2022-11-20T09:15:00+06:00"), ("tz_min", 300), ("report_id", uuid("x")), ("kind", "report.finish")],
)
def test_a_signature_covers_every_field(door: Door, name: str, value: Any) -> None:
    assert door.outcomes(AMA, {**Hand(AMA).say(), name: value}) == [("held", "bad_signature")]


def test_unsigned_operations_are_flagged_and_held_only_where_the_mission_demands_signatures(door: Door) -> None:
    hand = Hand(AMA, signs=False)
    assert door.outcomes(AMA, hand.say()) == [ACCEPTED]
    assert door.log()[0].flags == "unsigned"
    with writing(door.engine) as connection:
        connection.execute(update(table(Mission)).values(settings={"signatures": "required"}))
    assert held_code(door, hand.finish()) == "unsigned"


def test_a_device_without_a_key_is_flagged_not_held(door: Door) -> None:
    with writing(door.engine) as connection:
        connection.execute(update(DEVICES).where(DEVICES.c.id == AMA.device_id).values(public_key=None))
    assert door.outcomes(AMA, Hand(AMA).finish()) == [ACCEPTED]
    assert door.log()[0].flags == "unsigned"


def test_a_gap_in_the_chain_is_flagged_and_never_held(door: Door) -> None:
    hand = Hand(AMA)
    ops = [hand.say(), hand.say(), hand.say(), hand.finish()]
    assert door.outcomes(AMA, ops[0]) == [ACCEPTED]
    assert door.outcomes(AMA, ops[2]) == [ACCEPTED]
    assert door.outcomes(AMA, ops[3]) == [ACCEPTED]
    assert [row.flags for row in door.log()] == ["", "chain_gap", ""]
    assert device(door, AMA).flags == "chain_gap"


def test_an_operation_that_comes_late_into_its_gap_is_no_gap_itself(door: Door) -> None:
    hand = Hand(AMA)
    ops = [hand.say(), hand.say(), hand.say()]
    for op in (ops[0], ops[2], ops[1]):
        door.send(AMA, op)
    assert [row.flags for row in door.log()] == ["", "chain_gap", ""]


def test_going_on_above_with_no_link_is_no_gap(door: Door) -> None:
    hand = Hand(AMA)
    door.send(AMA, hand.say())
    hand.number, hand.prev = 40, None
    door.send(AMA, hand.finish())
    assert [(row.number, row.flags) for row in door.log()] == [(1, ""), (41, "")]


def test_two_operations_under_one_number_are_both_kept_and_flagged(door: Door) -> None:
    first, second = Hand(AMA), Hand(AMA)
    door.send(AMA, first.say({"b17_voted_so_far": 1}))
    assert door.outcomes(AMA, second.say({"b17_voted_so_far": 2})) == [ACCEPTED]
    state = door.reports()[VISIT]["state"]
    assert (state["forked"], device(door, AMA).flags) == ([[AMA.device_id, 1]], "forked")
    assert len(state["latest"]["disagreement"]["b17_voted_so_far"]) == 2


# Clocks and spellings


@pytest.mark.parametrize(
    "made_at",
    [
        "2022-11-20T08:15:00",
        "",
        "yesterday",
        "9999-12-31T23:59:59-23:59",
        "0001-01-01T00:00:00+23:59",
        None,
        7,
        "\0" * 9,
    ],
)
def test_any_clock_is_accepted_and_an_absurd_one_flagged(door: Door, made_at: Any) -> None:
    assert door.outcomes(AMA, {**Hand(AMA, signs=False).finish(), "made_at": made_at}) == [ACCEPTED]
    assert door.log()[0].flags == "clock unsigned"


@pytest.mark.parametrize("tz_min", [None, "360", 1.5, 10**12, True])
def test_an_odd_offset_is_accepted(door: Door, tz_min: Any) -> None:
    assert door.outcomes(AMA, {**Hand(AMA, signs=False).finish(), "tz_min": tz_min}) == [ACCEPTED]


def test_a_phone_whose_clock_is_off_is_marked_until_it_is_right(door: Door) -> None:
    door.send(AMA, sent_at="2020-01-01T00:00:00Z")
    assert device(door, AMA).flags == "clock"
    door.send(AMA)
    assert device(door, AMA).flags == ""


@pytest.mark.parametrize("spell", [str.upper, "{{{}}}".format, "urn:uuid:{}".format, lambda one: one.replace("-", "")])
def test_an_id_in_another_spelling_is_the_same_id(door: Door, spell: Any) -> None:
    hand, report = Hand(AMA, signs=False), Hand(KOFI, signs=False)
    door.send(KOFI, report.say({"b17_voted_so_far": 1}))
    op = {**hand.finish(), "report_id": spell(VISIT), "device_id": spell(AMA.device_id)}
    said = door.send(AMA, {**op, "op_id": spell(op["op_id"])}, device_id=spell(AMA.device_id))["results"][0]
    assert (said["outcome"], said["op_id"]) == ("accepted", spell(op["op_id"]))
    assert (door.log()[1].op_id, door.log()[1].flags) == (op["op_id"], "respelled unsigned")
    assert list(door.reports()) == [VISIT]
    assert door.outcomes(AMA, op) == [("rejected", "id_conflict")], "one id, another link"


# Envelopes


def fault(door: Door, raw: bytes, limits: Limits = LIMITS) -> str:
    with pytest.raises(UrnaError) as caught:
        door.send_raw(AMA, raw, limits)
    assert not door.log()
    return caught.value.code


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "invalid_json"),
        (b"{", "invalid_json"),
        (b"[]", "invalid_request"),
        (b"7", "invalid_request"),
        (b'{"ops":[]}', "invalid_request"),
        (b'{"protocol":2,"ops":[]}', "invalid_request"),
        (b'{"protocol":true,"ops":[]}', "invalid_request"),
        (b'{"protocol":1}', "invalid_request"),
        (b'{"protocol":1,"ops":{}}', "invalid_request"),
        (b'{"protocol":1,"ops":[],"attempt_id":"a b"}', "invalid_request"),
        (b'{"protocol":1,"ops":[],"attempt_id":7}', "invalid_request"),
        ('{"protocol":1,"ops":[]}'.encode("utf-16"), "invalid_json"),
        (b'\xef\xbb\xbf{"protocol":1,"ops":[]}', "invalid_json"),
        (b'{"protocol":1,"ops":[],"x":"\xff"}', "invalid_json"),
        (b'{"protocol":1,"ops":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "too_complex"),
    ],
)
def test_an_envelope_that_cannot_be_read_is_refused_whole(door: Door, raw: bytes, code: str) -> None:
    assert fault(door, raw) == code


def test_more_operations_than_the_limit_are_too_many_at_once(door: Door) -> None:
    raw = json.dumps({"protocol": 1, "ops": [1, 2, 3]}).encode()
    assert fault(door, raw, Limits(2, 65_536)) == "body_too_large"


@pytest.mark.parametrize(
    "value", ["NaN", "Infinity", "-Infinity", "1e400", "9" * 5000, str(2**63), '"\\ud800"', '"\\u0000"']
)
@pytest.mark.parametrize("name", ["device_seq", "made_at", "kind", "anything"])
def test_no_value_in_one_operation_harms_its_neighbours(door: Door, name: str, value: str) -> None:
    hand = Hand(AMA, signs=False)
    good, bad, last = hand.say(), hand.say(), hand.finish()
    text = json.dumps({**bad, name: "HERE"}).replace('"HERE"', value)
    raw = f'{{"protocol":1,"ops":[{json.dumps(good)},{text},{json.dumps(last)}]}}'
    outcomes = [r["outcome"] for r in door.send_raw(AMA, raw.encode())["results"]]
    harmless = name in ("made_at", "anything")
    assert outcomes == ["accepted", "accepted" if harmless else "held", "accepted"]


def test_a_lone_surrogate_in_a_text_is_stored_as_browsers_encode_it(door: Door) -> None:
    """A browser hashes U+FFFD in its place; those are the bytes that are kept."""
    op = Hand(AMA, signs=False).finish(comment="torn \ufffd emoji")
    raw = json.dumps({"protocol": 1, "ops": [op]}).replace("\\ufffd", "\\ud83d")
    assert [r["outcome"] for r in door.send_raw(AMA, raw.encode())["results"]] == ["accepted"]
    assert door.log()[0].body.decode() == op["body"]


def test_of_keys_that_stand_twice_the_last_counts(door: Door) -> None:
    hand = Hand(AMA)
    op = hand.mint("report.finish", '{"form":"B","form_version":1,"answers":{"q":1},"answers":{"q":2}}')
    assert door.outcomes(AMA, op) == [ACCEPTED]
    assert door.reports()[VISIT]["state"]["counted"]["answers"] == {"q": 2}


def test_a_value_outside_the_options_and_an_unknown_question_are_kept(door: Door) -> None:
    answers = {"b01_access": "by helicopter", "never_asked": 7}
    assert door.outcomes(AMA, Hand(AMA).finish(answers)) == [ACCEPTED]
    assert door.reports()[VISIT]["state"]["counted"]["answers"] == answers


def test_the_mission_of_the_stage_is_the_one_that_is_written(door: Door) -> None:
    door.send(AMA, Hand(AMA).finish())
    assert {row.mission for row in door.log()} == {MISSION}
