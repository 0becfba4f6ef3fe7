"""docs/security.md keeps its word: every test that it names exists, and no requirement of level 1 or 2 is left out."""

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAPER = (ROOT / "docs" / "security.md").read_text()
STATES = ("done", "design", "operator", "open", "n/a")
LAST = {
    "1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2, "2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1, "3.2": 2, "3.3": 4,
    "3.4": 6, "3.5": 5, "3.7": 2, "4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4, "5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3,
    "6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5, "6.6": 3, "6.8": 4, "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5,
    "7.5": 2, "7.6": 2, "8.1": 2, "8.2": 3, "8.3": 1, "8.4": 1, "9.1": 3, "9.2": 4, "10.1": 2, "10.2": 2, "10.3": 4,
    "10.4": 11, "10.5": 5, "10.6": 2, "10.7": 3, "11.1": 2, "11.2": 3, "11.3": 3, "11.4": 4, "11.5": 1, "11.6": 1,
    "12.1": 3, "12.2": 2, "12.3": 4, "13.1": 1, "13.2": 5, "13.3": 2, "13.4": 5, "14.1": 2, "14.2": 4, "14.3": 3,
    "15.1": 3, "15.2": 3, "15.3": 7, "16.1": 1, "16.2": 5, "16.3": 4, "16.4": 3, "16.5": 3, "17.1": 1, "17.2": 4,
    "17.3": 2,
}  # fmt: skip
"""Section of ASVS 5.0.0 -> its last requirement of level 1 or 2; level 3 comes after them in each."""
NAMED = re.compile(r"`((?:browser/)?test_\w+)::(test_\w+)`")


def rows() -> list[tuple[str, str, str]]:
    """(requirements, state, where) of each row of the table."""
    table = PAPER.split("| requirement | state | where |\n|---|---|---|\n", 1)[1].split("\n\n", 1)[0]
    cells = [line.strip("| ").split(" | ", 2) for line in table.splitlines()]
    return [(one, two, three) for one, two, three in cells]


def spelled_out(requirements: str) -> list[str]:
    """'1.2.6-8, 1.3.1' -> every single one."""
    found = []
    for part in requirements.split(", "):
        section, _, numbers = part.rpartition(".")
        first, _, last = numbers.partition("-")
        found += [f"{section}.{number}" for number in range(int(first), int(last or first) + 1)]
    return found


def test_every_test_that_the_paper_names_exists() -> None:
    named = NAMED.findall(PAPER)
    assert len(named) > 100
    missing = {
        f"{file}::{name}"
        for file, name in named
        if not re.search(rf"^(async )?def {name}\(", (ROOT / "tests" / f"{file}.py").read_text(), re.MULTILINE)
    }
    assert missing == set()


def test_every_requirement_of_levels_1_and_2_has_its_row_once() -> None:
    told = Counter(one for requirements, _, _ in rows() for one in spelled_out(requirements))
    every = {f"{section}.{number}" for section, last in LAST.items() for number in range(1, last + 1)}
    assert len(every) == 253
    assert (every - set(told), set(told) - every) == (set(), set())
    assert [one for one, times in told.items() if times > 1] == []


def test_what_is_called_done_names_a_test_and_every_state_is_known() -> None:
    assert {state for _, state, _ in rows()} <= set(STATES)
    assert [requirements for requirements, state, where in rows() if state == "done" and not NAMED.search(where)] == []


def test_the_promises_of_the_papers_are_there() -> None:
    policy = (ROOT / "SECURITY.md").read_text()
    assert "30 days when it is high" in policy
    assert "urna sbom" in policy
    for heading in ("What is written where", "Keys and algorithms", "Guessing", "The ledger"):
        assert f"\n## {heading}\n" in PAPER
