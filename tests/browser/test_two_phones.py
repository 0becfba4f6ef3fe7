"""A team is two people: what the one saw, the other sees; where they differ, a person chooses."""

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest
from playwright.sync_api import Page, expect

from tests.browser.field import DOOR, Mission, arrive, enrol, finish, kept
from tests.browser.minting import mint, stored
from tests.browser.road import problem, road_to

pytestmark = [pytest.mark.browser, pytest.mark.slow]
NEAR = "Arrival and surroundings"
FULL, PART = "Yes, without restriction", "Yes, but with restrictions"


@pytest.fixture
def team(mission: Mission, windows: Callable[[], Page]) -> Callable[[], Page]:
    """Phones of one fresh team, each with a card of its own."""
    name = mission.fresh_team()

    def make() -> Page:
        page = windows()
        enrol(page, mission.link(team=name), name)
        return page

    return make


def sync(page: Page) -> None:
    """From Today and back, by the button of the outbox."""
    page.locator(".tapbox").first.click()
    _try_now(page)
    page.get_by_text("Everything received", exact=True).wait_for()
    page.get_by_role("button", name="Today").click()
    page.get_by_role("button", name="New visit").wait_for()


def _try_now(page: Page) -> None:
    with page.expect_response(re.compile("/v1/sync/pull")):
        page.get_by_role("button", name="Try now").click()


def look(page: Page) -> None:
    """A phone with nothing of its own has no chip to tap: being looked at again is enough."""
    with page.expect_response(re.compile("/v1/sync/pull")):
        page.reload()


def to_visit(page: Page, door: str = DOOR) -> None:
    """From Today to the task list of the only open visit."""
    page.get_by_role("button", name=re.compile("^(Continue|Check and send)")).click()
    page.get_by_role("heading", level=1).filter(has_not_text=re.compile("November")).wait_for()
    to_list = page.get_by_role("button", name=door, exact=True)
    if to_list.is_visible():
        to_list.click()
    page.get_by_role("button", name=NEAR).wait_for()


def answer(page: Page, label: str, door: str = DOOR) -> None:
    """Answers the first question of the visit on the screen, and goes back to Today."""
    page.get_by_role("button", name=NEAR).click()
    page.get_by_label(label, exact=True).check()
    kept(page)
    page.get_by_role("button", name=door, exact=True).click()
    page.get_by_role("button", name="Today").click()


def test_the_second_phone_sees_the_visit_of_the_first_and_finishes_it(
    mission: Mission, team: Callable[[], Page]
) -> None:
    told = mission.told("B", "b01_access")
    ama, kofi = team(), team()
    arrive(ama, DOOR, "Voting")
    answer(ama, FULL)
    sync(ama)
    look(kofi)
    to_visit(kofi)
    kofi.get_by_role("button", name=NEAR).click()
    expect(kofi.get_by_label(FULL, exact=True)).to_be_checked()
    kofi.get_by_role("button", name=DOOR, exact=True).click()
    finish(kofi)
    kofi.get_by_role("heading", name="Received by the mission").wait_for()
    assert told() == {"visits": 1, "observed": 1, "=full": 1}
    sync(ama)
    expect(ama.locator(".row", has_text="Voting")).to_contain_text("Received")


def test_where_two_phones_differ_both_values_stand_on_both_until_two_taps_settle_it(
    mission: Mission, team: Callable[[], Page]
) -> None:
    told = mission.told("B", "b01_access")
    ama, kofi = team(), team()
    arrive(ama, DOOR, "Voting")
    ama.get_by_role("button", name="Today").click()
    sync(ama)
    look(kofi)
    for page, label in ((ama, FULL), (kofi, PART)):
        page.context.set_offline(True)
        to_visit(page)
        answer(page, label)
    for page in (ama, kofi):
        page.context.set_offline(False)
    for page in (ama, kofi, ama):
        sync(page)
    for page in (kofi, ama):
        to_visit(page)
        page.get_by_role("button", name=NEAR).click()
        choices = page.locator(".find", has_text="Two phones give different answers").get_by_role("button")
        expect(choices).to_have_count(2)
        expect(choices.filter(has_text=FULL)).to_have_count(1)
        expect(choices.filter(has_text=PART)).to_have_count(1)
    choices.filter(has_text=PART).click()
    expect(ama.get_by_text("Two phones give different answers")).to_have_count(0)
    expect(ama.get_by_label(PART, exact=True)).to_be_checked()
    kept(ama)
    ama.get_by_role("button", name=DOOR, exact=True).click()
    finish(ama)
    ama.get_by_role("heading", name="Received by the mission").wait_for()
    assert told() == {"visits": 1, "observed": 1, "=restricted": 1}
    look(kofi)
    expect(kofi.get_by_text("Two phones give different answers")).to_have_count(0)


