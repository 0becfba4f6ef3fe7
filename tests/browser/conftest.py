"""A phone in a real browser: its own process and its own profile, which a SIGKILL leaves as a dead battery would."""

import os
import queue
import re
import signal
import struct
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from tests import browser_finder
from tests.browser.field import Mission, standing_mission
from tests.browser.gallery import standing_gallery

FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--no-default-browser-check",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    "--window-size=360,740", "--remote-debugging-port=0", "--lang=en-GB", "--hide-scrollbars",
)  # fmt: skip
START_TIMEOUT_S = 60
WAIT_MS = 15_000
STATIONS = 10_101
expect.set_options(timeout=WAIT_MS)


class Phone:
    """Chromium on a profile in `folder`. `kill` leaves it no moment to write anything."""

    def __init__(self, playwright: Playwright, executable: Path, folder: Path) -> None:
        self._playwright, self._executable = playwright, executable
        self.folder = folder
        self._process: subprocess.Popen[str] | None = None
        self._browser: Browser | None = None
        self.page: Page

    def start(self) -> "Phone":
        command = [str(self._executable), *FLAGS, f"--user-data-dir={self.folder}", "about:blank"]
        environment = {**os.environ, "TZ": "Asia/Almaty"}
        self._process = subprocess.Popen(
            command,
            env=environment,
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        self._browser = self._playwright.chromium.connect_over_cdp(_address(self._process))
        self.page = self._browser.contexts[0].pages[0]
        self.page.set_default_timeout(WAIT_MS)
        return self

    def kill(self) -> None:
        if self._process is None:
            return
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(timeout=30)
        if self._process.stderr is not None:
            self._process.stderr.close()
        self._process = None
        for lock in ("SingletonLock", "SingletonSocket", "SingletonCookie"):
            (self.folder / lock).unlink(missing_ok=True)

    @property
    def log(self) -> Path:
        """Where the browser writes what it keeps."""
        return max(self.folder.glob("Default/IndexedDB/*.leveldb/*.log"))

    def tear_log(self) -> None:
        """Leaves what a kill inside a write leaves: the head of a record (sum, length, kind) and a part of its body."""
        with self.log.open("ab") as file:
            file.write(struct.pack("<IHB", 0xFEEDBEEF, 320, 1) + bytes(12))


def _address(process: subprocess.Popen[str]) -> str:
    """Where the browser listens, as it says itself; its other words are read so that it never waits for a reader."""
    found: queue.Queue[str] = queue.Queue()
    lines = process.stderr
    assert lines is not None

    def read() -> None:
        try:
            for line in lines:
                if match := re.search(r"ws://\S+", line):
                    found.put(match.group())
        except ValueError:  # closed under the reader, by kill
            return

    threading.Thread(target=read, daemon=True).start()
    return found.get(timeout=START_TIMEOUT_S)


@pytest.fixture(scope="session")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mission]:
    """One mission for all: each test counts what is new since it began, and most have a team of their own."""
    with standing_mission(tmp_path_factory.mktemp("mission")) as mission:
        yield mission


@pytest.fixture(scope="session")
def country(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mission]:
    """A mission with as many stations as Kazakhstan has."""
    with standing_mission(tmp_path_factory.mktemp("country"), STATIONS) as mission:
        yield mission


@pytest.fixture
def mission(standing: Mission) -> Mission:
    """The mission with its server up, whatever the test before did to it."""
    standing.start()
    return standing


@pytest.fixture(scope="module")
def driver() -> Iterator[Playwright]:
    """The one for a module: a second beside it is refused, and one that outlives it keeps others from their loops."""
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
def chromium(driver: Playwright) -> Iterator[Browser]:
    """One browser for the phones of a module that nobody kills."""
    browser = driver.chromium.launch(executable_path=browser_finder.find(), args=["--no-sandbox"])
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def gallery_url() -> Iterator[str]:
    """The gallery, built once for all who look at screens."""
    with standing_gallery() as url:
        yield url


@pytest.fixture
def windows(chromium: Browser) -> Iterator[Callable[[], Page]]:
    """Pages, each on a phone of its own; all are gone after the test."""
    made: list[BrowserContext] = []

    def make() -> Page:
        size = {"width": 360, "height": 740}
        context = chromium.new_context(viewport=size, timezone_id="Asia/Almaty", locale="en-GB")  # type: ignore[arg-type]
        context.set_default_timeout(WAIT_MS)
        made.append(context)
        return context.new_page()

    yield make
    for context in made:
        context.close()


@pytest.fixture
def phones(driver: Playwright, tmp_path: Path) -> Iterator[Callable[[str], Phone]]:
    """Phones by name, each with a profile of its own; all are gone after the test."""
    executable = browser_finder.find()
    assert executable is not None, "no Chromium: run make setup-browser"
    made: list[Phone] = []

    def make(name: str) -> Phone:
        phone = Phone(driver, executable, tmp_path / name)
        made.append(phone)
        return phone.start()

    yield make
    for phone in made:
        phone.kill()
