"""What the screen called kept is there: after many kills, on a full disk, beside a newer app, a week later."""

import json
import os
import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Phone
from tests.browser.field import DOOR, Mission, arrive, enrol, finish, kept
from tests.browser.minting import mint, stored

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ALL_HERE = "Everything received"
FIGURES = "Protocol figures: voters and ballots"
KILLS = 50 if "URNA_SOAK" in os.environ else 12
LIFE_MS = 500
"""A phone is killed at any moment of so long a time. What it types grows, so that a value tells how new it is."""


@pytest.fixture
def page(mission: Mission, windows: Callable[[], Page]) -> Page:
    """A phone of a fresh team."""
    page, team = windows(), mission.fresh_team()
    enrol(page, mission.link(team=team), team)
    return page


def to_outbox(page: Page) -> None:
    page.locator(".tapbox").first.click()
    page.get_by_role("button", name="Try now").wait_for()


def try_now(page: Page) -> None:
    page.get_by_role("button", name="Try now").click()
    page.get_by_text(ALL_HERE, exact=True).wait_for()


TYPE = """async ([seed, from]) => {
  const chance = () => (seed = (seed * 48271) % 2147483647) / 2147483647
  const turn = () => new Promise((done) => setTimeout(done))
  for (let number = from; number < from + 1000; number++) {
    const inputs = [...document.querySelectorAll('.fig input.num')]
    const input = inputs[Math.floor(chance() * inputs.length)]
    input.focus()
    input.value = String(number)
    input.dispatchEvent(new Event('input', { bubbles: true }))
    await turn()
    while (!document.querySelector('.saved[aria-busy=false]')) await turn()
    await window.called_kept(input.id, number)
  }
}"""


def shown(page: Page) -> dict[str, int]:
    """The figures on the screen, without what groups their digits."""
    fields = page.locator(".fig input.num")
    values: dict[str, str] = fields.evaluate_all("(all) => Object.fromEntries(all.map((one) => [one.id, one.value]))")
    return {name: int(re.sub(r"\D", "", value)) for name, value in values.items() if value}


def to_figures(page: Page, url: str) -> None:
    page.goto(url)
    page.get_by_role("button", name=re.compile("^(Continue|Check and send)")).click()
    to_list = page.get_by_role("button", name=DOOR, exact=True)
    to_list.or_(page.get_by_role("button", name=FIGURES)).first.wait_for()
    if to_list.is_visible():
        to_list.click()
    page.get_by_role("button", name=FIGURES).click()
    page.locator(".fig input.num").first.wait_for()


def type_figure(page: Page, index: int, value: int) -> None:
    page.locator(".fig input.num").nth(index).fill(str(value))
    kept(page)


def test_a_kill_in_the_middle_of_a_write_and_another_one_later_lose_nothing_that_the_screen_called_kept(
    mission: Mission, phones: Callable[[str], Phone]
) -> None:
    """Chromium writes on behind the half record, and would delete everything at the start after that."""
    team, phone = mission.fresh_team(), phones("torn")
    enrol(phone.page, mission.link(team=team), team)
    arrive(phone.page, DOOR, "Closing and count")
    phone.page.get_by_role("button", name=FIGURES).click()
    for life in range(3):
        type_figure(phone.page, life, 101 + life)
        phone.kill()
        phone.tear_log()
        torn = phone.log
        to_figures(phone.start().page, mission.url)
        while torn.exists():  # the promise holds once it is gone: docs/adr/0007
            phone.page.wait_for_timeout(50)
        assert sorted(shown(phone.page).values()) == [101, 102, 103][: life + 1]


def test_a_store_that_the_browser_emptied_is_named_on_the_first_screen(
    mission: Mission, phones: Callable[[str], Phone]
) -> None:
    """A wrong byte in the middle of the log: Chromium deletes everything, and says so once."""
    team, phone = mission.fresh_team(), phones("rotten")
    enrol(phone.page, mission.link(team=team), team)
    expect(phone.page.get_by_text("The browser has emptied its store")).to_have_count(0)
    phone.kill()
    rotten = bytearray(phone.log.read_bytes())
    rotten[20] ^= 1
    phone.log.write_bytes(rotten)
    phone.start().page.goto(mission.url)
    expect(phone.page.get_by_text("The browser has emptied its store")).to_be_visible()
    expect(phone.page.get_by_role("button", name="I have a card")).to_be_visible()


