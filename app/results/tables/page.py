"""A table as a page that prints well: paper, ink, hairlines, a bar for each share (shared/look). Pure.

No script and no style of its own: the sheet is `/v1/tables/page.css`, so that the strictest policy lets it in.
"""

from collections.abc import Iterator, Mapping
from html import escape
from importlib.resources import files
from typing import Any

from app.results.statistics import per_cent, whole_per_cent
from app.results.tables.sentences import sentences
from app.results.tables.shape import FLAG, NUMBER, SHARE, TEXT, TIME, Column, Part, Row, Table, is_small
from app.results.tables.texts import NOTES, PARTS, said
from app.results.tables.written import Stamp, head, title

STYLE = "/v1/tables/page.css"
SAID_OTHERWISE = ("small_n", "ci_reason", "weights_reason")
"""Columns for programs: a page says "k of n", and its notes say that there is no sample."""
RIGHT = ("count", NUMBER)
IN_WORDS = ("stage",)
"""Columns whose codes are words of ours: a page says them in its language alone."""


def style() -> bytes:
    return (files("app.results.tables") / "page.css").read_bytes()


def page(table: Table, stamp: Stamp, names: Mapping[tuple[str, str], str], with_sentences: bool = False) -> bytes:
    """The whole page. `names`: (column, code) -> words."""
    return "".join(_page(table, stamp, names, with_sentences)).encode()


def _page(table: Table, stamp: Stamp, names: Mapping[tuple[str, str], str], with_sentences: bool) -> Iterator[str]:
    heading = f"{table.code}. {title(table, stamp.lang)}"
    yield f'<!doctype html><html lang="{stamp.lang}"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f'<title>{escape(heading)} - {escape(stamp.name)}</title><link rel="stylesheet" href="{STYLE}"></head><body>'
    if stamp.is_simulated:
        yield f'<p class="sim"><span>{escape(stamp.said("simulated"))}</span></p>'
    yield f"<header><p>{escape(stamp.name)}</p><h1>{escape(heading)}</h1><p>{escape(stamp.said('as_of'))}"
    yield f" {escape(stamp.said('filters'))}</p></header><main>" if stamp.filters else "</p></header><main>"
    for part in table.parts:
        yield from _section(part, stamp, names, with_sentences)
    yield "</main><footer>" + "".join(f"<p>{escape(said(NOTES, n, stamp.lang))}</p>" for n in table.notes)
    yield f"<p>{escape(stamp.mission)}: {escape(stamp.versions)}</p></footer></body></html>"


def _section(part: Part, stamp: Stamp, names: Mapping[tuple[str, str], str], with_sentences: bool) -> Iterator[str]:
    yield f'<section><h2 id="{part.name}">{escape(said(PARTS, part.name, stamp.lang))}</h2>'
    if with_sentences:
        yield "".join(f"<p>{escape(sentence)}</p>" for sentence in sentences(part, stamp.lang))
    elif not part.rows:
        yield f"<p>{escape(stamp.said('empty'))}</p>"
    else:
        yield f'<div class="sheet"><table aria-labelledby="{part.name}"><thead><tr>'
        shown = _columns(part)
        yield "".join(f'<th scope="col"{_side(c)}>{escape(head(c, stamp.lang))}</th>' for c in shown)
        yield "</tr></thead><tbody>"
        for row in part.rows:
            yield f"<tr>{''.join(_cell(part, column, row, stamp, names) for column in shown)}</tr>"
        yield "</tbody></table></div>"
    yield "</section>"


def _columns(part: Part) -> list[Column]:
    """Those with something in them."""
    known = [column for column in part.columns if column.name not in SAID_OTHERWISE]
    return [column for column in known if any(row.get(column.name) is not None for row in part.rows)]


def _side(column: Column) -> str:
    if column.kind in RIGHT:
        return ' class="num"'
    return ' class="share"' if column.kind == SHARE else ' class="words"' if column.kind == TEXT else ""


def _cell(part: Part, column: Column, row: Row, stamp: Stamp, names: Mapping[tuple[str, str], str]) -> str:
    value = row.get(column.name)
    if column.kind == SHARE:
        return f'<td class="share">{_share(column, row, stamp)}</td>'
    if column.name == part.dimensions[0]:
        return f'<th scope="row">{_word(column, value, names)}</th>'
    if value == 0 and column.kind in RIGHT:
        return '<td class="num zero">0</td>'
    return f"<td{_side(column)}{_language(column, row)}>{_shown(column, value, stamp, names)}</td>"


def _shown(column: Column, value: Any, stamp: Stamp, names: Mapping[tuple[str, str], str]) -> str:
    if value is None:
        return ""
    if column.kind == FLAG:
        return escape(stamp.said("yes" if value else "no"))
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 1 else f"{value:,.1f}".replace(",", "\u202f")
    if isinstance(value, int):
        return f"{value:,}".replace(",", "\u202f")
    if isinstance(value, list):
        return escape(", ".join(map(str, value)))
    return escape(str(value)[:16].replace("T", " ")) if column.kind == TIME else _word(column, value, names)


def _word(column: Column, value: Any, names: Mapping[tuple[str, str], str]) -> str:
    if value is None or value == "":
        return "-"
    name = names.get((column.name, str(value)))
    if name and column.name in IN_WORDS:
        return escape(name)
    return f"{escape(str(value))} <small>{escape(name)}</small>" if name else escape(str(value))


def _language(column: Column, row: Row) -> str:
    """Words that people wrote are in the language that they wrote in."""
    lang = row.get("lang")
    return f' lang="{escape(lang)}"' if column.kind == TEXT and column.name == "text" and isinstance(lang, str) else ""


def _share(column: Column, row: Row, stamp: Stamp) -> str:
    """Whole per cents from the counts, with them and a bar; of fewer than thirty the counts alone."""
    k, n = row.get(column.of[0]), row.get(column.of[1])
    if k is None or not n:
        return ""
    told = escape(stamp.said("of", k, n))
    if is_small(n):
        return f"<span>{told}</span>"
    width = min(100.0, float(per_cent(k, n, 1)))
    bar = f'<svg viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true"><rect width="{width}" height="12"/>'
    return f"<b>{whole_per_cent(k, n)} %</b> {bar}</svg> <span>{told}</span>"
