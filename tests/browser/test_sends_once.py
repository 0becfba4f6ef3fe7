"""Whatever lies between a phone and its mission, each report arrives, once, and the screen says nothing else."""

import json
import re
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from gzip import decompress

import pytest
from playwright.sync_api import Page, expect

from tests.browser.field import DOOR, Mission, enrol
from tests.browser.minting import mint, rot, stored
from tests.browser.road import Answer, Request, Road, portal, problem, road_to

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PUSH, PULL = "/v1/sync/push", "/v1/sync/pull"
ALL_HERE = "Everything received"


@pytest.fixture
def road(mission: Mission) -> Iterator[Road]:
    with road_to(mission.url) as road:
        yield road


@pytest.fixture
def page(mission: Mission, road: Road, windows: Callable[[], Page]) -> Page:
    """A phone that has joined by way of the road."""
    page = windows()
    enrol(page, mission.link(road.url))
    return page


def report_an_incident(page: Page) -> None:
    page.get_by_role("button", name="Incident", exact=True).click()
    page.get_by_role("button", name="Observers' rights").click()
    page.get_by_role("button", name="Send first in line").click()
    page.get_by_role("heading", name=re.compile("^(Kept on this phone|Received by the mission)$")).wait_for()


def to_outbox(page: Page) -> None:
    page.locator(".tapbox").first.click()
    page.get_by_role("button", name="Try now").wait_for()


def try_now(page: Page, until: str = ALL_HERE) -> None:
    """The button of the outbox; by itself the phone may wait a minute."""
    page.get_by_role("button", name="Try now").click()
    page.get_by_text(until, exact=True).first.wait_for()


def sent(request: Request) -> list[str]:
    """The ids in a push."""
    plain = decompress(request.body) if request.body[:2] == b"\x1f\x8b" else request.body
    return [op["op_id"] for op in json.loads(plain)["ops"]]