def test_one_visit_that_two_phones_began_offline_is_offered_for_joining_and_never_merged_by_itself(
    mission: Mission, team: Callable[[], Page]
) -> None:
    told = mission.told("B", "b01_access")
    ama, kofi = team(), team()
    for page, label in ((ama, FULL), (kofi, PART)):
        page.context.set_offline(True)
        arrive(page, DOOR, "Voting")
        answer(page, label)
    for page in (ama, kofi):
        page.context.set_offline(False)
    for page in (ama, kofi, ama):
        sync(page)
    assert [len(stored(page, "drafts")) for page in (ama, kofi)] == [1, 1]
    kofi.locator(".row, .card", has_text="Voting").first.wait_for()
    to_visit(ama)
    expect(ama.get_by_text("One visit, begun on two phones?")).to_have_count(0)
    ama.get_by_role("button", name="Today").click()
    to_visit(kofi)
    kofi.get_by_role("button", name="Join them").click()
    kofi.get_by_role("button", name=NEAR).wait_for()
    expect(kofi.get_by_text("One visit, begun on two phones?")).to_have_count(0)
    kofi.get_by_role("button", name="Today").click()
    sync(kofi)
    sync(ama)
    to_visit(ama)
    ama.get_by_role("button", name=NEAR).click()
    choices = ama.locator(".find", has_text="Two phones give different answers").get_by_role("button")
    expect(choices).to_have_count(2)
    choices.filter(has_text=FULL).click()
    kept(ama)
    ama.get_by_role("button", name=DOOR, exact=True).click()
    finish(ama)
    ama.get_by_role("heading", name="Received by the mission").wait_for()
    assert told() == {"visits": 1, "observed": 1, "=full": 1}


def test_a_new_phone_of_the_team_has_everything_that_the_mission_has(
    mission: Mission, team: Callable[[], Page]
) -> None:
    old = team()
    arrive(old, DOOR, "Voting")
    answer(old, FULL)
    to_visit(old)
    code = finish(old)
    old.get_by_role("heading", name="Received by the mission").wait_for()
    old.context.close()
    new = team()
    new.locator(".row", has_text=code).click()
    new.get_by_role("button", name="Change the answers").click()
    new.get_by_role("button", name=NEAR).click()
    expect(new.get_by_label(FULL, exact=True)).to_be_checked()


def test_a_phone_that_is_marked_as_lost_sends_everything_for_a_person_to_look_at_and_keeps_it(
    mission: Mission, team: Callable[[], Page]
) -> None:
    told = mission.told("B", "b01_access")
    page = team()
    page.context.set_offline(True)
    minted = mint(page, 10, DOOR)
    page.reload()
    (device_id,) = {op["device_id"] for op in stored(page, "ops")}
    with closing(sqlite3.connect(mission.file)) as connection, connection:
        connection.execute("UPDATE device SET state = 'lost' WHERE id = ?", (device_id,))
    page.context.set_offline(False)
    page.locator(".tapbox").first.click()
    page.get_by_role("button", name="Try now").click()
    expect(page.get_by_text("Held: the mission is looking at it").first).to_be_visible()
    receipts = stored(page, "receipts")
    assert [(receipt["state"], receipt["code"]) for receipt in receipts] == [("held", "device_lost")] * 10
    assert {op["op_id"] for op in stored(page, "ops")} == set(minted)
    assert page.evaluate("fetch('/v1/sync/pull').then((answer) => answer.status)") == 403
    assert told() == {}


def test_a_card_that_ran_out_costs_nothing_a_new_one_takes_everything_along(
    mission: Mission, windows: Callable[[], Page]
) -> None:
    told = mission.told("B", "b01_access")
    team, page = mission.fresh_team(), windows()
    with road_to(mission.url) as road:
        enrol(page, mission.link(road.url, team), team)
        road.fate = lambda request: problem(401, "invalid_credentials")
        mint(page, 3, DOOR)
        page.reload()
        page.get_by_role("button", name="New card").wait_for()
        expect(page.get_by_text("3 reports kept on this phone").first).to_be_visible()
        road.clear()
        card = mission.card(team)
        page.get_by_role("button", name="New card").click()
        page.get_by_role("textbox").first.fill(card)
        page.get_by_role("button", name="Join").click()
        page.get_by_role("button", name="To today").click()
        page.locator(".tapbox").first.click()
        page.get_by_role("button", name="Try now").click()
        page.get_by_text("Everything received", exact=True).wait_for()
    assert told() == {"visits": 3, "observed": 3, "=full": 3}
