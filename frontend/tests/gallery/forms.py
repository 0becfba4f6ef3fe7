"""Writes forms.json for the gallery: the built-in checklists, filled with six candidates and compiled.

.venv/bin/python frontend/tests/gallery/forms.py
"""

import json
from pathlib import Path

from app.forms.catalogue import Candidate, built_in, with_candidates
from app.forms.check import compile_checklist

NAMES = [("c1", "Abai"), ("c2", "Bolat"), ("c3", "Gulnar"), ("c4", "Dana"), ("c5", "Yerlan"), ("c6", "Zhanar")]


def main() -> None:
    candidates = [Candidate(code=code, name={"en": name, "ru": name, "kk": name}) for code, name in NAMES]
    forms = [
        compile_checklist(with_candidates(form, candidates)).model_dump(mode="json") for form in built_in().values()
    ]
    Path(__file__).with_name("forms.json").write_text(json.dumps(forms, ensure_ascii=False), "utf-8")


if __name__ == "__main__":
    main()
