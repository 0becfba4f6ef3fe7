"""What each built-in checklist weighs on its way to a phone."""

import gzip

from app.forms.catalogue import built_in
from app.forms.check import compile_checklist
from bench.figures import Figure


def measure() -> list[Figure]:
    """Bytes of each published checklist in three languages, gzip."""
    return [
        Figure(f"checklist {code}, three languages, gzip", len(gzip.compress(published.encode())), "bytes", "")
        for code, form in built_in().items()
        for published in (compile_checklist(form).model_dump_json(exclude_defaults=True),)
    ]
