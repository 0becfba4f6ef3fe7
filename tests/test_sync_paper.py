"""docs/sync.md against the code: its tables of the fold are run row by row, its codes are those that are answered."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest

from app.forms.fold import Operation, Report, as_plain, fold
from app.store.bodies import decode
from app.sync.judge import _has_shape
from tests.operations import finish, operation, revision, staff, void

ROOT = Path(__file__).resolve().parents[1]
PAPER = (ROOT / "docs" / "sync.md").read_text()
WORD = re.compile(
    r"(?P<who>[A-C]|staff)(?P<number>\d+)(?P<ends>!)? (?P<says>\S+)(?P<settled> settled)?( \((?P<saw>[^)]*)\))?"
)


def rows(*headings: str) -> list[list[str]]:
    """Cells of the table whose head has these words."""
    table = PAPER.split(f"| {' | '.join(headings)} |\n", 1)[1].split("\n\n", 1)[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[1:]]


def said(text: str) -> Operation:
    found = WORD.fullmatch(text.strip())
    assert found, text
    who, number = found["who"], int(found["number"])
    seen = {name: int(n) for name, n in re.findall(r"([A-C]|staff)(\d+)", found["saw"] or "")}
    answers: dict[str, Any] = {} if found["says"] == "-" else {"q": None if found["says"] == "0" else found["says"]}
    more: dict[str, Any] = {"seen": seen, **({"settled": ["q"]} if found["settled"] else {})}
    if who == "staff":
        act = (
            "finish"
            if found["ends"]
            else found["says"]
            if found["says"] in ("exclude", "include", "merge")
            else "amend"
        )
        return staff(act, number, answers=answers if act == "amend" else {}, **more)
    if found["says"] == "void":
        return void(who, number, **more)
    # A later letter has the greater link; of twins the first.
    link = f"{who}{number:03}{'z' if found['says'] == 'x' else 'a'}"
    return (finish if found["ends"] else revision)(who, number, answers, link=link, **more)


def report_of(text: str) -> Report:
    return fold([said(one) for one in text.split(",")])


def shown(report: Report, state: str) -> str:
    found = getattr(report, state)
    if found is None or "q" not in found.answers:
        return "nothing"
    voices = [voice.value for voice in found.disagreement.get("q", ())] or [found.answers["q"]]
    return " / ".join("0" if value is None else str(value) for value in voices)


LATEST, COUNTED = rows("operations", "latest", "why"), rows("operations", "status", "counted", "marks")


@pytest.mark.parametrize(("operations", "latest"), [row[:2] for row in LATEST], ids=[row[0] for row in LATEST])
def test_a_row_of_the_table_of_what_is_shown_is_true(operations: str, latest: str) -> None:
    assert shown(report_of(operations), "latest") == latest


@pytest.mark.parametrize(("operations", "status", "counted", "marks"), COUNTED, ids=[row[0] for row in COUNTED])
def test_a_row_of_the_table_of_what_counts_is_true(operations: str, status: str, counted: str, marks: str) -> None:
    report = report_of(operations)
    found = [name for name in ("open_edit", "void_disputed") if getattr(report, name)]
    assert (report.status, shown(report, "counted"), " ".join(found)) == (status, counted, marks)


def test_the_tables_are_read_whole() -> None:
    assert (len(LATEST), len(COUNTED)) == (24, 21)


JUDGES = ("_why_held", "_carried_wrongly", "_misfit", "_unknown_form", "_unknown_place", "_odd", "_read")
"""Functions whose returned words are codes."""


def answered() -> set[str]:
    """Every code in the sources that an operation can be answered with."""
    files = ("sync/judge.py", "sync/wire.py", "sync/push.py", "store/bodies.py", "store/writer.py")
    nodes = [node for file in files for node in ast.walk(ast.parse((ROOT / "app" / file).read_text()))]
    judges = [node for node in nodes if isinstance(node, ast.FunctionDef) and node.name in JUDGES]
    found = {
        word for judge in judges for node in ast.walk(judge) if isinstance(node, ast.Return) for word in words(node)
    }
    for node in nodes:
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Refused", "BodyError"):
            found |= words(node)
        if isinstance(node, ast.keyword) and node.arg == "code":
            found |= words(node)
    return found | {"id_conflict"}


def words(node: ast.AST) -> set[str]:
    """Words that a node gives, not those that it compares or looks up."""
    if isinstance(node, ast.Compare | ast.Subscript) or (isinstance(node, ast.Call) and hasattr(node.func, "attr")):
        return set()
    if isinstance(node, ast.Constant):
        return {node.value} if isinstance(node.value, str) else set()
    return {word for child in ast.iter_child_nodes(node) for word in words(child)}


def test_every_code_that_an_operation_is_answered_with_stands_in_the_paper_and_no_other() -> None:
    written = {row[0].strip("`") for row in rows("code", "outcome", "why")}
    assert written == answered()


def test_the_example_of_a_body_is_one_that_is_accepted() -> None:
    example = re.search(r'```json\n(\{"form":"B".*?)```', PAPER, re.DOTALL)
    assert example
    assert _has_shape(decode(example[1].encode()))


def test_the_shape_of_a_folded_report_is_complete() -> None:
    plain = as_plain(fold([operation("A", 1, "report.finish", {"form": "B"})]))
    example = PAPER.split("### A folded report", 1)[1].split("```", 2)[1]
    assert all(f'"{name}":' in example for name in plain)
    assert all(f'"{name}":' in example for name in plain["latest"])
