"""The app can be installed, in each language, and starts from its icon and its shortcuts without a network."""

import json
import struct
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

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
