"""/v1/stream: coverage and incidents as they come, from where a reader left off."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from app.errors import UrnaError
from app.results.keeper import Keeper
from app.results.stream import OPEN_MAX, OPEN_MAX_OF_ONE, TOPICS, Seats, Teller, written
from app.store.database import connect, writing
from app.store.epoch import begin_epoch
from tests.cast import esi_key
from tests.golden.night import Night, checklist, report_uuid, yes_no
from tests.serving import Server, serving

FORM = checklist("B", yes_no("b36", critical_when=["yes"]))
Event = dict[str, Any]


@pytest.fixture
def night(database: Engine) -> Night:
    return first(database)


def first(engine: Engine) -> Night:
    built = Night.of(engine, FORM)
    built.frame({"code": "s1", "region": "R1"})
    built.teams({"code": "t1"})
    built.report("r0", "t1-a", "B", "s1", {"b36": "yes"})
    built.send()
    return built


def read(parts: list[bytes]) -> list[Event]:
    """Events as a reader of the format (WHATWG HTML, 9.2) sees them; comments are left out."""
    found = []
    for block in b"".join(parts).decode().split("\n\n"):
        fields = [line.partition(": ")[::2] for line in block.split("\n") if line and not line.startswith(":")]
        event: Event = dict(fields)
        if "data" in event:
            found.append({**event, "data": json.loads(event["data"])})
    return found


def news(night: Night, teller: Teller, keeper: Keeper) -> list[Event]:
    return read(teller.look(night.engine, keeper))


def test_a_board_is_told_the_coverage_at_once_and_incidents_as_they_come(night: Night) -> None:
    teller, keeper = Teller.of(TOPICS, None), Keeper(night.mission)
    (start,) = news(night, teller, keeper)
    assert (start["event"], start["data"]["rows"][0]["visits"]) == ("coverage", 1)
    assert news(night, teller, keeper) == []
    night.report("r1", "t1-a", "B", "s1", {"b36": "yes"})
    number = night.send()
    incident, covered = news(night, teller, keeper)
    assert (incident["event"], incident["data"]["report_id"]) == ("incidents", report_uuid("r1"))
    assert (covered["data"]["rows"][0]["visits"], covered["id"].split(".")[0]) == (2, str(number))
    assert "id" not in incident


def test_with_the_last_id_nothing_is_missed_and_nothing_is_told_twice(night: Night) -> None:
    keeper = Keeper(night.mission)
    (start,) = news(night, Teller.of(TOPICS, None), keeper)
    for name in ("r1", "r2"):
        night.report(name, "t1-a", "B", "s1", {"b36": "yes"})
        night.send()
    again = Teller.of(["incidents"], start["id"])
    told = news(night, again, keeper)
    assert [one["data"]["report_id"] for one in told] == [report_uuid("r1"), report_uuid("r2")]
    assert news(night, Teller.of(["incidents"], told[-1]["id"]), keeper) == []


def test_a_quiet_topic_still_moves_its_id(night: Night) -> None:
    keeper, teller = Keeper(night.mission), Teller.of(["incidents"], None)
    assert [one["event"] for one in news(night, teller, keeper)] == ["log"]
    night.report("r1", "t1-a", "B", "s1", {"b36": "no"})
    number = night.send()
    (one,) = news(night, teller, keeper)
    assert (one["event"], one["data"]) == ("log", {"data_version": number})


def test_an_id_of_a_log_that_is_gone_begins_anew(night: Night) -> None:
    keeper = Keeper(night.mission)
    (start,) = news(night, Teller.of(TOPICS, None), keeper)
    with writing(night.engine) as connection:
        begin_epoch(connection, night.mission)
    night.report("r1", "t1-a", "B", "s1", {"b36": "yes"})
    night.send()
    assert [one["event"] for one in news(night, Teller.of(TOPICS, start["id"]), keeper)] == ["coverage"]


@given(st.text(max_size=40) | st.none())
def test_any_id_can_be_sent(text: str | None) -> None:
    assert Teller.of(TOPICS, text).number is None or (text or "").split(".")[0].isdecimal()


@given(st.dictionaries(st.text(), st.text(), max_size=4))
def test_an_event_is_one_event_whatever_its_data(data: dict[str, str]) -> None:
    (found,) = read([written("incidents", data)])
    assert found["data"] == data


def test_seats_are_counted_and_given_back() -> None:
    now = [0.0]
    seats = Seats(lambda: now[0])
    taken = [seats.take("esi", 900) for _ in range(OPEN_MAX_OF_ONE)]
    with pytest.raises(UrnaError, match="too_many_streams"):
        seats.take("esi", 900)
    seats.leave(taken[0])
    seats.take("esi", 900)
    for one in range(OPEN_MAX - OPEN_MAX_OF_ONE):
        seats.take(str(one), 900)
    with pytest.raises(UrnaError, match="too_many_streams"):
        seats.take("yaw", 900)
    now[0] = 961
    seats.take("yaw", 900)


@pytest.fixture
def server(tmp_path: Path, sqlite_template: Path) -> Iterator[tuple[Server, Night, str]]:
    shutil.copy(sqlite_template, tmp_path / "urna.db")
    engine = connect(f"sqlite:///{tmp_path / 'urna.db'}")
    built, key = first(engine), esi_key(engine, "results:read")
    with serving(f"sqlite:///{tmp_path / 'urna.db'}", tmp_path, URNA_STREAM_OPEN_S="5") as running:
        yield running, built, key
    engine.dispose()


def test_a_running_server_streams_within_a_second_or_two_and_ends_by_itself(
    server: tuple[Server, Night, str],
) -> None:
    running, night, key = server
    headers = {"Authorization": f"Bearer {key}", "Accept-Encoding": "gzip"}
    parts: list[bytes] = []
    with httpx.stream("GET", f"{running.url}/v1/stream", headers=headers, timeout=30) as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        assert answer.headers["X-Accel-Buffering"] == "no"
        assert "content-encoding" not in answer.headers
        for part in answer.iter_bytes():
            parts.append(part)
            if len(read(parts)) == 1 and not night.numbers.get("t1-b"):
                night.report("r1", "t1-b", "B", "s1", {"b36": "yes"})
                night.send()
    events = read(parts)
    assert [one["event"] for one in events] == ["coverage", "incidents", "coverage"]
    assert parts[0].startswith(b"retry: 3000\n")
    again = resumed(running, key, events[0]["id"])
    assert [(one["event"], one.get("id")) for one in again] == [("incidents", None), ("coverage", events[-1]["id"])]
    assert again[0]["data"]["report_id"] == report_uuid("r1")


def resumed(running: Server, key: str, last_event_id: str) -> list[Event]:
    """The first two events of a stream that a reader comes back to."""
    headers = {"Authorization": f"Bearer {key}", "Last-Event-ID": last_event_id}
    parts: list[bytes] = []
    with httpx.stream("GET", f"{running.url}/v1/stream", headers=headers, timeout=30) as answer:
        for part in answer.iter_bytes():
            parts.append(part)
            if len(read(parts)) == 2:
                break
    return read(parts)
