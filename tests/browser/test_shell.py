"""The service worker in a real browser: the page starts without a server, and only its own bytes become it.

The built page is served by a plain server of this file, which can be stopped, half deployed, or turned into a portal.
"""

import hashlib
import re
import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright

from app.web.pages import STATIC
from tests import browser_finder

pytestmark = pytest.mark.browser
WAITING = "navigator.serviceWorker.ready.then(r => r.update().then(() => !!(r.waiting || r.installing), () => false))"


class Site:
    """The built page on a port of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.portal = False
        self.asked: list[str] = []
        shutil.copytree(STATIC, folder)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, self, directory=str(folder)))
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"
        self.up = True

    def stop(self) -> None:
        if self.up:
            self._server.shutdown()
            self._server.server_close()
            self.up = False

    def deploy(self, mark: str, whole: bool = True) -> None:
        """Another version: a page with a mark, and a worker that lists it (or, half deployed, does not find it)."""
        page, worker = self.folder / "index.html", self.folder / "sw.js"
        before = page.read_bytes()
        after = before.replace(b"<head>", f'<head><meta name="mark" content="{mark}">'.encode())
        text = worker.read_text().replace(_sha256(before), _sha256(after))
        worker.write_text(re.sub(r"(urna-shell-.{0,40}?)([0-9a-f]{16})", rf"\g<1>{_sha256(after)[:16]}", text))
        if whole:
            page.write_bytes(after)


class _Handler(SimpleHTTPRequestHandler):
    def __init__(self, site: Site, *args: object, **more: object) -> None:
        self.site = site
        super().__init__(*args, **more)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        self.site.asked.append(self.path)
        if self.site.portal:
            self._answer(200, "text/html", b"<html><title>Sign in to the cafe</title></html>")
        elif self.path.startswith("/v1/"):
            self._answer(200, "application/json", f'{{"n":{len(self.site.asked)}}}'.encode())
        else:
            super().do_GET()

    def _answer(self, status: int, media_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.end_headers()
        self.wfile.write(body)

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, *_: object) -> None:
        pass


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture(scope="module")
def chromium(driver: Playwright) -> Iterator[Browser]:
    browser = driver.chromium.launch(executable_path=browser_finder.find(), args=["--no-sandbox"])
    yield browser
    browser.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path / "site")
    yield site
    site.stop()


@pytest.fixture
def page(chromium: Browser, site: Site) -> Iterator[Page]:
    """A page whose worker is installed."""
    context = chromium.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(site.url)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    yield page
    context.close()


def _starts(page: Page) -> bool:
    page.wait_for_selector("#app > *")
    return page.title().endswith("Urna")


def _until(page: Page, promise: str) -> None:
    """Waits until a promise of the page gives something true."""
    for _ in range(100):
        if page.evaluate(promise):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"never came true: {promise}")


def _mark(page: Page) -> str | None:
    return page.evaluate("document.querySelector('meta[name=mark]')?.content ?? null")


def test_the_page_starts_after_its_server_is_gone(page: Page, site: Site) -> None:
    site.stop()
    page.goto(site.url)
    assert _starts(page)
    page.goto(site.url + "any/deep/address")
    assert _starts(page)


def test_a_new_version_waits_until_a_person_taps(page: Page, site: Site) -> None:
    page.reload()
    page.evaluate("window.open_form = 'as it was'")
    site.deploy("second")
    assert page.evaluate(WAITING)
    _until(page, "navigator.serviceWorker.getRegistration().then(r => !!r.waiting)")
    assert page.evaluate("window.open_form") == "as it was"
    page.evaluate(
        "navigator.serviceWorker.getRegistration().then(r => r.waiting.postMessage({type: 'something else'}))"
    )
    with page.context.new_page() as other:
        other.goto(site.url)
        assert _mark(other) is None
    assert page.evaluate("window.open_form") == "as it was"
    page.evaluate("navigator.serviceWorker.getRegistration().then(r => r.waiting.postMessage({type: 'activate'}))")
    _until(page, "navigator.serviceWorker.getRegistration().then(r => !r.waiting)")
    site.stop()
    page.goto(site.url)
    assert _starts(page)
    assert _mark(page) == "second"


def test_a_half_deployed_version_does_not_install(page: Page, site: Site) -> None:
    site.deploy("half", whole=False)
    page.evaluate(WAITING)
    _until(page, "navigator.serviceWorker.getRegistration().then(r => !r.installing && !r.waiting)")
    site.stop()
    page.goto(site.url)
    assert _starts(page)


def test_a_portal_never_becomes_the_app(page: Page, site: Site) -> None:
    site.portal = True
    assert page.evaluate(WAITING) is False
    page.goto(site.url)
    assert _starts(page)
    assert "cafe" not in page.content()


def test_data_never_comes_from_the_worker(page: Page, site: Site) -> None:
    page.reload()
    read = "fetch('/v1/mission').then(r => r.json()).then(j => j.n, () => null)"
    first, second = page.evaluate(read), page.evaluate(read)
    assert first < second
    site.stop()
    assert page.evaluate("fetch('/v1/mission').then(() => 'an answer', () => 'none')") == "none"
    urls = page.evaluate(
        "caches.keys().then(ks => Promise.all(ks.map(k => caches.open(k).then(c => c.keys()))))"
        ".then(all => all.flat().map(r => new URL(r.url).pathname))"
    )
    assert "/index.html" in urls
    assert not [url for url in urls if url.startswith("/v1")]