def test_an_answer_that_is_lost_after_the_commit_makes_no_second_report(
    mission: Mission, road: Road, page: Page
) -> None:
    told = mission.told("E", "e04_category")
    road.each(PUSH, "lose")
    report_an_incident(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Kept on this phone")
    road_met = [request.happened for request in road.at(PUSH) if sent(request)]
    to_outbox(page)
    try_now(page)
    assert "lose" in [*road_met, *(request.happened for request in road.at(PUSH))]
    assert told() == {"visits": 1, "observed": 1, "=observers": 1}


def test_a_server_that_dies_before_the_commit_gets_the_report_when_it_is_back(
    mission: Mission, road: Road, page: Page
) -> None:
    told = mission.told("E", "e04_category")

    def die(request: Request) -> "Answer | str":
        if request.path == PUSH:
            mission.kill()
        return "ok"

    road.fate = die
    report_an_incident(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Kept on this phone")
    to_outbox(page)
    road.clear()
    mission.start()
    try_now(page)
    assert told() == {"visits": 1, "observed": 1, "=observers": 1}


def test_two_tabs_that_send_the_same_at_once_make_one_report(mission: Mission, road: Road, page: Page) -> None:
    told = mission.told("E", "e04_category")
    road.fate = lambda request: "drop" if request.path == PUSH else "ok"
    report_an_incident(page)
    to_outbox(page)
    other = page.context.new_page()
    other.goto(road.url)
    to_outbox(other)
    road.passed.clear()
    road.fate = _together(PUSH, 2)
    page.get_by_role("button", name="Try now").click()
    other.get_by_role("button", name="Try now").click()
    for tab in (page, other):
        tab.get_by_text(ALL_HERE, exact=True).wait_for()
    first, second, *_ = road.at(PUSH)
    assert sent(first) == sent(second) != []
    assert told() == {"visits": 1, "observed": 1, "=observers": 1}


def _together(path: str, count: int) -> Callable[[Request], str]:
    """Holds requests back until so many wait, at most ten seconds, then lets them go at once."""
    waiting: list[Request] = []

    def hold(request: Request) -> str:
        if request.path == path:
            waiting.append(request)
            until = time.monotonic() + 10
            while len(waiting) < count and time.monotonic() < until:
                time.sleep(0.01)
        return "ok"

    return hold


def test_a_portal_that_answers_200_to_everything_takes_nothing_away(mission: Mission, road: Road, page: Page) -> None:
    told = mission.told("E", "e04_category")
    road.fate = lambda request: portal()
    report_an_incident(page)
    to_outbox(page)
    page.get_by_role("button", name="Try now").click()
    page.get_by_text("Something on this network stands between").first.wait_for()
    tab = page.context.new_page()
    tab.goto(road.url)
    expect(tab.get_by_text("1 report kept on this phone").first).to_be_visible()
    assert "cafe" not in tab.content()
    road.clear()
    try_now(page)
    assert told() == {"visits": 1, "observed": 1, "=observers": 1}


def test_of_fifty_operations_one_that_cannot_be_kept_costs_the_others_nothing(
    mission: Mission, road: Road, page: Page
) -> None:
    told = mission.told("B", "b01_access")
    road.fate = lambda request: "drop" if request.path == PUSH else "ok"
    minted = mint(page, 50, DOOR)
    rot(page, minted[6], '{"form":"B"}')
    page.reload()
    page.get_by_text("50 reports kept on this phone").first.wait_for()
    road.clear()
    to_outbox(page)
    try_now(page, "Cannot be kept by the mission")
    expect(page.get_by_text("Received by the mission").locator("small")).to_have_text("49")
    expect(page.get_by_text(ALL_HERE)).to_have_count(0)
    receipts = {receipt["op_id"]: (receipt["state"], receipt["code"]) for receipt in stored(page, "receipts")}
    assert [receipts[op_id] for op_id in minted if op_id != minted[6]] == [("received", None)] * 49
    assert receipts[minted[6]] == ("lost", "hash_mismatch")
    assert len(stored(page, "ops")) == 50
    assert told() == {"visits": 49, "observed": 49, "=full": 49}


def test_a_road_that_carries_one_operation_at_a_time_gets_them_one_by_one(
    mission: Mission, road: Road, page: Page
) -> None:
    told = mission.told("B", "b01_access")

    def narrow(request: Request) -> "Answer | str":
        return problem(413, "body_too_large") if request.path == PUSH and len(sent(request)) > 1 else "ok"

    road.fate = narrow
    mint(page, 6, "4100")
    page.reload()
    to_outbox(page)
    try_now(page)
    assert [len(sent(request)) for request in road.at(PUSH) if request.happened == "ok" and sent(request)] == [1] * 6
    assert told() == {"visits": 6, "observed": 6, "=full": 6}


def test_retry_after_is_kept_by_the_phone_itself_and_a_tap_is_a_try_all_the_same(
    mission: Mission, road: Road, page: Page
) -> None:
    told = mission.told("E", "e04_category")
    road.fate = lambda request: "drop" if request.path == PUSH else "ok"
    report_an_incident(page)
    to_outbox(page)
    road.fate = lambda request: problem(429, "rate_limited", Retry_After="600") if request.path == PUSH else "ok"
    page.get_by_role("button", name="Try now").click()
    page.get_by_text(re.compile("The mission is busy.*Next try")).wait_for()
    road.clear()
    road.passed.clear()
    for event in ("online", "pageshow"):
        page.evaluate(f"window.dispatchEvent(new Event('{event}'))")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_timeout(1500)
    assert road.at(PUSH) == []
    try_now(page)
    assert told() == {"visits": 1, "observed": 1, "=observers": 1}


def test_a_server_that_is_put_back_from_a_backup_gets_everything_again_and_says_so(
    mission: Mission, road: Road, page: Page
) -> None:
    told = mission.told("E", "e04_category")
    mission.server.stop()
    mission.kill()
    backup = mission.file.with_suffix(".backup")
    with closing(sqlite3.connect(mission.file)) as now, closing(sqlite3.connect(backup)) as then:
        now.backup(then)
    mission.start()
    report_an_incident(page)
    page.get_by_role("heading", name="Received by the mission").wait_for()
    mission.server.stop()
    mission.kill()
    for file in mission.file.parent.glob(f"{mission.file.name}-*"):
        file.unlink()
    shutil.copy(backup, mission.file)
    (mission.server.data_dir / "epoch").unlink(missing_ok=True)
    mission.start()
    page.get_by_role("button", name="Back to today").click()
    report_an_incident(page)
    to_outbox(page)
    try_now(page)
    try_now(page)
    expect(page.get_by_text("kept on this phone")).to_have_count(0)
    assert told() == {"visits": 2, "observed": 2, "=observers": 2}
    assert "alarm: the log lacks what a receipt speaks of" in (mission.server.data_dir / "server.log").read_text()
