"""Writes an SPSS (.sav) or Stata (.dta) file: `python -P statistical_writer.py FOLDER` reads `spec.json` and `rows.csv`
there and writes `table`. A process of its own that imports nothing of the application, so that it starts quickly.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import polars
import pyreadstat

LETTERS = ("a", "b", "c", "d", "e")
"""Stata's extended missing values, in the order of `Variable.missing`."""
TEXT_BYTES_MAX = 2045
"""Of a text in Stata: the library writes longer ones wrongly."""
NOTE_BYTES_MAX = 80
SAV_DATE, SAV_TIME, DTA_TIME = slice(92, 101), slice(101, 109), b"</label><timestamp>\x11"
TYPES = {"whole": polars.Int64, "number": polars.Float64, "text": polars.String}


@dataclass(frozen=True)
class Variable:
    """As in `statistical`."""

    name: str
    kind: str
    label: str
    values: Mapping[int, str]
    missing: Mapping[int, str]
    nominal: bool


def write(folder: Path) -> None:
    spec = json.loads((folder / "spec.json").read_text())
    variables = [_read(one) for one in spec["variables"]]
    schema = polars.Schema({one.name: TYPES[one.kind] for one in variables})
    frame = polars.read_csv(folder / "rows.csv", schema=schema, null_values="", infer_schema=False)
    (_sav if spec["format"] == "sav" else _dta)(frame, variables, spec, folder / "table")
    _date(folder / "table", spec["format"], datetime.fromisoformat(spec["made"]))


def _read(one: Mapping[str, Any]) -> Variable:
    def coded(labels: Mapping[str, str]) -> dict[int, str]:
        return {int(code): text for code, text in labels.items()}

    return Variable(**{**one, "values": coded(one["values"]), "missing": coded(one["missing"])})


def _sav(frame: Any, variables: Sequence[Variable], spec: Mapping[str, str], to: Path) -> None:
    pyreadstat.write_sav(
        frame,
        to,
        file_label=spec["label"],
        note=_lines(spec["note"]),
        column_labels={one.name: one.label for one in variables},
        variable_value_labels={
            one.name: dict[int | float, str]([*one.values.items(), *one.missing.items()])
            for one in variables
            if one.values or one.missing
        },
        missing_ranges={
            one.name: [{"lo": min(one.missing), "hi": max(one.missing)}] for one in variables if one.missing
        },
        variable_measure={one.name: "nominal" if one.nominal else "scale" for one in variables if one.kind != "text"},
    )


def _lines(note: str) -> list[str]:
    """In lines that the format takes. What stands in a query has no letters of several bytes."""
    return [note[start : start + NOTE_BYTES_MAX] for start in range(0, len(note), NOTE_BYTES_MAX)]


def _dta(frame: Any, variables: Sequence[Variable], spec: Mapping[str, str], to: Path) -> None:
    frame, variables = _in_parts(frame, variables)
    labels: dict[str, dict[Any, str]] = {}
    for one in variables:
        letters = dict(zip(one.missing, LETTERS, strict=False))
        if letters:
            cells = [letters.get(cell, cell) for cell in frame[one.name].to_list()]
            frame = frame.with_columns(polars.Series(one.name, cells, dtype=polars.Object))
            named = {letters[code]: text for code, text in one.missing.items()}
            labels[one.name] = {**one.values, **named}
        elif one.values:
            labels[one.name] = dict(one.values)
    pyreadstat.write_dta(
        frame,
        to,
        file_label=spec["label"],
        column_labels={one.name: one.label for one in variables},
        variable_value_labels=labels,
        missing_user_values={one.name: list(LETTERS[: len(one.missing)]) for one in variables if one.missing},
    )


def _in_parts(frame: Any, variables: Sequence[Variable]) -> tuple[Any, list[Variable]]:
    """Texts beyond the format's bound go on in variables of their own: name, name_p2, name_p3..."""
    found: list[Variable] = []
    columns = []
    for one in variables:
        cells = frame[one.name]
        longest = cells.str.len_bytes().max() or 0 if one.kind == "text" else 0
        parts = [_parts(cell or "") for cell in cells] if longest > TEXT_BYTES_MAX else []
        width = max(map(len, parts), default=1)
        for place in range(width):
            name = one.name if place == 0 else f"{one.name[:27]}_p{place + 1}"
            found.append(replace(one, name=name))
            own = [part[place] if place < len(part) else "" for part in parts]
            columns.append(polars.Series(name, own, dtype=polars.String) if parts else cells)
    return polars.DataFrame(columns), found


def _parts(text: str) -> list[str]:
    """Pieces of at most `TEXT_BYTES_MAX` bytes, no letter torn."""
    found, raw = [], text.encode()
    while raw:
        piece = raw[:TEXT_BYTES_MAX].decode(errors="ignore")
        found.append(piece)
        raw = raw[len(piece.encode()) :]
    return found


def _date(file: Path, format: str, made: datetime) -> None:
    """The time in the header is that of the data, not of the writing: equal data are equal bytes."""
    content = bytearray(file.read_bytes())
    if format == "sav":
        content[SAV_DATE], content[SAV_TIME] = made.strftime("%d %b %y").encode(), made.strftime("%H:%M:%S").encode()
    else:
        start = content.index(DTA_TIME) + len(DTA_TIME)
        content[start : start + 17] = made.strftime("%d %b %Y %H:%M").encode()
    file.write_bytes(content)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
