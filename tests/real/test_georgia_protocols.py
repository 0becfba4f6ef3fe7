"""The 3,095 results of Georgia 2024 as results blocks: T7 names exactly the precincts whose sums do not meet.

The block as shared/method.md measured it: issued = who took part, valid = the sum of the lists, boxes left blank, so
that K03 compares invalid and valid ballots with those who took part. Expected from an independent pass over the file.
"""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from app.forms.catalogue import built_in
from app.setup.book import Book
from app.setup.imports import write_list
from app.setup.publish import publish_again
from app.store.database import writing
from tests.golden.night import Night
from tests.golden.tables import keeper_of, row, rows

Line = dict[str, str]
Off = dict[tuple[str, str], int]
"""(check, precinct) -> by how much it does not meet."""


def lines(shared_data: Path) -> list[Line]:
    with (shared_data / "georgia-2024" / "precincts.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def whole(cell: str) -> int | None:
    return int(float(cell)) if cell.strip() else None


def expected(found: list[Line]) -> tuple[Off, dict[str, int]]:
    """The pass over the file: nothing of the mission's code. Also how many lines could be checked, by check."""
    off: Off = {}
    computed = {"K03": 0, "K06": 0, "K07": 0}
    for line in found:
        took_part, invalid = whole(line["c_participated"]), whole(line["c_invalid_ballots"])
        votes = sum(int(float(cell)) for name, cell in line.items() if name.startswith("CAND"))
        listed, code = int(line["total_registered_voters"]), line["division_id"]
        computed["K06"] += 1
        if took_part is not None:
            computed["K07"] += 1
            if took_part > listed:
                off["K07", code] = took_part - listed
            if invalid is not None:
                computed["K03"] += 1
                if invalid + votes > took_part:
                    off["K03", code] = invalid + votes - took_part
    return off, computed


@pytest.fixture
def georgia(database: Engine, shared_data: Path) -> Iterator[tuple[Night, list[Line]]]:
    found = lines(shared_data)
    night = Night.of(database, built_in()["C"])
    night.frame(*({"code": line["division_id"], "region": line["district_id"]} for line in found))
    lists = [name.lower() for name in found[0] if name.startswith("CAND")]
    with writing(database) as connection:
        book = Book.open(connection, night.mission, night.now)
        write_list(book, "setup.candidates", {c: {"code": c, "name": {"en": c}, "position": n}
                                              for n, c in enumerate(lists, start=1)})  # fmt: skip
        publish_again(book)
    for number, line in enumerate(found):
        night.report(line["division_id"], f"t{number // 100}-a", "C", line["division_id"], block(line), form_version=2)
    night.send()
    yield night, found
    keeper_of.cache_clear()


def block(line: Line) -> dict[str, object]:
    """A precinct's line as a results block; an empty cell says nothing."""
    votes = {f"r12_{n.lower()}": int(float(cell)) for n, cell in line.items() if n.startswith("CAND")}
    figures = {"r01_voters": whole(line["total_registered_voters"]), "r03_issued": whole(line["c_participated"]),
               "r10_invalid": whole(line["c_invalid_ballots"]), "r11_valid": sum(votes.values())}  # fmt: skip
    known = {code: value for code, value in figures.items() if value is not None}
    against = {"r13_against_all": {"blank": "not_applicable"}}
    return {"c01_access": "full", "c38_we_have_copy": "copy", **known, **votes, **against}


@pytest.mark.slow
@pytest.mark.timeout(300)  # three thousand protocols of thirty figures, also on a machine that is busy
def test_exactly_the_precincts_whose_sums_do_not_meet_are_named(georgia: tuple[Night, list[Line]]) -> None:
    night, found = georgia
    off, computed = expected(found)
    fails = rows(night, "T7", "fails", "check=K03&check=K06&check=K07")
    assert {(fail["check"], fail["place"]): fail["difference"] for fail in fails} == off
    assert len(fails) == len(off), "each once"
    checks = rows(night, "T7")
    for check, count in computed.items():
        counted = row(checks, check=check)
        assert (counted["computed"], counted["not_computable"]) == (count, len(found) - count)
        assert counted["fail"] == sum(name == check for name, _ in off)
    heavy = [fail for fail in fails if fail["severity"] == "critical"]
    took_part = {line["division_id"]: whole(line["c_participated"]) for line in found}
    assert {fail["place"] for fail in heavy} == {
        code for (check, code), more in off.items()
        if check == "K03" and more >= 10 and more >= 0.01 * (took_part[code] or 0)
    }  # fmt: skip
    assert (row(checks, check="K03")["fail"], len(heavy)) == (943, 460), "32 per cent bare, 16 bounded (method.md)"
    assert {r["check"] for r in checks if r["fail"]} <= {"K03", "K07", "K08"}
