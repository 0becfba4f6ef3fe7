"""The answers as files: streamed, and each says as of which number, by which versions, of which filter, of how many."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine

from app.results.answers import Page
from app.results.answers_coded import coded, coded_rows
from app.results.codebook import codebook_of, sheets
from app.results.formats.flat import csv_file, lines
from app.results.formats.geojson import Point, features
from app.results.formats.parquet import parquet
from app.results.formats.statistical import statistical
from app.results.formats.xlsx import Sheet, workbook
from app.results.wide import TYPES, Column, Row, flat_row, json_row

BLANKS = "blanks"
Writer = Callable[[Engine, Page], Iterator[bytes]]


def file_of(engine: Engine, page: Page) -> Iterator[bytes]:
    """The bytes of a page in its format, which is one of `WRITERS`. Raises UrnaError `format_missing`."""
    return WRITERS[page.format](engine, page)


def says(page: Page) -> dict[str, str]:
    """What every file says, by name."""
    stamp = page.stamp
    return {
        "mission": stamp.mission,
        "data_version": str(stamp.data_version),
        "as_of": stamp.as_of or "",
        "form_versions": stamp.form_versions,
        "filter": stamp.filter,
        "n": str(stamp.n),
        "simulated": "yes" if stamp.simulated else "no",
    }


def _ndjson(engine: Engine, page: Page) -> Iterator[bytes]:
    return lines(json_row(page.columns, row) for row in page.rows(engine))


def _csv(engine: Engine, page: Page) -> Iterator[bytes]:
    rows = (flat_row(page.columns, row) for row in page.rows(engine))
    return csv_file([column.name for column in page.columns], rows, page.asked.query.dialect)


def _xlsx(engine: Engine, page: Page) -> Iterator[bytes]:
    asked = page.asked
    facts = asked.mirror.facts.at(asked.at) or {"languages": []}
    rows = (flat_row(page.columns, row) for row in page.rows(engine))
    header = [column.name for column in page.columns]
    about = Sheet("about", ["what", "says"], list(says(page).items()), (18, 80))
    return workbook([Sheet("answers", header, rows), about, *sheets(codebook_of(asked), facts["languages"])])


def _parquet(engine: Engine, page: Page) -> Iterator[bytes]:
    types = {column.name: _type(column) for column in page.columns} | {BLANKS: "JSON"}
    rows = (_typed(page.columns, row) for row in page.rows(engine))
    return parquet(types, rows, {f"urna.{name}": text for name, text in says(page).items()})


def _statistical(engine: Engine, page: Page) -> Iterator[bytes]:
    variables = coded(page)
    note = "; ".join(f"{name}={text}" for name, text in says(page).items())
    made = page.asked.mirror.received_at(page.asked.at) or datetime(1970, 1, 1, tzinfo=UTC)
    (form,) = page.asked.forms
    label = f"{page.stamp.mission} {form.code}, as of {page.stamp.data_version}"
    rows = coded_rows(variables, page.rows(engine))
    return statistical(page.format, [one.variable for one in variables], rows, label, note, made)


def _geojson(engine: Engine, page: Page) -> Iterator[bytes]:
    frame = page.asked.mirror.frames.at(page.asked.at, {})

    def point(row: Row) -> Point:
        fact = frame.get((row.head["place_kind"], row.head["place"]), {})
        return (fact["lon"], fact["lat"]) if fact.get("lat") is not None and fact.get("lon") is not None else None

    rows = ((row.head["report_id"], point(row), json_row(page.columns, row)) for row in page.rows(engine))
    stamp = page.stamp
    typed = {"data_version": stamp.data_version, "as_of": stamp.as_of, "n": stamp.n}
    return features({**says(page), **typed}, rows)


WRITERS: dict[str, Writer] = {
    "ndjson": _ndjson,
    "csv": _csv,
    "xlsx": _xlsx,
    "parquet": _parquet,
    "sav": _statistical,
    "dta": _statistical,
    "geojson": _geojson,
}


def _type(column: Column) -> str:
    if column.question is None:
        return TYPES.get(column.source, "VARCHAR")
    kind = column.question.item.type
    return {"integer": "BIGINT", "decimal": "DOUBLE", "multiple": "VARCHAR[]"}.get(kind, "VARCHAR")


def _typed(chosen: list[Column], row: Row) -> dict[str, Any]:
    """A row for typed columns: a blank is null, and its kind stands in `blanks`."""
    found = json_row(chosen, row)
    for column in chosen:
        value = found.get(column.name)
        if value is not None:
            found[column.name] = _fitting(value, _type(column), column, row)
    return found


def _fitting(value: Any, kind: str, column: Column, row: Row) -> Any:
    """A value that a phone sent in another shape than its column has: a text where texts are, else nothing."""
    match kind:
        case "BIGINT":
            return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
        case "VARCHAR":
            (cell,) = (value,) if isinstance(value, str) else flat_row([column], row)
            return cell if cell is None else str(cell)
    return value
