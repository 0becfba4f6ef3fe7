"""The app can be installed, in each language, and starts from its icon and its shortcuts without a network."""

import json
import struct
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from app.web.pages import STATIC
from tests.browser.conftest import Phone
from tests.browser.field import Mission, enrol

pytestmark = [pytest.mark.browser, pytest.mark.slow]
MANIFESTS = {"en": "manifest.webmanifest", "ru": "manifest.ru.webmanifest", "kk": "manifest.kk.webmanifest"}


def read(name: str) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((STATIC / name).read_text("utf-8"))
    return manifest


def pictures(manifest: dict[str, Any]) -> list[dict[str, str]]:
    icons = [icon for shortcut in manifest["shortcuts"] for icon in shortcut["icons"]]
    return [*manifest["icons"], *manifest["screenshots"], *icons]


@pytest.mark.parametrize(("language", "name"), MANIFESTS.items())
def test_each_picture_of_a_manifest_is_there_in_the_size_that_it_says(language: str, name: str) -> None:
    manifest = read(name)
    assert manifest["lang"] == language
    assert len(manifest["screenshots"]) >= 2
    for picture in pictures(manifest):
        content = (STATIC / picture["src"].lstrip("/")).read_bytes()
        if picture["type"] == "image/png":
            width, height = struct.unpack(">II", content[16:24])
            assert picture["sizes"] == f"{width}x{height}", picture["src"]


def test_the_manifests_differ_in_words_alone() -> None:
    words = {"lang", "description", "label", "name"}

    def bare(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: bare(part) for key, part in value.items() if key not in words}
        return [bare(part) for part in value] if isinstance(value, list) else value

    english, *others = (bare(read(name)) for name in MANIFESTS.values())
    for language, other in zip(("ru", "kk"), others, strict=True):
        assert json.loads(json.dumps(other).replace(f"-{language}.png", "-en.png")) == english


def installed_as(page: Page) -> tuple[list[Any], list[Any], dict[str, Any]]:
    """What the browser itself says: errors of installing, errors of the manifest, and the manifest that it read."""
    browser = page.context.new_cdp_session(page)
    said = browser.send("Page.getAppManifest")
    hindrances = browser.send("Page.getInstallabilityErrors")["installabilityErrors"]
    browser.detach()
    return hindrances, said["errors"], json.loads(said["data"])


IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) {}Mobile/15E148{}"
)
TAB, MESSENGER = IPHONE.format("Version/17.0 ", " Safari/604.1"), IPHONE.format("", " Instagram 300.0")
ADVICE = "On an iPhone, the home screen first"


@pytest.fixture
def iphone(chromium: Browser, mission: Mission) -> Iterator[Callable[..., Page]]:
    """The welcome on a page that takes itself for one on an iPhone."""
    made: list[BrowserContext] = []

    def make(agent: str, standalone: bool, link: str = "") -> Page:
        made.append(chromium.new_context(user_agent=agent, locale="en-GB"))
        script = f"Object.defineProperty(navigator, 'standalone', {{ value: {json.dumps(standalone)} }})"
        made[-1].add_init_script(script)
        page = made[-1].new_page()
        page.goto(link or mission.url)
        return page

    yield make
    for context in made:
        context.close()


def test_a_tab_on_an_iphone_sends_to_the_home_screen_before_it_holds_anything_and_the_icon_does_not(
    mission: Mission, iphone: Callable[..., Page]
) -> None:
    tab = iphone(TAB, False)
    tab.get_by_text(ADVICE).wait_for()
    tab.get_by_role("button", name="I have a card").click()
    tab.get_by_role("heading", name="Join the mission").wait_for()
    expect(tab.get_by_text("Open Urna there and enter the card there")).to_be_visible()
    team = mission.fresh_team()
    ready = iphone(TAB, False, mission.link(team=team))
    ready.get_by_role("button", name="Join").click()
    ready.get_by_role("heading", name=f"You are team {team}").wait_for()
    expect(ready.get_by_text(ADVICE)).to_be_visible()
    icon = iphone(TAB, True)
    icon.get_by_role("button", name="I have a card").wait_for()
    expect(icon.get_by_text(ADVICE)).to_have_count(0)


def test_a_page_inside_a_messenger_shows_the_address_to_open_in_the_real_browser(iphone: Callable[..., Page]) -> None:
    inside = iphone(MESSENGER, False)
    inside.get_by_role("button", name="Copy the address").wait_for()
    expect(inside.get_by_text(ADVICE)).to_have_count(0)


def test_the_browser_finds_nothing_that_keeps_it_from_being_installed_in_any_language(
    mission: Mission, phones: Callable[[str], Phone]
) -> None:
    page = phones("first").page
    team = mission.fresh_team()
    enrol(page, mission.link(team=team), team)
    for name, language in (("English", "en"), ("Русский", "ru"), ("Қазақша", "kk")):
        page.locator(".chip-lang").click()
        page.get_by_role("dialog").get_by_role("button", name=name).click()
        expect(page.locator("html")).to_have_attribute("lang", language)
        hindrances, errors, manifest = installed_as(page)
        assert (hindrances, errors, manifest["lang"]) == ([], [], language)
    mission.kill()
    for at, heading in (("picker", "Учаске"), ("incident", "Оқиға"), ("outbox", "Жіберілетін есептер")):
        page.goto("about:blank")
        page.goto(f"{mission.url}/#at={at}")
        expect(page.get_by_role("heading", level=1)).to_contain_text(heading)
        assert page.url == f"{mission.url}/"
    page.goto("about:blank")
    page.goto(f"{mission.url}{read('manifest.kk.webmanifest')['start_url']}")
    page.get_by_role("button", name="Жаңа сапар").wait_for()
