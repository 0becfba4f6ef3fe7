"""What must hold in Firefox too: kept over a kill, received once, no portal's page, no tab that blocks a newer app."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import browser_finder
from tests.browser.field import DOOR, Mission
from tests.browser.firefox import Firefox, phones_in
from tests.browser.road import Road, portal, road_to

FOUND = browser_finder.find_firefox()
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(FOUND is None, reason="no Firefox here, and make setup-browser could not install one"),
]
PUSH = "/v1/sync/push"


@pytest.fixture
def road(mission: Mission) -> Iterator[Road]:
    with road_to(mission.url) as road:
        yield road


@pytest.fixture
def foxes(tmp_path: Path) -> Iterator[Callable[..., Firefox]]:
    assert FOUND is not None
    yield from phones_in(FOUND, tmp_path)


def enrol(fox: Firefox, mission: Mission, at: str | None = None) -> None:
    team = mission.fresh_team()
    fox.goto(mission.link(at, team))
    fox.click("Join")
    fox.sees(f"You are team {team}")
    fox.sees("Yes. You can switch the network off.")
    fox.promise("navigator.serviceWorker.ready.then(() => true)")
    fox.click("To today")


def begin(fox: Firefox) -> None:
    """From Today to the first question of a voting visit."""
    fox.click("New visit")
    fox.type("input[type=search]", DOOR)
    fox.click("Voting")
    fox.click("I have arrived here")
    fox.click("Arrival and surroundings", exact=False)


def kept(fox: Firefox) -> None:
    fox.until(lambda: fox.run("return !!document.querySelector('.saved[aria-busy=false]')"), "saved")


def finish(fox: Firefox) -> str:
    fox.click(DOOR)
    fox.click("Finish and check answers")
    fox.click("Send to the mission")
    fox.sees("By these four characters the mission finds it")
    code: str = fox.run("return document.querySelector('.paper .code').textContent")
    return code


def test_a_report_that_was_finished_behind_a_portal_survives_a_kill_and_is_received_once_though_an_answer_was_lost(
    mission: Mission, road: Road, foxes: Callable[..., Firefox]
) -> None:
    told = mission.told("B", "b01_access")
    fox = foxes("first")
    enrol(fox, mission, road.url)
    road.fate = lambda request: portal()
    begin(fox)
    fox.click("Yes, without restriction")
    kept(fox)
    code = finish(fox)
    assert "Kept on this phone" in fox.text()
    fox.kill()
    fox.start()
    fox.goto(road.url)
    fox.sees("1 report kept on this phone")
    assert "cafe" not in fox.text()
    fox.sees(code)
    road.each(PUSH, "lose")
    fox.click("kept on this phone", exact=False)
    fox.click("Try now")
    fox.until(lambda: any(request.happened == "lose" for request in road.at(PUSH)), "a lost answer")
    fox.until(lambda: fox.run("return !document.body.innerText.includes('Sending')"), "the end of the try")
    fox.click("Try now")
    fox.sees("Everything received")
    assert told() == {"visits": 1, "observed": 1, "=full": 1}


RAISE = """new Promise((done, failed) => {
  const request = indexedDB.open('outbox', 2)
  request.onupgradeneeded = () => request.result.createObjectStore('later')
  request.onblocked = () => failed('blocked')
  request.onsuccess = () => {
    request.result.transaction('drafts').objectStore('drafts').count().onsuccess = (event) => {
      request.result.close()
      done(event.target.result)
    }
  }
})"""


def test_a_newer_app_raises_the_schema_beside_an_open_form(mission: Mission, foxes: Callable[..., Firefox]) -> None:
    told = mission.told("B", "b01_access")
    fox = foxes("first")
    enrol(fox, mission)
    begin(fox)
    fox.click("Yes, without restriction")
    kept(fox)
    fox.new_tab()
    fox.goto(f"{mission.url}/icon-192.png")
    assert fox.promise(RAISE) == 1
    fox.first_tab()
    fox.click("Yes, but with restrictions")
    kept(fox)
    finish(fox)
    fox.sees("Received by the mission")
    assert told() == {"visits": 1, "observed": 1, "=restricted": 1}


def test_a_private_window_is_told_that_it_keeps_nothing_and_a_usual_one_is_not(
    mission: Mission, foxes: Callable[..., Firefox]
) -> None:
    private = foxes("private", private=True)
    private.goto(mission.url)
    private.sees("This window cannot keep reports")
    private.kill()
    usual = foxes("usual")
    enrol(usual, mission)
    usual.sees("New visit")
    assert "cannot keep reports" not in usual.text()
