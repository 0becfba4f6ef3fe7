"""docs/analysts.md: a recipe has three lines at most, and those for curl, Python, DuckDB and R run as they stand."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.store.database import connect
from tests.cast import esi_key
from tests.golden.tables import small_night
from tests.serving import serving

ROOT = Path(__file__).resolve().parents[1]
PAPER = (ROOT / "docs" / "analysts.md").read_text()
RECIPE = re.compile(r"^## ([^\n]+)\n\n(?:[^#`\n][^\n]*\n\n)?```\w*\n(.*?)```", re.MULTILINE | re.DOTALL)
"""A heading, a line on how to begin where there is one, the block."""
RECIPES: dict[str, str] = dict(RECIPE.findall(PAPER))
NEEDED = {"curl", "pandas", "polars", "DuckDB", "R", "Excel", "Power BI", "Stata", "Follow along"}


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[dict[str, str]]:
    """A running server over a small night, and what the recipes read."""
    folder = tmp_path_factory.mktemp("recipes")
    shutil.copy(sqlite_template, folder / "urna.db")
    engine = connect(f"sqlite:///{folder / 'urna.db'}")
    small_night(engine)
    key = esi_key(engine, "results:read")
    engine.dispose()
    with serving(f"sqlite:///{folder / 'urna.db'}", folder) as server:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        yield {**os.environ, "PATH": path, "URNA_URL": server.url, "URNA_KEY": key}


def run(command: list[str], environment: dict[str, str], folder: Path) -> str:
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_there_is_a_recipe_of_three_lines_for_each_tool() -> None:
    assert set(RECIPES) >= NEEDED
    assert {title: len(RECIPES[title].splitlines()) for title in NEEDED if len(RECIPES[title].splitlines()) > 3} == {}


def test_curl_takes_figures_answers_and_a_table(environment: dict[str, str], tmp_path: Path) -> None:
    run(["bash", "-euc", RECIPES["curl"]], environment, tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == {"results.json", "voting.csv", "T1.xlsx"}
    assert all(file.stat().st_size > 500 for file in tmp_path.iterdir())


@pytest.mark.parametrize("title", ["pandas", "polars"])
def test_a_frame_has_the_reports_of_voting(environment: dict[str, str], tmp_path: Path, title: str) -> None:
    code = RECIPES[title] + "\nprint(len(voting), sorted(set(voting['form'])), voting['n'][0])\n"
    assert run([sys.executable, "-c", code], environment, tmp_path).strip() == "5 ['B'] 5"


def test_duckdb_counts_by_region(environment: dict[str, str], tmp_path: Path) -> None:
    assert "R1" in run(["bash", "-euc", RECIPES["DuckDB"]], environment, tmp_path)


def test_a_pipeline_follows_in_three_lines(environment: dict[str, str], tmp_path: Path) -> None:
    begin = [*RECIPES["pandas"].splitlines()[:2], "import requests", 'rows, cursor = {}, "0"']
    poll = RECIPES["Follow along"] + "print(len(rows), len(page['changes']))\n"
    counted, told, kept, again = run(
        [sys.executable, "-c", "\n".join([*begin, poll, poll])], environment, tmp_path
    ).split()
    assert int(counted) > 5
    assert (counted, again) == (told, "0"), "nothing is read twice"
    assert kept == counted


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not on this machine")
def test_r_reads_the_answers(environment: dict[str, str], tmp_path: Path) -> None:
    assert "R1" in run(["Rscript", "-e", RECIPES["R"]], environment, tmp_path)


def test_a_statement_is_made_from_the_api_alone(environment: dict[str, str], tmp_path: Path) -> None:
    command = RECIPES["A whole statement"] if "A whole statement" in RECIPES else PAPER.rsplit("```sh\n", 1)[1]
    arguments = command.split("```")[0].split()[2:]
    run([sys.executable, str(ROOT / "examples" / "statement.py"), *arguments], environment, tmp_path)
    made = tmp_path / "statement"
    text = (made / "statement.md").read_text()
    assert "In 3 of 5 observations of voting the process was assessed negatively." in text
    for chart in ("assessments.png", "problems.png", "hours.png"):
        assert (made / chart).read_bytes().startswith(b"\x89PNG")
    assert len(list(made.glob("T*.csv"))) == 9
