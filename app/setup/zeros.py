"""Codes that a spreadsheet took for numbers or dates: named where it is certain, noted where it may be. Pure."""

from collections.abc import Iterable, Sequence

from app.setup.complaints import Complaint, shown
from app.setup.sheet import Cell

DIGITS_KEPT_MAX = 15  # a spreadsheet keeps a number as a double

_TEXT_CURE = "Format the column as text and type it again."
_MAYBE_LOST = (
    "The column is kept as numbers of different lengths. If the printed list says 0145 where this says 145, "
    "format the column as text and type the zeros."
)


def spoilt_codes(column: str, cells: Sequence[tuple[int, Cell]]) -> list[Complaint]:
    """Complaints about cells (line, cell) of a column of codes.

    A number beside texts with leading zeros that are longer than it has lost its own.
    """
    width = max((len(cell.text) for _, cell in cells if _keeps_zeros(cell)), default=0)
    return [fault for line, cell in cells if (fault := _fault(line, column, cell, width))]


def zeros_may_be_lost(column: str, cells: Sequence[tuple[int, Cell]]) -> Iterable[Complaint]:
    """A note where a whole column is numbers of different lengths: then nobody can tell from the file."""
    lengths = {len(cell.text) for _, cell in cells if cell.kind == "number"}
    if len(lengths) > 1 and not any(_keeps_zeros(cell) for _, cell in cells):
        yield Complaint(cells[0][0], column, "zeros_maybe_lost", _MAYBE_LOST)


def _keeps_zeros(cell: Cell) -> bool:
    return cell.kind == "text" and len(cell.text) > 1 and cell.text.startswith("0") and cell.text.isdigit()


def _fault(line: int, column: str, cell: Cell, width: int) -> Complaint | None:
    if cell.kind in ("date", "time"):
        message = f"The spreadsheet turned this into a date or a time, {shown(cell.text)}. {_TEXT_CURE}"
        return Complaint(line, column, "became_a_date", message)
    if cell.kind == "number" and len(cell.text) > DIGITS_KEPT_MAX:
        message = f'"{cell.text}" has more digits than the {DIGITS_KEPT_MAX} that a spreadsheet keeps. {_TEXT_CURE}'
        return Complaint(line, column, "digits_lost", message)
    if cell.kind == "number" and len(cell.text) < width:
        message = (
            f'"{cell.text}" is kept as a number and has lost its leading zeros; others here have {width} digits. '
            f'Format the column as text and type "{cell.text.zfill(width)}".'
        )
        return Complaint(line, column, "zeros_lost", message)
    return None
