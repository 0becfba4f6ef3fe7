"""The papers say what the code does: every error code, every setting, every decision, no word of another place."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.errors import CATALOGUE
from app.settings import Settings
from tests.debian import program

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


def said_by(*command: str | Path) -> str:
    """Everything that a linter says."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100)
    return done.stdout + done.stderr


def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    assert said_by(Path(sys.executable).parent / "hadolint", "--no-color", "Dockerfile") == ""


def test_the_compose_file_keeps_to_the_specification_of_compose() -> None:
    asked = ("-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", "compose.yaml")
    assert said_by(sys.executable, *asked).strip() == "ok -- validation done"


def test_prometheus_reads_the_alert_rules_and_each_fires_when_it_should_and_not_before() -> None:
    promtool = program("prometheus", "usr/bin/promtool")
    assert "SUCCESS: 11 rules found" in said_by(promtool, "check", "rules", "deploy/alerts.yaml")
    assert said_by(promtool, "test", "rules", "tests/alerts.yaml").split()[-1] == "SUCCESS"


def test_systemd_reads_the_units() -> None:
    """What they start lies where they say on the server only."""
    systemd = shutil.which("systemd-analyze")
    if systemd is None:
        pytest.skip("systemd-analyze is not here: this machine runs without systemd")
    units = sorted((ROOT / "deploy").glob("urna*.[st]*"))
    assert len(units) == 3
    said = said_by(systemd, "verify", "--man=no", *units).splitlines()
    assert [line for line in said if "/opt/urna/.venv/bin/urna is not executable" not in line] == []
