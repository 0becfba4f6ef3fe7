"""Every screen of the phone in every state, from simulated worlds: for pictures, and for the tests that look at all.

python -m tests.browser.gallery OUT [--size 360x740] [--lang en] [--theme light] [--change grown|pseudo|rtl] [NAME...]
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from app.forms.catalogue import Candidate, built_in, with_candidates
from app.forms.check import compile_checklist
from tests import browser_finder

FRONTEND = Path(__file__).parents[2] / "frontend"
AXE = FRONTEND / "node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AT = "2022-11-20T14:26:00+06:00"
"""The moment that the worlds are drawn for."""
NAMES = [("c1", "Abai"), ("c2", "Bolat"), ("c3", "Gulnar"), ("c4", "Dana"), ("c5", "Yerlan"), ("c6", "Zhanar")]


def _section(report: str, section: int, **more: object) -> dict[str, object]:
    return {"at": "section", "report": report, "section": section, "page": 0, **more}


SCREENS: dict[str, tuple[str, dict[str, object]]] = {
    "welcome": ("out", {"at": "welcome"}),
    "welcome-named": ("outNamed", {"at": "welcome"}),
    "welcome-none": ("outNone", {"at": "welcome"}),
    "welcome-private": ("outPrivate", {"at": "welcome"}),
    "welcome-emptied": ("outEmptied", {"at": "welcome"}),
    "welcome-messenger": ("out", {"at": "welcome"}),
    "welcome-iphone": ("out", {"at": "welcome"}),
    "enrol": ("out", {"at": "enrol", "code": "K7Q4M2XDP9"}),
    "enrol-refused": ("out", {"at": "enrol", "code": "K7Q4M2XDP9"}),
    "enrol-used": ("used", {"at": "enrol", "code": "K7Q4M2XDP9TE"}),
    "enrol-offline": ("noNet", {"at": "enrol", "code": "K7Q4M2XDP9TE"}),
    "enrol-hasty": ("hasty", {"at": "enrol", "code": "K7Q4M2XDP9TE"}),
    "ready": ("preparing", {"at": "ready"}),
    "ready-waiting": ("coming", {"at": "ready"}),
    "ready-done": ("fresh", {"at": "ready"}),
    "ready-offline": ("cutOff", {"at": "ready"}),
    "ready-iphone": ("preparing", {"at": "ready"}),
    "today": ("full", {"at": "today"}),
    "today-fresh": ("fresh", {"at": "today"}),
    "today-bare": ("bare", {"at": "today"}),
    "today-troubled": ("troubled", {"at": "today"}),
    "today-waiting": ("coming", {"at": "today"}),
    "today-many": ("many", {"at": "today"}),
    "today-full": ("brimful", {"at": "today"}),
    "today-closed": ("closed", {"at": "today"}),
    "today-done": ("done", {"at": "today"}),
    "today-unknown": ("refusedPhone", {"at": "today"}),
    "today-lost": ("lostPhone", {"at": "today"}),
    "today-team": ("team", {"at": "today"}),
    "today-practice": ("practising", {"at": "today"}),
    "picker": ("full", {"at": "picker", "kind": "station"}),
    "picker-found": ("full", {"at": "picker", "kind": "station"}),
    "picker-none": ("full", {"at": "picker", "kind": "station"}),
    "picker-near": ("full", {"at": "picker", "kind": "station"}),
    "picker-near-found": ("full", {"at": "picker", "kind": "station"}),
    "picker-near-refused": ("full", {"at": "picker", "kind": "station"}),
    "picker-no-route": ("bare", {"at": "picker", "kind": "station"}),
    "picker-commission": ("full", {"at": "picker", "kind": "commission"}),
    "place": ("full", {"at": "place", "place": "KZ-75-0119", "kind": "station"}),
    "place-gone": ("full", {"at": "place", "place": "KZ-99-0119", "kind": "station"}),
    "hand": ("full", {"at": "hand", "kind": "station"}),
    "hand-empty": ("full", {"at": "hand", "kind": "station"}),
    "visit": ("full", {"at": "visit", "report": "voting"}),
    "visit-fresh": ("full", {"at": "visit", "report": "opening"}),
    "visit-count": ("full", {"at": "visit", "report": "count"}),
    "visit-received": ("full", {"at": "visit", "report": "received"}),
    "visit-twin": ("twins", {"at": "visit", "report": "voting"}),
    "visit-two": ("two", {"at": "visit", "report": "voting"}),
    "section": ("full", _section("voting", 0)),
    "section-people": ("full", _section("voting", 2)),
    "section-note": ("full", _section("voting", 1)),
    "section-counts": ("full", _section("voting", 0)),
    "section-cleared": ("full", _section("voting", 0)),
    "section-two": ("two", _section("voting", 1)),
    "section-asleep": ("refused", _section("voting", 0)),
    "section-empty": ("refused", _section("voting", 1)),
    "section-unsaved": ("unsaved", _section("voting", 0)),
    "figures": ("full", _section("count", 8)),
    "figures-votes": ("full", _section("count", 9)),
    "figures-wrong": ("full", _section("count", 8)),
    "figures-kept": ("asSeen", _section("count", 9)),
    "check": ("full", {"at": "check", "report": "voting"}),
    "check-online": ("waiting", {"at": "check", "report": "kept"}),
    "check-two": ("two", {"at": "check", "report": "voting"}),
    "check-reason": ("full", {"at": "check", "report": "voting"}),
    "check-refused": ("tooLong", {"at": "check", "report": "voting"}),
    "check-count": ("full", {"at": "check", "report": "count"}),
    "times": ("full", {"at": "times", "report": "voting"}),
    "withdraw": ("full", {"at": "withdraw", "report": "voting"}),
    "receipt": ("full", {"at": "receipt", "report": "kept"}),
    "receipt-online": ("waiting", {"at": "receipt", "report": "kept"}),
    "receipt-sending": ("troubled", {"at": "receipt", "report": "sending"}),
    "receipt-received": ("full", {"at": "receipt", "report": "received"}),
    "receipt-held": ("troubled", {"at": "receipt", "report": "held"}),
    "receipt-lost": ("troubled", {"at": "receipt", "report": "lost"}),
    "receipt-practice": ("practising", {"at": "receipt", "report": "received"}),
    "outbox": ("full", {"at": "outbox"}),
    "outbox-empty": ("fresh", {"at": "outbox"}),
    "outbox-troubled": ("troubled", {"at": "outbox"}),
    "outbox-done": ("done", {"at": "outbox"}),
    "incident": ("full", {"at": "incident"}),
    "incident-filled": ("full", {"at": "incident", "report": "incident"}),
    "incident-missing": ("full", {"at": "incident"}),
    "incident-later": ("full", {"at": "incident"}),
    "help": ("full", {"at": "help"}),
    "help-open": ("full", {"at": "help"}),
    "help-found": ("full", {"at": "help"}),
    "help-none": ("full", {"at": "help"}),
    "handover": ("full", {"at": "handover"}),
    "handover-refused": ("unsent", {"at": "handover"}),
    "handover-clear": ("done", {"at": "handover"}),
    "about": ("full", {"at": "about"}),
    "loading": ("slow", {"at": "visit", "report": "voting"}),
    "failed": ("full", _section("voting", 99)),
    "language": ("full", _section("voting", 0, sheet="language")),
}
SEARCH = "[type=search]"
TYPED = {
    "picker-found": (SEARCH, "abai 12"),
    "picker-none": (SEARCH, "qqqq"),
    "help-found": (SEARCH, "39"),
    "help-none": (SEARCH, "qqqq"),
    "figures-wrong": (".num", "11o5"),
}
PRESSED = {
    "enrol-refused": ".foot .btn-main",
    "enrol-used": ".foot .btn-main",
    "enrol-offline": ".foot .btn-main",
    "enrol-hasty": ".foot .btn-main",
    "picker-near": ".tab:nth-child(2)",
    "picker-near-found": ".tab:nth-child(2), .pad .btn",
    "picker-near-refused": ".tab:nth-child(2), .pad .btn",
    "hand-empty": ".btn-main",
    "help-open": "summary",
    "section-note": ".tool:nth-child(2)",
    "section-counts": ".tool:nth-child(3)",
    "section-cleared": ".tool:nth-child(1)",
    "check-reason": ".find .btn",
    "check-refused": ".foot .btn-main",
    "incident-missing": ".foot .btn-main",
    "handover-refused": ".btn-wide",
}
"""What is pressed, one after the other."""
CHANGED = {
    "welcome-messenger": "as=messenger",
    "welcome-iphone": "as=iphone",
    "ready-iphone": "as=iphone",
    "incident-later": "no-forms",
}
SLOW = {"loading": ".sk"}
"""What comes after a moment."""
HERE = {"latitude": 43.24, "longitude": 76.9}
LOOK = """() => {
  const out = []
  const wide = document.documentElement.clientWidth
  const pressed = 'button, a, textarea, summary, label.opt, input:not([type=radio]):not([type=checkbox])'
  for (const e of document.querySelectorAll('#app *')) {
    if (!e.offsetWidth || e.closest('.vh, .clamp')) continue
    const { left, right, width, height } = e.getBoundingClientRect()
    const name = `${e.tagName} ${e.className} ${e.textContent.slice(0, 24)}`
    if (right > wide + 1 || left < -1) out.push(`over the side: ${name} ${Math.round(left)}..${Math.round(right)}`)
    if (getComputedStyle(e).overflowX !== 'visible' && e.scrollWidth > e.clientWidth + 1) out.push(`cut: ${name}`)
    if (e.matches(pressed) && (height < 47.5 || width < 40)) out.push(`small: ${name} ${Math.round(width)}x${Math.round(height)}`)
  }
  return out
}"""  # noqa: E501


class Gallery:
    """A browser before the gallery at `url`; `show` gives one screen in one state."""

    def __init__(self, url: str, context: BrowserContext) -> None:
        self._url = url
        self.errors: list[str] = []
        self.page: Page = context.new_page()
        self.page.clock.set_fixed_time(AT)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def show(self, name: str, lang: str = "en", theme: str = "light", change: str = "") -> Page:
        """The screen with what has to be typed or pressed on it; nothing has the focus."""
        world, route = SCREENS[name]
        query = {"world": world, "lang": lang, "theme": theme, "route": json.dumps(route)}
        self._stand(name == "picker-near-found")
        self.page.goto("&".join(filter(None, [f"{self._url}?{urlencode(query)}", change, CHANGED.get(name)])))
        self.page.wait_for_selector(SLOW.get(name, "h1"))
        if name in TYPED:
            field, text = TYPED[name]
            self.page.locator(field).first.fill(text)
        for pressed in PRESSED.get(name, "").split(", "):
            if pressed:
                self.page.locator(pressed).first.click()
        self.page.evaluate("new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)))")
        self.page.evaluate("document.activeElement?.blur()")
        return self.page

    def _stand(self, here: bool) -> None:
        """Whether the phone tells where it is."""
        if here:
            self.page.context.set_geolocation(HERE)  # type: ignore[arg-type]
            self.page.context.grant_permissions(["geolocation"], origin=self._url)
        else:
            self.page.context.clear_permissions()

    def faults(self, rules: list[str] | None = None) -> list[str]:
        """What axe finds, what runs over the side or is cut, and what is too small to press."""
        return [*self.axe(rules), *self.page.evaluate(LOOK)[:6]]

    def axe(self, rules: list[str] | None = None) -> list[str]:
        """What axe finds: by its tags, or by single `rules`. The sticky bars stand still for it, as they cover rows."""
        self.page.add_style_tag(content=".foot, .bar-row { position: static !important }")
        self.page.add_script_tag(path=AXE)
        chosen: dict[str, Any] = {"runOnly": {"type": "rule", "values": rules} if rules else RULES}
        found: list[str] = self.page.evaluate(
            """options => axe.run(options).then(({ violations }) => violations.map(
                 v => `${v.id}: ${v.nodes.slice(0, 3).map(n => n.target.join(' ')).join(' | ')}`))""",
            chosen,
        )
        return found


def _forms() -> str:
    """The built-in checklists with six candidates, compiled, as the phone gets them."""
    candidates = [Candidate(code=code, name={"en": name, "ru": name, "kk": name}) for code, name in NAMES]
    filled = [with_candidates(form, candidates) for form in built_in().values()]
    return json.dumps([compile_checklist(form).model_dump(mode="json") for form in filled], ensure_ascii=False)


class _Files(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing: whoever asks is a test."""


