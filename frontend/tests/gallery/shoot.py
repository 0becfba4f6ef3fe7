"""Pictures of every screen, from the gallery that `npx vite --port 5179` serves.

.venv/bin/python frontend/tests/gallery/shoot.py OUT [--size 360x740] [--lang en] [--theme light] [--axe] [NAME...]
"""

import argparse
import json
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Page, sync_playwright

ADDRESS = "http://127.0.0.1:5179/tests/gallery/index.html"
AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
AT = "2022-11-20T14:26:00+06:00"

SCREENS: dict[str, tuple[str, dict[str, object]]] = {
    "welcome": ("out", {"at": "welcome"}),
    "enrol": ("out", {"at": "enrol", "code": "K7Q4M2XDP9"}),
    "ready": ("preparing", {"at": "ready"}),
    "ready-done": ("fresh", {"at": "ready"}),
    "today": ("full", {"at": "today"}),
    "today-fresh": ("fresh", {"at": "today"}),
    "today-bare": ("bare", {"at": "today"}),
    "today-troubled": ("troubled", {"at": "today"}),
    "today-done": ("done", {"at": "today"}),
    "today-unknown": ("refusedPhone", {"at": "today"}),
    "picker": ("full", {"at": "picker", "kind": "station"}),
    "picker-found": ("full", {"at": "picker", "kind": "station"}),
    "picker-none": ("full", {"at": "picker", "kind": "station"}),
    "picker-commission": ("full", {"at": "picker", "kind": "commission"}),
    "place": ("full", {"at": "place", "place": "KZ-75-0119", "kind": "station"}),
    "hand": ("full", {"at": "hand", "kind": "station"}),
    "visit": ("full", {"at": "visit", "report": "voting"}),
    "visit-count": ("full", {"at": "visit", "report": "count"}),
    "visit-received": ("full", {"at": "visit", "report": "received"}),
    "section": ("full", {"at": "section", "report": "voting", "section": 0, "page": 0}),
    "section-people": ("full", {"at": "section", "report": "voting", "section": 2, "page": 0}),
    "section-note": ("full", {"at": "section", "report": "voting", "section": 1, "page": 0}),
    "section-two": ("two", {"at": "section", "report": "voting", "section": 1, "page": 0}),
    "figures": ("full", {"at": "section", "report": "count", "section": 8, "page": 0}),
    "figures-votes": ("full", {"at": "section", "report": "count", "section": 9, "page": 0}),
    "check": ("full", {"at": "check", "report": "voting"}),
    "check-count": ("full", {"at": "check", "report": "count"}),
    "times": ("full", {"at": "times", "report": "voting"}),
    "withdraw": ("full", {"at": "withdraw", "report": "voting"}),
    "receipt": ("full", {"at": "receipt", "report": "kept"}),
    "receipt-received": ("full", {"at": "receipt", "report": "received"}),
    "receipt-held": ("troubled", {"at": "receipt", "report": "held"}),
    "outbox": ("full", {"at": "outbox"}),
    "outbox-troubled": ("troubled", {"at": "outbox"}),
    "outbox-done": ("done", {"at": "outbox"}),
    "incident": ("full", {"at": "incident"}),
    "incident-filled": ("full", {"at": "incident", "report": "incident"}),
    "help": ("full", {"at": "help"}),
    "about": ("full", {"at": "about"}),
    "language": ("full", {"at": "section", "report": "voting", "section": 0, "page": 0, "sheet": "language"}),
}
TYPED = {"picker-found": "abai 12", "picker-none": "qqqq"}


def open_screen(page: Page, name: str, lang: str, theme: str, grown: bool = False) -> None:
    world, route = SCREENS[name]
    query = {
        "world": world,
        "lang": lang,
        "theme": theme,
        "route": json.dumps(route),
        **({"grown": 1} if grown else {}),
    }
    page.goto(f"{ADDRESS}?{urlencode(query)}")
    page.wait_for_selector("h1")
    if name in TYPED:
        page.get_by_role("searchbox").fill(TYPED[name])
    page.wait_for_timeout(350)
    page.evaluate("document.activeElement && document.activeElement.blur()")


def faults(page: Page) -> list[str]:
    """What axe finds, what runs over the side, and what is too small to press."""
    page.add_script_tag(path=AXE)
    page.add_style_tag(content=".foot, .bar-row { position: static !important }")
    found = page.evaluate(
        "axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
        ".then(r => r.violations.map(v => `${v.id}: ${v.nodes.slice(0, 3).map(n => n.target.join(' ')).join(' | ')}`))"
    )
    found += page.evaluate(
        """() => {
          const out = []
          const all = [...document.querySelectorAll('#app *')]
          const wide = document.documentElement.clientWidth
          const pressed = 'button, a, textarea, summary, label.opt, input:not([type=radio]):not([type=checkbox])'
          for (const e of all.filter(e => e.offsetWidth && !e.closest('.vh, .clamp'))) {
            const { left, right, width, height } = e.getBoundingClientRect()
            const text = e.textContent.slice(0, 20)
            if (right > wide + 1 || left < -1) out.push(`wide ${e.tagName} ${e.className} ${text} ${Math.round(right)}`)
            const hides = getComputedStyle(e).overflowX !== 'visible'
            if (hides && e.scrollWidth > e.clientWidth + 1) out.push(`cut: ${e.className}`)
            const small = e.matches(pressed) && (height < 47.5 || width < 40)
            if (small) out.push(`small: ${e.className} ${Math.round(width)}x${Math.round(height)}`)
          }
          return out.slice(0, 6)
        }"""
    )
    return list(found)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("--size", default="360x740")
    parser.add_argument("--lang", default="en")
    parser.add_argument("--theme", default="light")
    parser.add_argument("--axe", action="store_true")
    parser.add_argument("--whole", action="store_true", help="the whole length of the screen")
    parser.add_argument("--grown", action="store_true", help="every text two fifths longer")
    parser.add_argument("--scale", type=float, default=1.0, help="text size")
    parser.add_argument("names", nargs="*")
    args = parser.parse_intermixed_args()
    args.out.mkdir(parents=True, exist_ok=True)
    width, height = (int(side) for side in args.size.split("x"))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=[*FLAGS, f"--blink-settings=defaultFontSize={int(16 * args.scale)}"],
        )
        context = browser.new_context(
            viewport={"width": width, "height": height}, timezone_id="Asia/Almaty", locale="en-GB",
            reduced_motion="reduce", color_scheme="light", has_touch=True,
        )  # fmt: skip
        page = context.new_page()
        page.on("pageerror", lambda error: print("ERROR", error))
        page.on(
            "console", lambda message: message.type in ("error", "warning") and print("CONSOLE", message.text[:200])
        )
        page.clock.set_fixed_time(AT)
        for name in args.names or SCREENS:
            open_screen(page, name, args.lang, args.theme, args.grown)
            path = args.out / f"{name}.png"
            page.screenshot(path=path, full_page=args.whole)
            if args.axe:
                for fault in faults(page):
                    print(name, fault)
        browser.close()


if __name__ == "__main__":
    main()
