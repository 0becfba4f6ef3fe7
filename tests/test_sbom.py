"""The bill of materials: whatever is locked stands in it once, with its hashes, and nothing else."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

import app.__main__ as command
from app.operations.sbom import bill

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def printed() -> dict[str, Any]:
    done = CliRunner().invoke(command.cli, ["sbom"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    read: dict[str, Any] = json.loads(done.stdout)
    return read


def test_everything_that_is_locked_stands_in_it_once(printed: dict[str, Any]) -> None:
    assert (printed["bomFormat"], printed["specVersion"]) == ("CycloneDX", "1.6")
    refs = [one["bom-ref"] for one in printed["components"]]
    assert refs == sorted(set(refs))
    pins = {
        f"pkg:pypi/{name.lower()}@{version}"
        for lock in ("run.txt", "dev.txt")
        for name, version in re.findall(
            r"^([\w.-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", (ROOT / "requirements" / lock).read_text(), re.M
        )
    }
    assert {ref for ref in refs if ref.startswith("pkg:pypi/")} == pins
    packages = json.loads((ROOT / "frontend/package-lock.json").read_text())["packages"]
    npm = {(place.rpartition("node_modules/")[2], one["version"]) for place, one in packages.items() if place}
    assert len([ref for ref in refs if ref.startswith("pkg:npm/")]) == len(npm)


def test_what_ships_is_told_from_what_builds(printed: dict[str, Any]) -> None:
    scopes = {one["name"]: one["scope"] for one in printed["components"]}
    assert (scopes["fastapi"], scopes["preact"], scopes["pytest"], scopes["vite"]) == (
        "required",
        "required",
        "excluded",
        "excluded",
    )
    assert "pkg:npm/preact@" in " ".join(printed["dependencies"][0]["dependsOn"])
    assert all(one.get("hashes") for one in printed["components"] if one["scope"] == "required")
    assert all(
        re.fullmatch("[0-9a-f]{64}|[0-9a-f]{128}", h["content"])
        for one in printed["components"]
        for h in one.get("hashes", ())
    )


def test_the_same_locks_give_the_same_bill_and_others_another_number(printed: dict[str, Any]) -> None:
    lock = json.dumps({"packages": {}})
    one, other = bill("1", "a==1\n", "", lock), bill("1", "a==2\n", "", lock)
    assert bill("1", "a==1\n", "", lock) == one
    assert one["serialNumber"] != other["serialNumber"]


@given(
    st.lists(
        st.tuples(st.from_regex(r"[a-z][a-z0-9]{0,8}", fullmatch=True), st.integers(0, 99)),
        unique_by=lambda pin: pin[0],
    )
)
def test_no_pin_is_lost_whatever_stands_beside_it(pins: list[tuple[str, int]]) -> None:
    lock = "\n".join(f"{name}[extra]=={n}.0 ; python_version < '4' \\\n    --hash=sha256:{n:064x}" for name, n in pins)
    found = bill("1", lock, "", json.dumps({"packages": {}}))["components"]
    assert {(one["name"], one["version"]) for one in found} == {(name, f"{n}.0") for name, n in pins}
    assert all(len(one["hashes"]) == 1 for one in found)
