"""The desk in a real browser against a real server: what a phone sends is there in seconds; nobody else is asked."""

import json
from base64 import b32decode
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect

from app.people.second_factor import digits
from tests import browser_finder
from tests.browser.conftest import WAIT_MS
from tests.browser.field import DAY, commanding, migrate, urna
from tests.remote_phone import FRONTEND, RemotePhone, build_phone
from tests.serving import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip
PASSWORD = "a long enough password"
SECRET = "b29_secret_marking"
DOOR = {"kind": "station", "id": "0123"}
LISTS = {
    "stations": "code,number,name,region\n0123,0123,School,KZ-75\n0127,0127,Theatre,KZ-75\n0200,0200,Club,KZ-71\n",
    "teams": "team,region,members\n0001,KZ-75,2\n0002,KZ-71,2\n",
    "plan": "team,stage,station\n0001,voting,0123\n0001,voting,0127\n0002,voting,0200\n",
}
expect.set_options(timeout=WAIT_MS)  # numbers are read anew every five seconds

# Before any script of the page runs; the page itself must not see it as a violation of its own.
LISTEN = (
    "addEventListener('securitypolicyviolation', event => (window.violations ??= []).push(event.violatedDirective))"
)


class Mission:
    """A mission with two regions, one person of staff, one phone."""

    phone: RemotePhone | None = None

    def __init__(self, folder: Path) -> None:
        (folder / "data").mkdir()
        self.folder = folder
        self.server = Server(f"sqlite:///{folder}/urna.db", folder / "data", {})

    def set_up(self) -> None:
        with commanding(self.server.database_url, self.server.data_dir):
            migrate()
            urna("mission", "create", "--code", "M", "--name", "Kazakhstan 2022", *DAY, "--set", "simulated=true")
            for what, content in LISTS.items():
                file = self.folder / f"{what}.csv"
                file.write_text(content, "utf-8")
                urna("import", what, str(file), "--mission", "M")
            urna("staff", "add", "yaw", "--mission", "M", "--role", "head", "--password", PASSWORD)
        self.server.start()
        self.phone = RemotePhone(build_phone(self.folder), self.server.url)
        self.phone.enrol(self.card()["code"])
        self.phone.sync()

    def end(self) -> None:
        if self.phone is not None:
            self.phone.end()
        self.server.kill()

    def card(self) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(self.server.run("enrol", "--mission", "M", "--team", "0001", "--json").stdout)
        return {**said, "link": f"{self.server.url}/#c={said['code']}"}

    def visit(self, place: dict[str, str], answer: object) -> None:
        """One finished report of voting, received."""
        assert self.phone is not None
        report = self.phone.start("B", place)
        self.phone.header(report, {"arrived_at": "2022-11-20T09:10", "departed_at": "2022-11-20T09:50"})
        for code, value in {"b01_access": "full", SECRET: answer, "b09_members": 7}.items():
            self.phone.answer(report, code, value)
        self.phone.finish(report)
        self.phone.sync()

    @property
    def link(self) -> str:
        return f"{self.server.url}/desk#m=M&u=yaw"


@pytest.fixture(scope="module")
def mission(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mission]:
    mission = Mission(tmp_path_factory.mktemp("mission"))
    try:
        mission.set_up()
        yield mission
    finally:
        mission.end()


@pytest.fixture(scope="module")
def chromium(driver: Playwright) -> Iterator[Browser]:
    browser = driver.chromium.launch(executable_path=browser_finder.find(), args=FLAGS)
    yield browser
    browser.close()


class Watched:
    """A browser context that notes every address asked, and what the pages complain of."""

    def __init__(self, context: BrowserContext) -> None:
        self.asked: list[str] = []
        self.errors: list[str] = []
        context.set_default_timeout(WAIT_MS)
        context.add_init_script(LISTEN)
        context.on("request", lambda request: self.asked.append(request.url))
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        self.page = context.new_page()


@pytest.fixture
def desk(chromium: Browser) -> Iterator[Watched]:
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB")
    yield Watched(context)
    context.close()


def _sign_in(page: Page, mission: Mission) -> None:
    page.goto(mission.link)
    expect(page.get_by_label("Password")).to_be_focused()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Coverage")


def _row(page: Page, name: str) -> Any:
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=name, exact=True))


def test_a_wrong_password_is_told_in_plain_words_and_a_right_one_opens_the_desk(
    mission: Mission, desk: Watched
) -> None:
    page = desk.page
    page.goto(mission.link)
    expect(page.get_by_label("Mission")).to_have_value("M")
    assert "#" not in page.url
    page.get_by_label("Password").fill("not this one, surely")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("do not fit together")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Coverage")
    page.get_by_role("button", name="Head").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in to the desk")
    page.goto(f"{mission.server.url}/desk/results")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in to the desk")


def test_an_analyst_is_asked_for_six_digits_as_well(mission: Mission, desk: Watched) -> None:
    added = mission.server.run(
        "staff", "add", "esi", "--mission", "M", "--role", "analyst", "--password", PASSWORD, "--json"
    )
    told = json.loads(added.stdout)
    [secret] = parse_qs(urlsplit(told["totp"]).query)["secret"]
    page = desk.page
    page.goto(f"{mission.server.url}/desk#m=M&u=esi")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("six digits")
    expect(page.get_by_label("Six digits")).to_be_focused()
    page.keyboard.type(digits(b32decode(secret), datetime.now(UTC)))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Coverage")


