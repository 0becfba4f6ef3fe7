"""docs/results.md says what the analysts' doors take and give."""

import re
from pathlib import Path

from app.results import doors, export_doors, intervals, query, weights, wire
from app.results.tables.catalogue import BUILDERS

PAPER = (Path(__file__).resolve().parents[1] / "docs" / "results.md").read_text()
TABLE = PAPER.split("## Parameters", 1)[1].split("\n## ", 1)[0]


def parameters() -> set[str]:
    lines = [line.split("|")[1] for line in TABLE.splitlines() if line.startswith("| `")]
    return {name for line in lines for name in re.findall(r"`([a-z_]+)`", line)}


def test_every_parameter_of_every_door_is_on_the_paper_and_no_other() -> None:
    pages = (export_doors.STREAM, export_doors.CODEBOOK, doors.FINDINGS, doors.STATIONS, doors.MISSION)
    every = (doors.RESULTS, doors.TABLES, doors.COMMENTS, export_doors.ANSWERS, doors.COVERAGE, *pages)
    assert parameters() == {parameter.name for door in every for parameter in door}


def test_every_figure_of_a_row_is_on_the_paper() -> None:
    silent = {"by", "counts", "teams", "change"}
    assert {name for name in wire.ResultRow.model_fields if name not in PAPER} <= silent


def test_every_dimension_and_every_reason_is_on_the_paper() -> None:
    assert all(dimension in TABLE for dimension in query.DIMENSIONS)
    reasons = {intervals.NO_SAMPLE, intervals.NOT_A_SHARE, intervals.NOTHING, intervals.TOO_FEW, intervals.ONE_CLUSTER}
    reasons |= {weights.NOT_SEEN}
    assert all(f"`{reason}`" in PAPER for reason in reasons)


def test_every_table_and_every_part_of_one_is_on_the_paper() -> None:
    told = PAPER.split("## Tables", 1)[1].split("\n## ", 1)[0]
    assert all(f"| {code} |" in told for code in BUILDERS)
    assert all(f"`{part}`" in told for part in doors.PARTS)
