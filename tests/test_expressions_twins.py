"""Both engines, the server's and the phone's, on made input: equal to the bit."""

import json
import math
import random
import shutil
import struct
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from app.forms.answers import judge, status
from app.forms.check import compile_checklist
from app.forms.expressions import as_text, compiled, parse, to_text
from app.forms.expressions.regexes import NotShared, matcher
from app.forms.model import Checklist
from tests import made_expressions as made

HERE = Path(__file__).parent
EXPRESSIONS = 5000
REGEXES = 2000
REPORTS = 600
SEED = 20_221_120


def node() -> str:
    """The Node of `make setup`, else the machine's."""
    beside = Path(sys.executable).parent / "node"
    found = str(beside) if beside.exists() else shutil.which("node")
    assert found, "Node is missing: run make setup"
    return found


def encoded(value: Any) -> Any:
    if isinstance(value, list):
        return as_text(value)
    if not isinstance(value, float):
        return value
    return {"bits": "nan" if math.isnan(value) else struct.pack(">d", value).hex()}


def _regex(luck: random.Random) -> dict[str, Any]:
    """A regex of the shared subset on a text, and on whether it matches."""
    while True:
        pattern = made.pattern(luck)
        try:
            matcher(pattern)
        except NotShared:
            continue
        ast = ["regex", ["."], pattern]
        return {"ast": ast, "answers": {}, "context": {}, "own": made.subject(luck), "lines": False}


@pytest.fixture(scope="module")
def world() -> dict[str, Any]:
    luck = random.Random(SEED)
    checklists = [compile_checklist(Checklist.model_validate(made.checklist(luck))) for _ in range(REPORTS // 10)]
    return {
        "expressions": [made.case(luck) for _ in range(EXPRESSIONS)] + [_regex(luck) for _ in range(REGEXES)],
        "checklists": checklists,
        "reports": [
            {"checklist": place // 10, "answers": made.report(luck), "context": luck.choice(made.CONTEXTS)}
            for place in range(REPORTS)
        ],
    }


@pytest.fixture(scope="module")
def phone(world: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the phone's engine says of the world, from one Node process."""
    folder = tmp_path_factory.mktemp("twin")
    plain = [checklist.model_dump(mode="json") for checklist in world["checklists"]]
    reports = [{**report, "checklist": plain[report["checklist"]]} for report in world["reports"]]
    given, said = folder / "given.json", folder / "said.json"
    given.write_text(json.dumps({"expressions": world["expressions"], "reports": reports}))
    subprocess.run(
        [
            node(),
            "--experimental-strip-types",
            "--disable-warning=ExperimentalWarning",
            str(HERE / "twin.mjs"),
            given,
            said,
        ],
        check=True,
        timeout=60,
    )
    answer: dict[str, Any] = json.loads(said.read_text())
    return answer


def test_five_thousand_expressions_give_the_same_bits(world: dict[str, Any], phone: dict[str, Any]) -> None:
    assert len(phone["expressions"]) == EXPRESSIONS + REGEXES
    for case, said in zip(world["expressions"], phone["expressions"], strict=True):
        value = compiled(case["ast"], lines=case["lines"])(case["answers"], case["context"], case["own"])
        assert encoded(value) == said, f"{to_text(case['ast'])} over {json.dumps(case, ensure_ascii=False)}"


def test_the_made_expressions_are_of_every_kind(world: dict[str, Any], phone: dict[str, Any]) -> None:
    """Equal nonsense would prove nothing: numbers, texts, truth values and NaN all come out often."""
    kinds = [
        type(said).__name__ if not isinstance(said, dict) else "nan" if said["bits"] == "nan" else "number"
        for said in phone["expressions"][:EXPRESSIONS]
    ]
    assert all(kinds.count(kind) > EXPRESSIONS / 25 for kind in ("bool", "str", "number", "nan"))


def test_the_made_regexes_match_often_and_fail_often(phone: dict[str, Any]) -> None:
    said = phone["expressions"][EXPRESSIONS:]
    assert REGEXES / 20 < said.count(True) < REGEXES * 19 / 20


def test_the_made_expressions_print_and_read_as_the_same_trees(world: dict[str, Any]) -> None:
    for case in world["expressions"]:
        read = parse(to_text(case["ast"]))
        assert parse(to_text(read)) == read
        assert json.loads(json.dumps(read)) == read


def test_made_reports_are_judged_alike(world: dict[str, Any], phone: dict[str, Any]) -> None:
    results = set()
    for report, said in zip(world["reports"], phone["reports"], strict=True):
        checklist = world["checklists"][report["checklist"]]
        judged = judge(checklist, report["answers"], report["context"])
        assert sorted(judged.irrelevant) == said["irrelevant"]
        assert judged.effective == said["effective"]
        assert [asdict(finding) for finding in judged.findings] == said["findings"]
        statuses = {item.code: status(item, report["answers"].get(item.code)) for item in checklist.items()}
        assert statuses == said["status"]
        results |= {finding.result for finding in judged.findings} | set(statuses.values())
    assert results == {
        "pass", "fail", "not_computable", "answered", "missing", "not_observed", "not_applicable", "no_access",
    }  # fmt: skip