@pytest.mark.timeout(600)
def test_a_phone_that_is_killed_at_many_random_moments_loses_nothing_that_the_screen_called_kept(
    mission: Mission, phones: Callable[[str], Phone]
) -> None:
    team, chance = mission.fresh_team(), random.Random(20221120)
    phone, promised, made = phones("killed"), dict[str, int](), list[int]()

    def called_kept(field: str, value: int) -> None:
        promised[field] = value
        made.append(value)

    enrol(phone.page, mission.link(team=team), team)
    arrive(phone.page, DOOR, "Closing and count")
    page = phone.page
    page.get_by_role("button", name=FIGURES).click()
    page.locator(".saved[aria-busy=false]").wait_for()
    for number in range(KILLS):
        page.expose_function("called_kept", called_kept)
        page.evaluate(f"(given) => void ({TYPE})(given)", [chance.randrange(1, 2**31 - 1), 1000 * (number + 1)])
        page.wait_for_timeout(chance.uniform(0, LIFE_MS))
        phone.kill()
        page = phone.start().page
        to_figures(page, mission.url)
        found = shown(page)
        lost = {field: value for field, value in promised.items() if found.get(field, 0) < value}
        assert lost == {}, f"after kill {number + 1}, of {len(made)} promises"
        promised |= found
    assert len(made) > KILLS
    page.get_by_role("button", name=DOOR, exact=True).click()
    finish(page)
    page.get_by_role("heading", name="Received by the mission").wait_for()
    ops = stored(page, "ops")
    assert sorted(op["device_seq"] for op in ops) == list(range(1, len(ops) + 1))
    answers = json.loads(max(ops, key=lambda op: op["device_seq"])["body"])["answers"]
    assert promised == {f"q-{code}": value for code, value in answers.items()}


def test_a_full_disk_costs_the_ballast_and_not_the_report(mission: Mission, phones: Callable[[str], Phone]) -> None:
    """The browser's own quota is cut to what is used and twenty kilobytes; the note and the finish need more."""
    team = mission.fresh_team()
    page = phones("full").page
    enrol(page, mission.link(team=team), team)
    arrive(page, DOOR, "Voting")
    page.reload()  # each start lets the browser press its log; so near to the edge, that room counts
    page.get_by_text(re.compile(r"^0 of \d+ answered$")).wait_for()
    mission.kill()
    browser = page.context.new_cdp_session(page)
    page.goto("about:blank")
    page.wait_for_timeout(3000)  # the browser remembers for so long how much room it had
    used = browser.send("Storage.getUsageAndQuota", {"origin": mission.url})["usage"]
    browser.send("Storage.overrideQuotaForOrigin", {"origin": mission.url, "quotaSize": used + 20_000})
    page.goto(mission.url)
    page.get_by_role("button", name=re.compile("^Continue")).click()
    page.get_by_role("button", name="Arrival and surroundings").click()
    page.get_by_role("button", name="Note").first.click()
    note = page.get_by_label("Note to this answer").first
    for letter in "abcdefgh":
        note.fill(letter * 3900)
        kept(page)
    assert stored(page, "ballast") == []
    page.get_by_role("button", name=DOOR, exact=True).click()
    code = finish(page)
    page.reload()
    expect(page.locator(".paper .code")).to_have_text(code)
    assert json.loads(stored(page, "ops")[-1]["body"])["notes"] == {"b01_access": "h" * 3900}


RAISE = """async () => {
  const db = await new Promise((done, failed) => {
    const request = indexedDB.open('outbox', 2)
    request.onupgradeneeded = () => request.result.createObjectStore('later')
    request.onblocked = () => failed(new Error('blocked by the older tab'))
    request.onsuccess = () => done(request.result)
  })
  const drafts = await new Promise((done) => {
    db.transaction('drafts').objectStore('drafts').getAll().onsuccess = (event) => done(event.target.result)
  })
  db.close()
  return drafts.map((draft) => draft.answers)
}"""


