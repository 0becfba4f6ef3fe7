"""A table's page in a real browser: on an A4 sheet nothing is cut off, and no word is wider than its paper."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from app.results.tables import page
from app.results.tables.written import Stamp
from app.store.database import connect
from tests.golden.tables import keeper_of, made, small_night

pytestmark = [pytest.mark.browser]
SHEET_PX = {"width": 1032, "height": 703}
"""A4 across, less 12 mm on each side."""


def test_every_page_fits_the_sheet_in_every_language(chromium: Browser, sqlite_template: Path, tmp_path: Path) -> None:
    (tmp_path / "urna.db").write_bytes(sqlite_template.read_bytes())
    engine = connect(f"sqlite:///{tmp_path / 'urna.db'}")
    night = small_night(engine)
    (tmp_path / "page.css").write_bytes(page.style())
    paper: Any = chromium.new_page(viewport=SHEET_PX)
    paper.emulate_media(media="print")
    wide = []
    for code in ("T1", "T2", "T3", "T5", "T7", "T14", "T15"):
        for lang in ("en", "ru", "kk"):
            stamp = Stamp("KZ", "A night", 30, "2022-11-20T15:05:00Z", {}, "A 1", "visit", True, lang)
            text = page.page(made(night, code, f"lang={lang}"), stamp, {})
            (tmp_path / "page.html").write_bytes(text.replace(page.STYLE.encode(), b"page.css"))
            paper.goto(f"file://{tmp_path / 'page.html'}")
            width = paper.evaluate("document.documentElement.scrollWidth")
            wide += [(code, lang, width)] if width > SHEET_PX["width"] else []
    paper.close()
    engine.dispose()
    keeper_of.cache_clear()
    assert wide == []
