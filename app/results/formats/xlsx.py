"""Workbooks (ECMA-376) that leave while they are written. Pure.

A text is always a text: it is written as one and marked so (`quotePrefix`), and never runs as a formula, whatever it
begins with. Twice as fast as a general library, which keeps the whole sheet on disk first (docs/performance.md).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from xml.sax.saxutils import escape, quoteattr

from app.results.formats.zipped import zipped

Cell = str | int | float | bool | None
ROWS_MAX = 1_048_576
TEXT_MAX = 32_767
NAME_MAX = 31
DIGITS_MAX = 10**15
"""Beyond it a spreadsheet forgets digits, so a whole number is written as a text."""
ROWS_AT_ONCE = 200
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|_x(?=[0-9A-Fa-f]{4}_)")
"""Signs that XML cannot hold, and what could be taken for their spelling."""
RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")
HEAD = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"


@dataclass(frozen=True)
class Sheet:
    """A sheet: its first row stands in bold and stays in view."""

    name: str
    header: Sequence[str]
    rows: Iterable[Sequence[Cell]]
    widths: Sequence[int] = ()
    """Of the first columns, in characters."""


def workbook(sheets: Sequence[Sheet]) -> Iterator[bytes]:
    """The file. Raises ValueError, while it is written, for more rows than a sheet holds."""
    parts: list[tuple[str, Iterable[bytes]]] = [
        ("[Content_Types].xml", [_types(len(sheets))]),
        ("_rels/.rels", [_relations([(f"{OFFICE}/officeDocument", "xl/workbook.xml")])]),
        ("xl/workbook.xml", [_book(sheets)]),
        ("xl/_rels/workbook.xml.rels", [_relations(_parts(len(sheets)))]),
        ("xl/styles.xml", [STYLES]),
    ]
    parts += [(f"xl/worksheets/sheet{n}.xml", _sheet(sheet)) for n, sheet in enumerate(sheets, start=1)]
    return zipped(parts)


def _sheet(sheet: Sheet) -> Iterator[bytes]:
    pane = '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
    view = f'<sheetViews><sheetView workbookViewId="0">{pane}</sheetView></sheetViews>'
    yield HEAD + f'<worksheet xmlns="{MAIN}">{view}{_columns(sheet.widths)}<sheetData>'.encode()
    yield f"<row>{''.join(_text(name, 2) for name in sheet.header)}</row>".encode()
    lines: list[str] = []
    written = 1
    for row in sheet.rows:
        lines.append(f"<row>{''.join([_cell(cell) for cell in row])}</row>")
        written += 1
        if written > ROWS_MAX:
            raise ValueError("a sheet holds no more rows")
        if len(lines) == ROWS_AT_ONCE:
            yield "".join(lines).encode()
            lines.clear()
    yield ("".join(lines) + "</sheetData></worksheet>").encode()


def _cell(value: Cell) -> str:
    if value is None:
        return "<c/>"
    if type(value) is str:
        return _short(value) if len(value) < 40 else _text(value, _style(value))
    if type(value) is bool:
        return f'<c t="b"><v>{int(value)}</v></c>'
    assert isinstance(value, int | float)
    if not -DIGITS_MAX <= value <= DIGITS_MAX:
        return _text(str(value), 0)
    return f"<c><v>{value!r}</v></c>"


@lru_cache(maxsize=4096)
def _short(text: str) -> str:
    return _text(text, _style(text))


def _style(text: str) -> int:
    return 1 if text.startswith(RISKY) else 0


def _text(text: str, style: int) -> str:
    told = escape(NOT_XML.sub(_spelt, text[:TEXT_MAX]))
    kept = ' xml:space="preserve"' if told != told.strip() else ""
    return f'<c t="inlineStr"{f" s={quoteattr(str(style))}" if style else ""}><is><t{kept}>{told}</t></is></c>'


def _spelt(found: "re.Match[str]") -> str:
    return f"_x{ord(found[0][0]):04X}_" + found[0][1:]


def _columns(widths: Sequence[int]) -> str:
    each = [f'<col min="{n}" max="{n}" width="{width}" customWidth="1"/>' for n, width in enumerate(widths, start=1)]
    return f"<cols>{''.join(each)}</cols>" if each else ""


def _book(sheets: Sequence[Sheet]) -> bytes:
    names = [f"<sheet name={quoteattr(s.name[:NAME_MAX])} sheetId='{n}' r:id='rId{n}'/>" for n, s in _numbered(sheets)]
    return HEAD + f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{"".join(names)}</sheets></workbook>'.encode()


def _numbered(sheets: Sequence[Sheet]) -> Iterable[tuple[int, Sheet]]:
    return enumerate(sheets, start=1)


def _parts(sheets: int) -> list[tuple[str, str]]:
    every = [(f"{OFFICE}/worksheet", f"worksheets/sheet{n}.xml") for n in range(1, sheets + 1)]
    return [*every, (f"{OFFICE}/styles", "styles.xml")]


def _relations(targets: Iterable[tuple[str, str]]) -> bytes:
    each = [f'<Relationship Id="rId{n}" Type="{t}" Target="{to}"/>' for n, (t, to) in enumerate(targets, start=1)]
    return HEAD + f'<Relationships xmlns="{PACKAGE}/relationships">{"".join(each)}</Relationships>'.encode()


def _types(sheets: int) -> bytes:
    def part(name: str, kind: str) -> str:
        return f'<Override PartName="{name}" ContentType="{TYPES}.{kind}+xml"/>'

    known = [part("/xl/workbook.xml", "sheet.main"), part("/xl/styles.xml", "styles")]
    known += [part(f"/xl/worksheets/sheet{n}.xml", "worksheet") for n in range(1, sheets + 1)]
    usual = (
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
    )
    return HEAD + f'<Types xmlns="{PACKAGE}/content-types">{usual}{"".join(known)}</Types>'.encode()


STYLES = (
    HEAD.decode()
    + f'<styleSheet xmlns="{MAIN}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    + '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    + '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    + '</fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="3">'
    + '<xf fontId="0"/><xf fontId="0" quotePrefix="1"/><xf fontId="1" applyFont="1"/></cellXfs></styleSheet>'
).encode()
"""0 plain, 1 a text that looks like a formula, 2 bold."""