def test_a_newer_app_raises_the_schema_beside_an_open_form_and_neither_tab_loses_anything(
    mission: Mission, page: Page
) -> None:
    told = mission.told("B", "b01_access")
    arrive(page, DOOR, "Voting")
    page.get_by_role("button", name="Arrival and surroundings").click()
    page.get_by_label("Yes, without restriction", exact=True).check()
    kept(page)
    newer = page.context.new_page()
    newer.goto(f"{mission.url}/manifest.webmanifest")
    assert newer.evaluate(RAISE) == [{"b01_access": "full"}]
    page.get_by_label("Yes, but with restrictions", exact=True).check()
    kept(page)
    assert newer.evaluate(RAISE) == [{"b01_access": "restricted"}]
    page.get_by_role("button", name=DOOR, exact=True).click()
    finish(page)
    page.get_by_role("heading", name="Received by the mission").wait_for()
    page.reload()
    page.get_by_role("heading", name="Received by the mission").wait_for()
    assert told() == {"visits": 1, "observed": 1, "=restricted": 1}


SKEW = """() => {
  const True = Date
  const skew = () => Number(localStorage.getItem('skew') ?? 0)
  globalThis.Date = class extends True {
    constructor(...given) { given.length ? super(...given) : super(True.now() + skew()) }
    static now() { return True.now() + skew() }
  }
}"""
DAY_MS = 24 * 3600 * 1000


def test_an_outbox_of_seven_days_ago_and_one_of_the_day_after_tomorrow_are_sent_in_the_order_of_the_phone(
    mission: Mission, windows: Callable[[], Page]
) -> None:
    told = mission.told("B", "b01_access")
    page, team = windows(), mission.fresh_team()
    page.context.add_init_script(f"({SKEW})()")
    enrol(page, mission.link(team=team), team)
    page.context.set_offline(True)
    codes = []
    for skew in (-7 * DAY_MS, 2 * DAY_MS, 0):
        page.evaluate("(skew) => localStorage.setItem('skew', skew)", skew)
        page.goto(mission.url)
        arrive(page, DOOR, "Voting")
        page.get_by_role("button", name="Arrival and surroundings").click()
        page.get_by_label("Yes, without restriction", exact=True).check()
        kept(page)
        page.get_by_role("button", name=DOOR, exact=True).click()
        codes.append(finish(page))
        page.get_by_role("button", name="Back to today").click()
    page.context.set_offline(False)
    to_outbox(page)
    try_now(page)
    for code in codes:
        expect(page.locator(".row", has_text=code)).to_contain_text("Received")
    assert told() == {"visits": 3, "observed": 3, "=full": 3}
    ops = sorted(stored(page, "ops"), key=lambda op: op["device_seq"])
    days = [op["made_at"][:10] for op in ops if op["kind"] == "report.finish"]
    assert days[0] < days[2] < days[1]
    assert [op["prev"] for op in ops] == [None, *(op["link"] for op in ops[:-1])]


def test_a_saved_copy_brings_everything_in_and_what_the_phone_sends_later_is_here_already(
    mission: Mission, page: Page, tmp_path: Path
) -> None:
    told = mission.told("B", "b01_access")
    page.context.set_offline(True)
    minted = mint(page, 5, DOOR)
    page.reload()
    for name in ("Help", "Second phone, new phone", "Leave this mission"):
        page.get_by_role("button", name=name, exact=True).click()
    page.get_by_role("alert").wait_for()
    page.get_by_role("button", name="Today").click()
    to_outbox(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Save a copy").click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    taken = json.loads(mission.server.run("replay", str(file), "--json").stdout)
    assert (taken["accepted"], taken["held"], taken["rejected"]) == (5, {}, {})
    assert told() == {"visits": 5, "observed": 5, "=full": 5}
    page.context.set_offline(False)
    try_now(page)
    assert {receipt["op_id"]: receipt["state"] for receipt in stored(page, "receipts")} == dict.fromkeys(
        minted, "received"
    )
    assert told() == {"visits": 5, "observed": 5, "=full": 5}
    assert json.loads(mission.server.run("replay", str(file), "--json").stdout)["duplicate"] == 5
