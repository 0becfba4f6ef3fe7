"""The protocol as a law: any order, any duplication, any split into batches, a restart between any two steps."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, insert, select

from app.forms.fold import Operation, fold, to_json
from app.forms.report import STAFF
from app.store.database import connect, reading, writing
from app.store.log import LOG, Draft
from app.store.tables import Device, Report, ReportFindings, table
from app.sync.rebuild import rebuild_reports
from tests import operations
from tests.cast import AMA, KOFI, MISSION, _device_row, phone
from tests.histories import honest_days
from tests.sending import VISIT, Door, Hand, act, door_of, link_of, set_out, wipe

ABENA = phone("abena", "0001")
TEAM = {operations.A: AMA, operations.B: KOFI, operations.C: ABENA}
"""The three phones of a day, in the hands of three of one team."""
DEVICES, REPORTS, FINDINGS = table(Device), table(Report), table(ReportFindings)
Wire = dict[str, Any]


@pytest.fixture
def stage(database: Engine) -> Engine:
    set_out(database)
    with writing(database) as connection:
        connection.execute(insert(DEVICES).values(**_device_row(ABENA, MISSION)))
    return database


def on_the_wire(day: Sequence[Operation]) -> tuple[list[Wire], list[Draft]]:
    """A day's operations as phones of the cast mint them, and its acts of staff, which the log numbers 1, 2, 3..."""
    acts = sorted((op for op in day if op.author == STAFF), key=lambda op: op.number)
    numbers = {op.number: place for place, op in enumerate(acts, 1)}
    hands = {device: Hand(someone) for device, someone in TEAM.items()}
    sent = [
        hands[op.author].mint(op.kind, _body(op, numbers))
        for op in sorted(day, key=lambda op: op.number)
        if op.author in hands
    ]
    return sent, [act(op.kind.removeprefix("staff."), who=f"yaw {op.number}", **_body(op, numbers)) for op in acts]


def _body(op: Operation, numbers: dict[int, int]) -> Wire:
    devices = {device: someone.device_id for device, someone in TEAM.items()}
    seen = {devices.get(author, author): n for author, n in op.body.get("seen", {}).items() if author != STAFF}
    known = [place for number, place in numbers.items() if number <= op.body.get("seen", {}).get(STAFF, 0)]
    version = {"form_version": 1} if "form_version" in op.body else {}
    return {**op.body, **version, "seen": {**seen, **({STAFF: max(known)} if known else {})}}


def expected(sent: Sequence[Wire], acts: Sequence[Draft]) -> bytes:
    """What the rules say of the set, without any door, log or database."""
    of_phones = [
        Operation(op["op_id"], op["kind"], op["device_id"], op["device_seq"], link_of(op), json.loads(op["body"]))
        for op in sent
    ]
    of_staff = [
        Operation(draft.op_id, draft.kind, STAFF, number, draft.link, json.loads(draft.body))
        for number, draft in enumerate(acts, 1)
    ]
    return to_json(fold([*of_phones, *of_staff]))


def stored(engine: Engine) -> bytes | None:
    with reading(engine) as connection:
        return connection.execute(select(REPORTS.c.state).where(REPORTS.c.report_id == VISIT)).scalar_one_or_none()


def tables(engine: Engine) -> list[Any]:
    with reading(engine) as connection:
        return [*connection.execute(select(LOG).order_by(LOG.c.server_seq)), *connection.execute(select(REPORTS))]


@st.composite
def deliveries(draw: st.DrawFn, sent: list[Wire]) -> list[tuple[list[Wire], str, bool]]:
    """Batches: what is in one, who brings it, whether the server starts anew after it. All comes once or more."""
    again = draw(st.lists(st.sampled_from(sent), max_size=len(sent))) if sent else []
    waiting = draw(st.permutations([*sent, *again]))
    batches: list[tuple[list[Wire], str, bool]] = []
    while waiting:
        size = draw(st.integers(1, max(1, len(waiting))))
        carrier = draw(st.sampled_from(sorted(TEAM)))
        batches.append((waiting[:size], carrier, draw(st.integers(0, 3)) == 0))
        waiting = waiting[size:]
    return batches


class Restarting:
    """A door whose server stops and starts again, with nothing in memory."""

    def __init__(self, engine: Engine) -> None:
        self._url = engine.url.render_as_string(hide_password=False)
        self._open()

    def _open(self) -> None:
        self.engine = connect(self._url)
        self._context = door_of(self.engine)
        self.door: Door = self._context.__enter__()

    def restart(self) -> None:
        self.close()
        self._open()

    def close(self) -> None:
        self._context.__exit__(None, None, None)
        self.engine.dispose()


def _deliver(engine: Engine, acts: Sequence[Draft], batches: Sequence[tuple[list[Wire], str, bool]]) -> None:
    server = Restarting(engine)
    try:
        if acts:
            server.door.append(*acts)
        for batch, carrier, restarts in batches:
            said = server.door.send(TEAM[carrier], *batch)["results"]
            assert {result["outcome"] for result in said} <= {"accepted", "duplicate"}
            if restarts:
                server.restart()
    finally:
        server.close()


COMMON: dict[str, Any] = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
}


@settings(max_examples=120, **COMMON)
@given(day=honest_days(), data=st.data())
def test_any_order_duplication_split_and_restart_give_the_same_report(
    stage: Engine, day: list[Operation], data: st.DataObject
) -> None:
    wipe(stage)
    sent, acts = on_the_wire(day)
    _deliver(stage, acts, data.draw(deliveries(sent)))
    assert stored(stage) == (expected(sent, acts) if sent or acts else None)


@settings(max_examples=15, **COMMON)
@given(day=honest_days(), data=st.data())
def test_sending_everything_again_changes_nothing(stage: Engine, day: list[Operation], data: st.DataObject) -> None:
    wipe(stage)
    sent, acts = on_the_wire(day)
    _deliver(stage, acts, data.draw(deliveries(sent)))
    before = tables(stage)
    _deliver(stage, acts, data.draw(deliveries(sent)))
    assert tables(stage) == before
    assert rebuild_reports(stage, MISSION) == []
