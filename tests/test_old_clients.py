"""A client that was written for protocol 1 and never changed since is served by the newest server."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from app.errors import UrnaError
from tests.cast import AMA
from tests.sending import VISIT, Door, door_of, set_out

KEPT: dict[str, Any] = json.loads((Path(__file__).parent / "vectors" / "push-v1.json").read_text("utf-8"))
ANSWER = {
    "kind": str, "protocol": int, "attempt_id": str, "epoch": str, "server_time": str, "device_seq": int,
    "results": list, "receipt": dict, "next_in_s": int, "pull": bool,
}  # fmt: skip
"""What a client of protocol 1 reads of an answer. Answers only ever gain fields."""
RECEIPT = {"mission": str, "epoch": str, "op_id": str, "server_seq": int, "entry": str, "sig": str}


@pytest.fixture
def door(database: Engine) -> Iterator[Door]:
    set_out(database)
    with door_of(database) as opened:
        yield opened


def as_sent(name: str) -> bytes:
    return json.dumps(KEPT[name], ensure_ascii=False).encode()


def kinds(said: dict[str, Any], of: dict[str, type]) -> dict[str, type]:
    return {name: type(said[name]) for name in of}


def test_what_it_sends_is_accepted_signed_and_counted(door: Door) -> None:
    said = door.send_raw(AMA, as_sent("whole"))
    assert [result["outcome"] for result in said["results"]] == ["accepted"] * 3
    assert [row.flags for row in door.log()] == ["", "", ""]
    counted = door.reports()[VISIT]["state"]["counted"]
    assert counted["answers"] == {
        "b01_access": "full",
        "b17_voted_so_far": 412,
        "b36_stuffing": {"blank": "not_observed"},
    }


def test_it_reads_every_field_that_it_knows(door: Door) -> None:
    said = door.send_raw(AMA, as_sent("whole"))
    assert kinds(said, ANSWER) == ANSWER
    assert kinds(said["receipt"], RECEIPT) == RECEIPT
    assert [result["op_id"] for result in said["results"]] == [op["op_id"] for op in KEPT["whole"]["ops"]]
    assert all(isinstance(result["server_seq"], int) for result in said["results"])


def test_sent_again_it_is_all_there_already(door: Door) -> None:
    first = door.send_raw(AMA, as_sent("whole"))
    again = door.send_raw(AMA, as_sent("whole"))
    assert [result["outcome"] for result in again["results"]] == ["duplicate"] * 3
    assert [r["server_seq"] for r in again["results"]] == [r["server_seq"] for r in first["results"]]


def test_a_bare_sign_of_life_and_fields_of_a_later_version_are_answered(door: Door) -> None:
    said = door.send_raw(AMA, as_sent("bare"))
    assert (said["kind"], said["results"], said["attempt_id"]) == ("urna.push", [], None)
    later = {**KEPT["whole"], "later": {"x": [1]}, "ops": [{**KEPT["whole"]["ops"][0], "later": True}]}
    said = door.send_raw(AMA, json.dumps(later).encode())
    assert [result["outcome"] for result in said["results"]] == ["accepted"]


def test_a_protocol_that_the_server_does_not_speak_is_refused_in_words_with_nothing_stored(door: Door) -> None:
    for protocol in (0, 2, "1", None):
        with pytest.raises(UrnaError, match="invalid_request"):
            door.send_raw(AMA, json.dumps({**KEPT["whole"], "protocol": protocol}).encode())
    assert door.log() == []
