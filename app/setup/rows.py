"""A list kept by election clerks (CSV or XLSX) -> rows of named fields, and complaints that they can act on. Pure.

One chain of small generators: bytes -> records (line, cells) -> records that say something -> rows by field -> rows
whose text is fit. Everything stays text: leading zeros are kept, and a cell that looks like a formula is a text like
any other. One bad line never hides the next.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from app.setup.columns import Reading, clean, find_columns
from app.setup.complaints import Complaint, Unreadable, shown
from app.setup.encoding import EncodingUnsure, decode
from app.setup.sheet import Cell, SheetUnreadable, is_workbook, read_sheet
from app.setup.zeros import spoilt_codes, zeros_may_be_lost

Record = tuple[int, list[Cell]]
"""The line on which a record starts (from 1), and its cells."""

SEPARATORS = (",", ";", "\t")
_LETTER_LOST = re.compile(r"\?(?=[^\W\d_])|(?<=[^\W\d_])\?(?=\w)")
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u2028\u2029\ufffe\uffff\ud800-\udfff]")
_NO_PARTNER = (
    'A quotation mark (") in this line has no partner, so the rest of the file cannot be told apart. '
    'Close it, or write a mark that belongs to the text twice ("").'
)
_SHIFTED = (
    "A separator inside a text has shifted the line: put that text in quotation marks. "
    "If the cell is meant, give its column a header."
)


class Row(NamedTuple):
    """One line of the list: the cell of each field that the file has."""

    line: int
    cells: dict[str, Cell]

    def text(self, name: str) -> str:
        """What the field says; "" where it is blank or the file lacks it."""
        cell = self.cells.get(name)
        return cell.text if cell else ""


@dataclass(frozen=True)
class Table:
    """What a file holds. `headers`: field -> the header it was read from. `notes`: no faults, but worth a look."""

    rows: list[Row]
    headers: dict[str, str] = field(default_factory=dict)
    complaints: list[Complaint] = field(default_factory=list)
    notes: list[Complaint] = field(default_factory=list)

    def complaint(self, line: int, name: str, code: str, message: str) -> Complaint:
        return Complaint(line, self.headers.get(name, name), code, message)


def read_table(data: bytes, reading: Reading) -> Table:
    """The rows without a fault, by field. A fault of the file as a whole is one complaint and no rows."""
    try:
        return _read_table(data, reading)
    except Unreadable as error:
        return Table([], complaints=[error.complaint])


def _read_table(data: bytes, reading: Reading) -> Table:
    records, encoding = open_records(data, reading)
    filled = with_text(records)
    line, header = next(filled, (1, []))
    if not header:
        raise Unreadable(1, "", "file_empty", "The file holds no rows. Check that it is the right one.")
    names = [clean(cell.text) for cell in header]
    places = find_columns(line, names, reading)
    headers = {name: names[place] for name, place in places.items()}
    found = list(with_fit_text(by_field(filled, places, len(trimmed(header))), headers, encoding))
    rows = [one for one in found if isinstance(one, Row)]
    return _without_spoilt_codes(rows, headers, [one for one in found if isinstance(one, Complaint)], reading)


def _without_spoilt_codes(
    rows: list[Row], headers: dict[str, str], complaints: list[Complaint], reading: Reading
) -> Table:
    columns = {
        headers[name]: [(row.line, row.cells[name]) for row in rows if row.text(name)]
        for name in reading.fields
        if name in reading.identities and name in headers
    }
    spoilt = [complaint for column, cells in columns.items() for complaint in spoilt_codes(column, cells)]
    notes = [note for column, cells in columns.items() for note in zeros_may_be_lost(column, cells)]
    lines = {complaint.line for complaint in spoilt}
    return Table([row for row in rows if row.line not in lines], headers, sorted(complaints + spoilt), notes)


def open_records(data: bytes, reading: Reading) -> tuple[Iterator[Record], str]:
    """The records of a file and how it is encoded ("xlsx" for workbooks). The bytes decide, not the file's name."""
    if is_workbook(data):
        return sheet_records(data, reading.sheet), "xlsx"
    try:
        text, encoding = decode(data, reading.encoding)
    except EncodingUnsure as error:
        raise Unreadable(1, "", "encoding_unsure", str(error)) from None
    return csv_records(text), encoding