@contextmanager
def standing_gallery() -> Iterator[str]:
    """The gallery, built and served on loopback; gives its address."""
    with tempfile.TemporaryDirectory() as folder:
        _build(folder)
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Files, directory=folder))
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        server.server_close()


def _build(folder: str) -> None:
    command = [f"{sys.prefix}/bin/npx", "vite", "build", "--config", "tests/gallery/vite.config.ts", "--outDir", folder]
    path = f"{sys.prefix}/bin{os.pathsep}{os.environ['PATH']}"
    told = {**os.environ, "PATH": path}
    subprocess.run([*command, "--logLevel", "error"], cwd=FRONTEND, env=told, check=True, timeout=120)
    (Path(folder) / "forms.json").write_text(_forms(), "utf-8")


def window(browser: Browser, size: tuple[int, int] = (360, 740), **more: Any) -> BrowserContext:
    """A phone's window in the country of the worlds, without motion."""
    width, height = size
    given: dict[str, Any] = {"reduced_motion": "reduce", "color_scheme": "light", "has_touch": True, **more}
    return browser.new_context(
        viewport={"width": width, "height": height}, timezone_id="Asia/Almaty", locale="en-GB", **given
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("--size", default="360x740")
    parser.add_argument("--lang", default="en")
    parser.add_argument("--theme", default="light")
    parser.add_argument("--change", default="", help="grown, pseudo or rtl")
    parser.add_argument("--check", action="store_true", help="print faults")
    parser.add_argument("--whole", action="store_true", help="the whole length of the screen")
    parser.add_argument("--forced", action="store_true", help="forced colours")
    parser.add_argument("--scale", type=float, default=1.0, help="text size")
    parser.add_argument("names", nargs="*")
    args = parser.parse_intermixed_args()
    args.out.mkdir(parents=True, exist_ok=True)
    width, height = (int(side) for side in args.size.split("x"))
    flags = ["--no-sandbox", "--disable-gpu", f"--blink-settings=defaultFontSize={int(16 * args.scale)}"]
    with standing_gallery() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_finder.find(), args=flags)
        more: dict[str, Any] = {"forced_colors": "active"} if args.forced else {}
        gallery = Gallery(url, window(browser, (width, height), **more))
        for name in args.names or SCREENS:
            page = gallery.show(name, args.lang, args.theme, args.change)
            page.screenshot(path=args.out / f"{name}.png", full_page=args.whole)
            for fault in gallery.faults() if args.check else []:
                print(name, fault)
        print(*gallery.errors, sep="\n")
        browser.close()


if __name__ == "__main__":
    main()
