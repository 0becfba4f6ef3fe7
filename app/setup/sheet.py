"""An XLSX workbook -> numbered records of cells, each with what the spreadsheet made of it. Pure."""

import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Literal, NamedTuple

from python_calamine import CalamineError, CalamineWorkbook

Kind = Literal["text", "number", "date", "time"]
UNPACKED_BYTES_MAX = 256 * 1024 * 1024


class Cell(NamedTuple):
    """What stands in one cell, as text, and the kind of thing that the spreadsheet took it for."""

    text: str
    kind: Kind = "text"


class SheetUnreadable(ValueError):
    """The workbook cannot be read, or it does not say which sheet is meant. The text says what to do."""


def is_workbook(data: bytes) -> bool:
    """True for the two containers that spreadsheets use (zip, and OLE for the old .xls), whatever the file's name."""
    return data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0"))


def read_sheet(data: bytes, sheet: str | None = None) -> Iterator[tuple[int, list[Cell]]]:
    """Line number (1 = the first row of the sheet) and cells of each row. Raises SheetUnreadable."""
    _refuse_if_unpacked_size_is_absurd(data)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        rows = _rows(workbook, sheet)
    except CalamineError:
        raise SheetUnreadable(
            "The file looks like a spreadsheet but cannot be opened. Save it again as .xlsx without a password, "
            "or as 'CSV UTF-8'."
        ) from None
    for number, row in enumerate(rows, start=1):
        yield number, [cell(value) for value in row]


def cell(value: object) -> Cell:
    """A cell of a workbook as the text that a person would have typed."""
    match value:
        case bool():
            return Cell("true" if value else "false")
        case int() | float():
            return Cell(str(int(value)) if float(value).is_integer() else repr(value), "number")
        case datetime():
            return Cell(value.isoformat(sep=" ", timespec="minutes"), "date")
        case date():
            return Cell(value.isoformat(), "date")
        case time():
            return Cell(value.isoformat(timespec="minutes"), "time")
        case timedelta():
            minutes = round(value.total_seconds() / 60)
            return Cell(f"{minutes // 60:02}:{minutes % 60:02}", "time")
        case _:
            return Cell(str(value))


def _rows(workbook: CalamineWorkbook, sheet: str | None) -> list[list[object]]:
    filled = {name: rows for name in workbook.sheet_names if (rows := _filled_rows(workbook, name))}
    if sheet is not None and sheet not in workbook.sheet_names:
        raise SheetUnreadable(f"There is no sheet of that name. The workbook has {_names(workbook.sheet_names)}.")
    if sheet is None and len(filled) > 1:
        raise SheetUnreadable(f"Several sheets hold rows: {_names(list(filled))}. Name one with --sheet.")
    return filled.get(sheet, []) if sheet is not None else next(iter(filled.values()), [])


def _filled_rows(workbook: CalamineWorkbook, name: str) -> list[list[object]]:
    return [list(row) for row in workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)]


def _names(names: list[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _refuse_if_unpacked_size_is_absurd(data: bytes) -> None:
    if not data.startswith(b"PK"):
        return
    try:
        unpacked_bytes = sum(entry.file_size for entry in zipfile.ZipFile(io.BytesIO(data)).infolist())
    except zipfile.BadZipFile:
        raise SheetUnreadable("The spreadsheet is damaged or cut off. Copy it here again.") from None
    if unpacked_bytes > UNPACKED_BYTES_MAX:
        raise SheetUnreadable("The spreadsheet unpacks to more than 256 MiB. Save the one sheet as 'CSV UTF-8'.")
