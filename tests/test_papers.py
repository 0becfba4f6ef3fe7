"""The papers say what the code does: every error code, every setting, every decision, no word of another place."""

import re
import subprocess
from pathlib import Path

import pytest

from app.errors import CATALOGUE
from app.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
API = (ROOT / "docs" / "api.md").read_text()


def rows_under(heading: str) -> list[str]:
    """First cells of the table below a heading of docs/api.md."""
    section = API.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return re.findall(r"^\| `([^`]+)`", section, re.MULTILINE)


def test_every_error_code_stands_in_the_papers_once_and_no_other() -> None:
    assert sorted(rows_under("Errors")) == sorted(CATALOGUE)


def test_the_papers_give_each_error_its_status() -> None:
    for code, fault in CATALOGUE.items():
        assert re.search(rf"^\| `{code}` \| {fault.status} \|", API, re.MULTILINE), code


def test_every_setting_stands_in_the_papers_once_and_no_other() -> None:
    assert sorted(rows_under("Settings")) == sorted(f"URNA_{name.upper()}" for name in Settings.model_fields)


def test_every_decision_is_a_page_with_one_line_to_quote() -> None:
    pages = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
    assert len(pages) >= 6
    for page in pages:
        text = page.read_text()
        assert text.startswith(f"# {page.name[:4].replace('0000', 'NNNN')}: "), page.name
        assert text.count("**") >= 2, f"{page.name} has no decision in bold"
        assert len(text.splitlines()) <= 60, f"{page.name} is longer than a page"


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.splitlines() if (ROOT / name).is_file()]


INDEXES = re.compile(r"(https?://|@)[a-z0-9.-]*(pypi|pythonhosted|npmjs|debian)[a-z0-9.-]*[/:]", re.IGNORECASE)


def test_no_lock_and_no_page_names_an_address_of_a_package_index() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("this copy is not a checkout: git cannot list its files")
    texts = {path: path.read_bytes().decode("utf-8", "replace") for path in tracked() if path != Path(__file__)}
    assert [path.name for path, text in texts.items() if INDEXES.search(text)] == []


def test_the_image_runs_as_nobody_in_particular_and_installs_only_what_is_locked() -> None:
    recipe = (ROOT / "Dockerfile").read_text()
    assert re.search(r"^USER (?!root)", recipe, re.MULTILINE)
    assert "--require-hashes" in recipe
    assert len(re.findall(r"^FROM ", recipe, re.MULTILINE)) >= 2
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", recipe, re.MULTILINE)
    for name in " ".join(copied).split():
        assert (ROOT / name).exists(), f"the Dockerfile copies {name}, which is not here"
