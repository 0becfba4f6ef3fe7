"""SPSS (.sav) and Stata (.dta) files, written in a process of their own.

The library holds the whole table in memory and never lets go of the interpreter while it writes; in the server that
would stop the phones. `statistical_writer.py` is what runs there.
"""

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from app.errors import UrnaError
from app.results.formats.flat import csv_plain
from app.results.formats.parquet import spill, stretches

LABEL_MAX = 80
VALUE_LABEL_MAX = 60
"""Characters that both formats keep of a variable's and a value's label; the codebook has them whole."""
TIMEOUT_S = 900
WRITER = Path(__file__).with_name("statistical_writer.py")


@dataclass(frozen=True)
class Variable:
    """A column. `kind`: whole, number or text; `values`: code -> label; `missing`: codes of kinds of blank -> label."""

    name: str
    kind: str
    label: str = ""
    values: Mapping[int, str] = field(default_factory=dict)
    missing: Mapping[int, str] = field(default_factory=dict)
    nominal: bool = False


def is_there() -> bool:
    """Whether the extra `analysis` is installed."""
    return find_spec("pyreadstat") is not None and find_spec("polars") is not None


def statistical(
    format: str,
    variables: Sequence[Variable],
    rows: Iterable[Sequence[object]],
    label: str,
    note: str,
    made: datetime,
) -> Iterator[bytes]:
    """The file, after all of it was written. `made` stands in it as the time of its making.

    Raises UrnaError `format_missing` where the extra is not installed; RuntimeError where the process failed.
    """
    if not is_there():
        raise UrnaError("format_missing")
    return _written(format, variables, rows, {"label": label[:LABEL_MAX], "note": note, "made": made.isoformat()})


def _written(
    format: str, variables: Sequence[Variable], rows: Iterable[Sequence[object]], says: Mapping[str, str]
) -> Iterator[bytes]:
    with TemporaryDirectory(prefix="urna-") as folder:
        spec = {"format": format, "variables": [asdict(variable) for variable in variables], **says}
        Path(folder, "spec.json").write_text(json.dumps(spec))
        spill(Path(folder, "rows.csv"), csv_plain([variable.name for variable in variables], rows))
        command = [sys.executable, "-P", str(WRITER), folder]
        done = subprocess.run(command, capture_output=True, timeout=TIMEOUT_S)  # noqa: S603
        if done.returncode:
            raise RuntimeError(f"the table was not written: {done.stderr.decode(errors='replace')[-500:]}")
        yield from stretches(Path(folder, "table"))
