"""The built-in checklists as a mission publishes them, for tests: candidates c1, c2, c3, compiled.

`python -m tests.checklists` writes tests/vectors/checklists.json, the same without texts, for the engine's twin.
"""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from app.forms.catalogue import Candidate, built_in, with_candidates
from app.forms.check import compile_checklist
from app.forms.model import Checklist

CANDIDATES: list[Candidate] = [{"code": f"c{number}", "name": {"en": f"Candidate {number}"}} for number in (1, 2, 3)]
FILE = Path(__file__).parent / "vectors" / "checklists.json"
_TEXTS = {"label", "hint", "short_label", "constraint_message", "message", "title"}


@lru_cache
def published() -> dict[str, Checklist]:
    return {code: compile_checklist(with_candidates(form, CANDIDATES)) for code, form in built_in().items()}


def bare() -> dict[str, Any]:
    """The published checklists without their texts and defaults."""
    return {code: _bare(form.model_dump(mode="json", exclude_defaults=True)) for code, form in published().items()}


def _bare(value: Any) -> Any:
    if isinstance(value, list):
        return [_bare(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {key: {} if key in _TEXTS else _bare(each) for key, each in value.items()}


def lines(forms: dict[str, Any]) -> str:
    """One line a checklist, so that a change shows which one it is."""
    return "{\n" + ",\n".join(f"{json.dumps(code)}: {json.dumps(form)}" for code, form in forms.items()) + "\n}\n"


if __name__ == "__main__":
    FILE.write_text(lines(bare()), "utf-8")
