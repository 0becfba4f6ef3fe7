"""What the public may see: nothing of a cell in which a single team could be read."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from app.main import create_app
from app.results.public import OBSERVED_MIN, TEAMS_MIN, hidden_places, veiled
from app.results.snapshots import make
from app.settings import Settings
from tests.cast import esi_key
from tests.golden.night import Night, checklist, item, row_of, yes_no
from tests.test_results_doors import knocking

CELLS = st.tuples(st.integers(0, 12), st.integers(0, 6))
"""Observed, teams."""


def rows_of(cells: dict[tuple[str, ...], tuple[int, int]], *names: str) -> list[dict[str, Any]]:
    return [
        {"by": dict(zip(names, key, strict=True)), "observed": observed, "teams": teams, "counts": {"yes": observed}}
        for key, (observed, teams) in cells.items()
    ]


@given(st.dictionaries(st.sampled_from("abcdefg"), CELLS, min_size=1))
def test_every_small_cell_is_hidden_and_with_it_the_next_smallest(cells: dict[str, tuple[int, int]]) -> None:
    rows = rows_of({(name,): cell for name, cell in cells.items()}, "region")
    small = {n for n, row in enumerate(rows) if row["observed"] < OBSERVED_MIN or row["teams"] < TEAMS_MIN}
    hidden = hidden_places(rows)
    assert len(hidden) == (min(len(small) + 1, len(rows)) if small else 0)
    for place in hidden - small:
        assert rows[place]["observed"] == min(rows[n]["observed"] for n in range(len(rows)) if n not in small)


@given(st.dictionaries(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), CELLS, min_size=1))
def test_no_hidden_cell_of_two_dimensions_is_the_difference_of_a_total_and_the_rest(
    cells: dict[tuple[str, ...], tuple[int, int]],
) -> None:
    hidden = hidden_places(rows_of(cells, "region", "ps_type"))
    for dimension in (0, 1):
        lines: defaultdict[str, list[int]] = defaultdict(list)
        for place, key in enumerate(cells):
            lines[key[dimension]].append(place)
        assert all(len(hidden & set(line)) != 1 for line in lines.values() if len(line) > 1)


def test_a_total_stays_however_small() -> None:
    (row,) = veiled([{"by": {}, "observed": 2, "teams": 1, "counts": {"yes": 2}}])
    assert (row["suppressed"], row["counts"]) == (False, {"yes": 2})


@pytest.fixture
def night(database: Engine) -> Night:
    """Six visits of three teams in R1 and R2, one visit in R3."""
    built = Night.of(database, checklist("B", yes_no("b30"), item("b17", "integer", "count")))
    built.frame(*({"code": f"s{n}", "region": f"R{n}"} for n in (1, 2, 3)))
    built.teams(*({"code": f"t{n}"} for n in (1, 2, 3)))
    for n in range(6):
        for place in ("s1", "s2", "s3")[: 3 if n == 0 else 2]:
            answers = {"b30": "yes" if n == 0 else "no", "b17": n}
            built.report(f"{place} {n}", f"t{n % 3 + 1}-{place}{n}", "B", place, answers)
    built.send()
    return built


@pytest.fixture
def app(night: Night, database_url: str, tmp_path: Path) -> Iterator[FastAPI]:
    made = create_app(Settings(database_url=database_url, data_dir=tmp_path))
    yield made
    made.state.ground.engine.dispose()


async def test_a_public_key_reads_rows_without_small_cells_in_every_shape(app: FastAPI, night: Night) -> None:
    async with knocking(app, esi_key(night.engine, "results:public")) as anybody:
        answer = (await anybody.get("public/results?by=region")).json()
        shown = row_of(answer, "b30", region="R2")
        assert (shown["suppressed"], shown["counts"]) == (False, {"yes": 1, "no": 5})
        for region in ("R1", "R3"):
            row = row_of(answer, "b17", region=region)
            assert (row["suppressed"], row["observed"], row["teams"], row["numeric"]["sum"]) == (True, None, None, None)
        assert (await anybody.get("public/results")).json()["results"][0]["rows"][0]["observed"] == 13
        tidy = (await anybody.get("public/results?by=region&shape=tidy")).json()["results"]
        assert {line["region"] for line in tidy if line["value"] is None and line["kind"] == "option"} == {"R1", "R3"}
        cube = (await anybody.get("public/results?by=region&shape=jsonstat&question=b30")).json()
        assert "R1" in cube["dimension"]["region"]["category"]["index"]
        assert answer["links"] == {}


async def test_no_other_door_opens_to_it_and_nothing_narrows_further(app: FastAPI, night: Night) -> None:
    number = night.mirror().applied
    make(night.engine, night.mirror(), "statement", number, "yaw", "", datetime.now(UTC))
    async with knocking(app, esi_key(night.engine, "results:public")) as anybody:
        for door in ("results", "answers", "tables/T1", "coverage", "comments", "package.zip"):
            assert (await anybody.get(door)).status_code == 403
        for odd in ("team=t1", "where=b30:yes", "since=1", "by=team", "by=hour", "by=item:b30", f"as_of={number}"):
            assert ((await anybody.get(f"public/results?{odd}")).status_code, odd) == (400, odd)
        assert (await anybody.get("public/results?as_of=statement")).status_code == 200