def test_a_report_is_on_the_open_board_and_in_the_results_within_seconds(mission: Mission, desk: Watched) -> None:
    page = desk.page
    _sign_in(page, mission)
    before = _row(page, "KZ-75").locator("[data-l=Reports]").inner_text()
    mission.visit(DOOR, "sometimes")
    expect(_row(page, "KZ-75").locator("[data-l=Reports]")).not_to_have_text(before)
    expect(_row(page, "KZ-75").locator("[data-l=Voting]")).to_contain_text("1 / 2")
    expect(_row(page, "KZ-71").locator("[data-l=Voting]")).to_contain_text("0 / 1")

    page.get_by_role("link", name="Results").click()
    secret = page.get_by_role("row").filter(has_text="B29")
    expect(secret).to_contain_text("n under 30")
    expect(secret).to_contain_text("1 of 1")
    mission.visit({"kind": "station", "id": "0127"}, "always")
    mission.visit(DOOR, {"blank": "not_observed"})
    expect(secret).to_contain_text("1 of 2")
    expect(secret.locator("[data-l='Not observed']")).to_have_text("1")
    secret.get_by_role("button").click()
    panel = page.get_by_role("region", name="B29")
    expect(panel).to_contain_text("Answers, 2 visits")
    panel.get_by_text("How computed").click()
    expect(panel).to_contain_text("2 = 3 − 1 − 0 − 0")
    page.get_by_role("button", name="Stations", exact=True).click()
    expect(panel).to_contain_text("Answers, 2 stations")
    assert "unit=station" in page.url
    page.reload()
    expect(panel).to_contain_text("Answers, 2 stations")


def test_the_files_hold_the_same_query_at_the_same_entry(mission: Mission, desk: Watched) -> None:
    mission.visit(DOOR, "always")
    page = desk.page
    _sign_in(page, mission)
    page.goto(f"{mission.server.url}/desk/results?form=B&region=KZ-75")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    lines = Path(download.value.path()).read_text("utf-8-sig").splitlines()
    figures = page.request.get(mission.server.url + str(page.get_by_role("link", name="JSON").get_attribute("href")))
    assert figures.ok
    assert len(lines) - 1 == figures.json()["results"][0]["rows"][0]["visits"] > 0
    assert figures.json()["filters"]["region"] == ["KZ-75"]


def test_numbers_of_a_server_that_is_away_stay_and_say_so(mission: Mission, desk: Watched) -> None:
    page = desk.page
    _sign_in(page, mission)
    expect(page.locator(".live")).to_contain_text("Live, as of")
    expect(_row(page, "KZ-75")).to_be_visible()
    mission.server.kill()
    expect(page.locator(".live")).to_contain_text("Paused")
    expect(_row(page, "KZ-75")).to_be_visible()
    mission.server.start()
    expect(page.locator(".live")).to_contain_text("Live, as of", timeout=30_000)


def test_the_desk_asks_nobody_else_and_breaks_no_rule_of_its_own(mission: Mission, desk: Watched) -> None:
    mission.visit(DOOR, "always")
    page = desk.page
    _sign_in(page, mission)
    bar = _row(page, "KZ-75").locator("[data-l=Voting] .barline i")
    expect(bar).to_be_visible()
    assert bar.evaluate("bar => bar.getBoundingClientRect().width") > 0
    page.get_by_role("link", name="Results").click()
    page.get_by_role("row").filter(has_text="B29").get_by_role("button").click()
    expect(page.get_by_role("region", name="B29")).to_be_visible()
    assert [url for url in desk.asked if not url.startswith(f"{mission.server.url}/")] == []
    assert page.evaluate("window.violations ?? []") == []
    assert desk.errors == []


def test_what_is_not_new_is_not_sent_again(mission: Mission, desk: Watched) -> None:
    page = desk.page
    _sign_in(page, mission)
    page.goto(f"{mission.server.url}/desk/results?form=B")
    with page.expect_response(lambda answer: "/v1/results" in answer.url and answer.status == 304, timeout=WAIT_MS):
        pass


def test_a_browser_with_a_phone_in_it_opens_the_desk_too(mission: Mission, desk: Watched) -> None:
    page = desk.page
    page.goto(mission.card()["link"])
    page.get_by_role("button", name="Join").click()
    page.get_by_role("heading", name="You are team 0001").wait_for()
    _sign_in(page, mission)
    expect(_row(page, "KZ-75")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("width", "locale"), [(1280, "ru"), (390, "kk")])
def test_every_page_is_clean_and_fits(mission: Mission, chromium: Browser, width: int, locale: str, theme: Any) -> None:
    mission.visit(DOOR, "always")
    look = {"locale": locale, "color_scheme": theme, "bypass_csp": True}
    context = chromium.new_context(viewport={"width": width, "height": 800}, **look)
    context.set_default_timeout(WAIT_MS)
    page = context.new_page()
    page.goto(mission.link)
    page.locator("input[type=password]").wait_for()
    assert _faults(page) == []
    page.locator("input[type=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.locator("tbody tr").first.wait_for()
    assert page.evaluate("document.documentElement.lang") == locale
    expect(page.locator(".sim")).to_be_visible()
    assert _faults(page) == []
    for path in ("/desk/results?form=B", f"/desk/results?form=B&q={SECRET}"):
        page.goto(mission.server.url + path)
        page.locator(".side h2:visible, tbody tr:visible").first.wait_for()
        assert _faults(page) == []
    context.close()


AXE = FRONTEND / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def _faults(page: Page) -> list[str]:
    """What WCAG 2.2 AA, as far as a machine sees it, has against the page; and whether it runs over its edge."""
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("tags => axe.run(document, {runOnly: tags}).then(r => r.violations.map(v => v.id))", RULES)
    over: int = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [*found, *([f"{over} px too wide"] if over > 0 else [])]
