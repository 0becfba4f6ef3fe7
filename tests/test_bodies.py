"""Bodies and envelopes on any input: read within bounds, or held by a code; never an exception, never a deep stack."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.errors import UrnaError
from app.store.bodies import DEPTH_MAX, NODES_MAX, TEXT_CHARACTERS_MAX, WHOLE_MAX, BodyError, decode
from app.store.chain import body_hash
from app.sync.runs import gaps, verdicts
from app.sync.wire import KINDS, Refused, Sender, Sent, as_uuid, read_envelope, read_operations
from tests.cast import AMA, EFUA, MISSION
from tests.sending import Hand, link_of, sign, uuid

SENDER = Sender(MISSION, AMA.device_id, 65_536, datetime(2022, 11, 20, tzinfo=UTC))


def code(raw: bytes) -> str:
    with pytest.raises(BodyError) as caught:
        decode(raw)
    return caught.value.code


def outcome(read: Callable[[], object]) -> object:
    """What a reader gives, or the code of its fault."""
    try:
        return read()
    except (BodyError, UrnaError) as error:
        return error.code


def nested(depth: int) -> bytes:
    return b'{"a":' * depth + b"1" + b"}" * depth


@pytest.mark.parametrize(
    "text",
    [
        "NaN",
        "Infinity",
        "-Infinity",
        "1e400",
        '"\\ud800"',
        '"\\udc00\\ud800"',
        "01",
        "+1",
        ".5",
        "1.",
        "'a'",
        "tru",
        '"\t"',
        "//",
        "9" * 5000,
        "[" * 100_000,
    ],
)
def test_what_is_no_json_of_ours_is_unreadable(text: str) -> None:
    if text.startswith("9"):
        assert code(f'{{"a":{text}}}'.encode()) in ("body_unreadable", "body_number")
    else:
        assert code(f'{{"a":{text}}}'.encode()) == "body_unreadable"


@pytest.mark.parametrize("raw", [b"", b"[]", b"7", b"null", b'"a"', b"\xff", b"\xef\xbb\xbf{}", "{}".encode("utf-16")])
def test_what_is_no_object_in_utf_8_is_unreadable(raw: bytes) -> None:
    assert code(raw) == "body_unreadable"


@pytest.mark.parametrize("number", [2**53, -(2**53), 2**63, 2**64, 10**400, 1e300, -1e17])
def test_a_number_beyond_what_phones_hold_is_named(number: float) -> None:
    assert code(json.dumps({"a": [number]}).encode()) in ("body_number", "body_unreadable")


@pytest.mark.parametrize("number", [WHOLE_MAX, -WHOLE_MAX, 0, -0.0, 1.5, 5e-324, True])
def test_a_number_within_is_read(number: float) -> None:
    assert decode(json.dumps({"a": number}).encode()) == {"a": number}


@pytest.mark.parametrize("raw", [b'{"a":"x\\u0000"}', b'{"\\u0000":1}', b'{"a":{"b\\u0000":1}}', b'{"a":["\\u0000"]}'])
def test_nul_is_named_wherever_it_stands(raw: bytes) -> None:
    assert code(raw) == "body_nul"


def test_depth_nodes_and_length_have_bounds_that_hold_exactly() -> None:
    assert decode(nested(DEPTH_MAX))
    assert code(nested(DEPTH_MAX + 1)) == "body_too_complex"
    assert code(nested(500)) == "body_too_complex"
    assert code(nested(5000)) == "body_unreadable"
    assert decode(json.dumps({"a": [0] * (NODES_MAX - 1)}).encode())
    assert code(json.dumps({"a": [0] * NODES_MAX}).encode()) == "body_too_complex"
    assert decode(json.dumps({"a": "x" * TEXT_CHARACTERS_MAX}).encode())
    assert code(json.dumps({"a": "x" * (TEXT_CHARACTERS_MAX + 1)}).encode()) == "body_too_complex"
    assert code(json.dumps({"x" * (TEXT_CHARACTERS_MAX + 1): 1}).encode()) == "body_too_complex"


def test_characters_are_counted_not_bytes() -> None:
    assert decode(json.dumps({"a": "😀" * TEXT_CHARACTERS_MAX}, ensure_ascii=False).encode())


@pytest.mark.parametrize("text", ["\u00e9", "e\u0301", "\u202e", "\u200b", "😀", "Құпия дауыс", "\x1f", "\u2028"])
def test_any_other_text_comes_through_as_it_is(text: str) -> None:
    assert decode(json.dumps({"a": text}).encode()) == {"a": text}


@given(st.binary(max_size=200))
@example(b'{"a":1,"a":2}')
def test_any_bytes_give_an_object_or_a_code(raw: bytes) -> None:
    found = outcome(lambda: isinstance(decode(raw), dict))
    assert found in (True, "body_unreadable", "body_too_complex", "body_number", "body_nul")


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=80),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=8), children, max_size=3),
    max_leaves=5,
)
ids = st.sampled_from([uuid("a"), uuid("b").upper(), f"{{{uuid('c')}}}", "7", ""])
odd_operations = st.fixed_dictionaries(
    {},
    optional={
        "op_id": ids | values,
        "device_id": ids | values,
        "mission": values,
        "device_seq": st.integers(-1, 3) | values,
        "kind": st.sampled_from(sorted(KINDS)) | values,
        "report_id": ids | values,
        "made_at": values,
        "tz_min": values,
        "prev": values,
        "sig": values,
        "body": st.just("{}") | values,
        "hash": st.just(body_hash(b"{}")) | values,
    },
)


@given(st.lists(odd_operations | values, max_size=5))
def test_any_operations_are_sent_or_refused_each_by_itself(ops: list[Any]) -> None:
    together = read_operations(ops, SENDER)
    assert together == [read_operations([op], SENDER)[0] for op in ops]
    for op, read in zip(ops, together, strict=True):
        if isinstance(read, Sent):
            assert isinstance(op["body"], str)
            assert read.shown_id == op["op_id"]
            stored = (
                read.op_id,
                read.mission,
                read.device_id,
                read.kind,
                read.report_id,
                read.made_at,
                read.prev,
                read.sig,
            )
            assert all(one is None or one == "" or one.isprintable() for one in stored)
            assert not read.kind.startswith(("staff", "setup"))
        else:
            assert read.code in ("malformed", "too_large", "hash_mismatch")


@given(st.binary(max_size=300) | values.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_an_envelope_or_a_fault_of_the_catalogue(raw: bytes) -> None:
    found = outcome(lambda: isinstance(read_envelope(raw, 100).ops, list))
    assert found in (True, "invalid_json", "too_complex", "invalid_request", "body_too_large")


def test_an_id_has_one_spelling() -> None:
    plain = uuid("a")
    spelled = [plain, plain.upper(), f"{{{plain}}}", f"urn:uuid:{plain}", plain.replace("-", ""), f"URN:UUID:{plain}"]
    assert {as_uuid(one) for one in spelled} == {plain}


@pytest.mark.parametrize(
    "text", ["", "7", "g" * 32, " " + uuid("a"), uuid("a") + "\n", "१" * 32, "1_" * 16, None, 7, {}]
)
def test_what_is_no_id_is_none(text: Any) -> None:
    assert as_uuid(text) is None


# Runs of signatures


def sent(*ops: Any) -> list[Sent]:
    read = read_operations(ops, SENDER)
    assert not any(isinstance(one, Refused) for one in read)
    return [one for one in read if isinstance(one, Sent)]


def test_links_are_those_of_the_papers() -> None:
    op = Hand(AMA).finish({"q": 1})
    assert sent(op)[0].link == link_of(op)


@given(st.lists(st.sampled_from(["right", "wrong", "none"]), min_size=1, max_size=8), st.integers(0, 7))
def test_an_operation_is_verified_where_a_right_signature_stands_on_it_or_after_it_in_its_run(
    signed: list[str], break_at: int
) -> None:
    hand = Hand(AMA)
    ops = []
    for place, how in enumerate(signed):
        if place == break_at:
            hand.prev = "0" * 64
        op = hand.say()
        op["sig"] = {"right": op["sig"], "wrong": sign(EFUA.key, b"x"), "none": None}[how]
        ops.append(op)
    run = sent(*ops)
    expected = []
    for place, how in enumerate(signed):
        end = break_at if place < break_at < len(signed) else len(signed)
        covered = "right" in signed[place:end]
        expected.append("verified" if covered else "failed" if how == "wrong" else "unsigned")
    assert verdicts(AMA.key.public_key(), run) == expected
    assert gaps(run, ()) == ({run[break_at].link} if break_at < len(run) else set())


def test_without_a_key_nothing_is_verified_and_nothing_fails() -> None:
    assert verdicts(None, sent(Hand(AMA).say())) == ["unsigned"]


def test_a_line_end_in_a_field_cannot_pass_for_two_fields() -> None:
    one = {**Hand(AMA).say(), "made_at": "a\nb", "tz_min": "c"}
    other = {**Hand(AMA).say(), "made_at": "a", "tz_min": "b\nc"}
    assert sent(one)[0].link != sent(other)[0].link