def sheet_records(data: bytes, sheet: str | None) -> Iterator[Record]:
    try:
        yield from read_sheet(data, sheet)
    except SheetUnreadable as error:
        raise Unreadable(1, "", "sheet_unreadable", str(error)) from None


def csv_records(text: str) -> Iterator[Record]:
    """Records of a CSV text, split at the separator that its first line uses."""
    separator, text, line = find_separator(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    start = line
    try:
        for cells in reader:
            yield line, [Cell(text) for text in cells]
            line = start + reader.line_num
    except csv.Error:
        raise Unreadable(line, "", "quotes_wrong", _NO_PARTNER) from None


def find_separator(text: str) -> tuple[str, str, int]:
    """The separator, the text without Excel's own line `sep=;`, and the number of the text's first line.

    It is the one that stands most often outside quotes in the first line that says something.
    """
    first, _, rest = text.partition("\n")
    named = re.fullmatch(r"sep=(.)\r?", first, re.IGNORECASE)
    if named:
        return named[1], rest, 2
    filled = next((line for line in io.StringIO(text) if line.strip(" \t\r\n,;")), "")
    outside = re.sub(r'"[^"]*"', "", filled)
    return max(SEPARATORS, key=outside.count), text, 1


def with_text(records: Iterable[Record]) -> Iterator[Record]:
    """Records in which at least one cell says something."""
    return ((line, cells) for line, cells in records if trimmed(cells))


def by_field(records: Iterable[Record], places: Mapping[str, int], width: int) -> Iterator[Row | Complaint]:
    """Rows by field; cells that a short line lacks are blank. A line with text beyond the header is a fault.

    Such a line has mostly been shifted by a separator inside an address, so none of its cells can be trusted.
    """
    for line, cells in records:
        filled = trimmed(cells)
        if len(filled) > width:
            said = f'This line has {len(filled)} cells, the header {width}; the last is "{shown(filled[-1].text)}".'
            yield Complaint(line, "", "row_too_long", f"{said} {_SHIFTED}")
        else:
            yield Row(line, {name: _cell(filled, place) for name, place in places.items()})


def with_fit_text(
    rows: Iterable[Row | Complaint], headers: Mapping[str, str], encoding: str
) -> Iterator[Row | Complaint]:
    """Each row, or what makes its text unfit: characters that nobody sees, letters that an encoding has lost."""
    for row in rows:
        faults = _unfit_cells(row, headers, encoding) if isinstance(row, Row) else []
        if faults:
            yield from faults
        else:
            yield row


def _unfit_cells(row: Row, headers: Mapping[str, str], encoding: str) -> list[Complaint]:
    faults = ((name, _unfit(cell.text, encoding)) for name, cell in row.cells.items())
    return [Complaint(row.line, headers[name], *fault) for name, fault in faults if fault]


def _unfit(text: str, encoding: str) -> tuple[str, str] | None:
    if _UNSEEN.search(text):
        return "control_character", f'"{shown(text)}" holds a character that cannot be seen. Type the cell again.'
    if encoding == "windows-1251" and _LETTER_LOST.search(text):
        return "letter_lost", (
            f'"{shown(text)}" has a question mark where a letter was: Windows-1251 has no Kazakh letters. '
            "Export the list again as UTF-8."
        )
    return None


def trimmed(cells: Sequence[Cell]) -> Sequence[Cell]:
    """Without the blank cells at the end."""
    width = len(cells)
    while width and not clean(cells[width - 1].text):
        width -= 1
    return cells[:width]


def _cell(cells: Sequence[Cell], place: int) -> Cell:
    return Cell(clean(cells[place].text), cells[place].kind) if place < len(cells) else Cell("")
