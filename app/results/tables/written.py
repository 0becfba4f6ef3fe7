"""A table as JSON, tidy rows, a cube, cells of CSV and of a workbook. Pure."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from app.results.cube import cube
from app.results.formats.flat import harmless
from app.results.formats.xlsx import Cell, Sheet, workbook
from app.results.query import Query, wrong
from app.results.tables.sentences import sentences
from app.results.tables.shape import FLAG, SHARE, Column, Part, Row, Table
from app.results.tables.texts import HEADS, NOTES, PAGE, PARTS, TITLES, said


@dataclass(frozen=True)
class Stamp:
    """What every file says of itself."""

    mission: str
    name: str
    number: int
    as_of: str | None
    filters: dict[str, Any]
    versions: str
    """Versions of the checklists, as `A 1, B 1-2`."""
    unit: str
    is_simulated: bool
    lang: str

    def said(self, name: str, k: int = 0, n: int = 0) -> str:
        """Words of a page in its language. `k` of `n` where they speak of such."""
        words = {"as_of": self.as_of, "number": self.number, "filters": self.filtered(), "k": k, "n": n}
        return said(PAGE, name, self.lang).format(**words)

    def filtered(self) -> str:
        """The filters in one line."""
        return "; ".join(f"{name}={_text(value)}" for name, value in self.filters.items())


def title(table: Table, lang: str) -> str:
    return said(TITLES, table.code, lang)


def body(table: Table, stamp: Stamp, query: Query) -> dict[str, Any]:
    """The JSON of a table without its data_version and as_of. Raises UrnaError for a cube that is a list."""
    first = table.parts[0]
    head = {
        "table": table.code,
        "title": title(table, stamp.lang),
        "unit": stamp.unit,
        "filters": stamp.filters,
        "form_versions": stamp.versions,
        "part": first.name,
    }
    notes = [said(NOTES, name, stamp.lang) for name in table.notes]
    if query.written == "sentence":
        return {**head, "sentences": sentences(first, stamp.lang), "notes": notes}
    if query.shape == "tidy":
        return {**head, "rows": list(tidy(first)), "notes": notes}
    return {
        **head,
        "columns": columns(first, stamp.lang),
        "rows": [plain(first, row) for row in first.rows],
        "parts": {part.name: _part(part, stamp.lang) for part in table.parts[1:]},
        "notes": notes,
    }


def as_cube(table: Table, stamp: Stamp) -> dict[str, Any]:
    """The first part in JSON-stat 2.0. Raises UrnaError for a list."""
    part = table.parts[0]
    if not part.is_cube:
        raise wrong("shape", f"{part.name} of {table.code} is a list, and no cube")
    figures = [column.name for column in part.figures()]
    labels = {name: said(HEADS, name, stamp.lang) for name in (*part.dimensions, *figures)}
    found = cube(f"{table.code}. {title(table, stamp.lang)}", part.rows, part.dimensions, figures, labels)
    extension = {"data_version": stamp.number, "filters": stamp.filters, "form_versions": stamp.versions}
    return {**found, "updated": stamp.as_of, "source": stamp.name, "extension": {**extension, "part": part.name}}


def tidy(part: Part) -> Iterator[Row]:
    """One row a figure: its dimensions, its name, its value; of a list, one row a row."""
    for row in part.rows:
        if not part.is_cube:
            yield plain(part, row)
            continue
        own = {name: row[name] for name in part.dimensions}
        for column in part.figures():
            yield {**own, "name": column.name, "value": row.get(column.name)}


def plain(part: Part, row: Row) -> Row:
    """A row in the order of its columns."""
    return {column.name: row.get(column.name) for column in part.columns}


def columns(part: Part, lang: str) -> list[dict[str, Any]]:
    """What each column is."""
    return [
        {
            "name": column.name,
            "label": head(column, lang),
            "type": column.kind,
            "dimension": column.name in part.dimensions,
            **({"count": column.of[0], "observed": column.of[1]} if column.kind == SHARE else {}),
        }
        for column in part.columns
    ]


def head(column: Column, lang: str) -> str:
    return said(HEADS, column.name, lang)


def as_csv(table: Table, stamp: Stamp, query: Query) -> bytes:
    """RFC 4180 in UTF-8: the first part, each row with its stamp, so that no figure travels without it."""
    part = table.parts[0]
    rows = list(tidy(part)) if query.shape == "tidy" else [plain(part, row) for row in part.rows]
    if query.written == "sentence":
        rows = [{"sentence": sentence} for sentence in sentences(part, stamp.lang)]
    names = list(rows[0]) if rows else [column.name for column in part.columns]
    own = [table.code, part.name, stamp.number, stamp.as_of, stamp.filtered(), stamp.versions]
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([*names, "table", "part", "data_version", "as_of", "filters", "form_versions"])
    writer.writerows([*(_harmless(row[name]) for name in names), *map(_harmless, own)] for row in rows)
    return text.getvalue().encode()


def as_workbook(table: Table, stamp: Stamp) -> Iterator[bytes]:
    """A sheet a part, and one that says what they are."""
    about: list[tuple[Cell, ...]] = [
        (table.code, title(table, stamp.lang)),
        ("mission", f"{stamp.mission} {stamp.name}"),
        ("data_version", stamp.number),
        ("as_of", stamp.as_of),
        ("unit", stamp.unit),
        ("filters", stamp.filtered()),
        ("form_versions", stamp.versions),
        *((name, said(NOTES, name, stamp.lang)) for name in table.notes),
        *((("simulated", stamp.said("simulated")),) if stamp.is_simulated else ()),
    ]
    sheets = [Sheet(said(PARTS, part.name, stamp.lang), _heads(part, stamp.lang), _cells(part)) for part in table.parts]
    return workbook([*sheets, Sheet(said(PAGE, "about", stamp.lang), ("", ""), about, (20, 90))])


def _heads(part: Part, lang: str) -> list[str]:
    return [head(column, lang) for column in part.columns]


def _cells(part: Part) -> Iterator[Sequence[Cell]]:
    for row in part.rows:
        yield [_cell(row.get(column.name)) for column in part.columns]


def _cell(value: Any) -> Cell:
    return value if value is None or isinstance(value, str | int | float) else _text(value)


def _part(part: Part, lang: str) -> dict[str, Any]:
    return {"columns": columns(part, lang), "rows": [plain(part, row) for row in part.rows]}


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return " ".join(":".join(map(_text, part)) if isinstance(part, list | tuple) else _text(part) for part in value)
    return str(value)


def _harmless(value: Any) -> str:
    """A cell; what people typed never runs as a formula in a spreadsheet."""
    text = _text(value)
    return harmless(text) if isinstance(value, str | list) else text


__all__ = ["FLAG", "Stamp", "as_csv", "as_cube", "as_workbook", "body", "columns", "head", "plain", "tidy", "title"]
