"""docs/phone-tests.md names what holds each promise of the phone; a name there that is no test would hold nothing."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/phone-tests.md").read_text("utf-8")
NAMED = re.findall(r"`((?:tests|frontend)/[\w./-]+)`(?: `(test_\w+)`)?", PAGE)
FAULTS = {*range(1, 15), *range(16, 20), *range(22, 25)}
"""Numbers of named faults that version 1 answers for."""


@pytest.mark.parametrize(("file", "test"), NAMED, ids=[test or file for file, test in NAMED])
def test_what_the_page_names_is_there(file: str, test: str) -> None:
    content = (ROOT / file).read_text("utf-8")
    assert f"\ndef {test}(" in content if test else content


def test_no_fault_of_the_list_is_left_out() -> None:
    rows = re.findall(r"^\| (\d+) \| .*`(?:tests|frontend)/", PAGE, re.MULTILINE)
    assert {int(number) for number in rows} == FAULTS
