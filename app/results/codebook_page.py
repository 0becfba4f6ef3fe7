"""The codebook as a page that prints well. Pure. No script and no style of its own: the sheet is that of the tables."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from app.forms.model import Text
from app.results.codebook import text_of

STYLE = "/v1/tables/page.css"
WORDS: dict[str, Text] = {
    "title": {"en": "Codebook", "ru": "Кодировочная книга", "kk": "Кодтау кітабы"},
    "name": {"en": "Variable", "ru": "Переменная", "kk": "Айнымалы"},
    "label": {"en": "Question", "ru": "Вопрос", "kk": "Сұрақ"},
    "type": {"en": "Type", "ru": "Тип", "kk": "Түрі"},
    "codes": {"en": "Codes", "ru": "Коды", "kk": "Кодтар"},
    "asked_when": {"en": "Asked", "ru": "Когда задаётся", "kk": "Қашан сұралады"},
    "versions": {"en": "Versions", "ru": "Версии", "kk": "Нұсқалар"},
    "missing": {"en": "Kinds of blank", "ru": "Виды пропусков", "kk": "Бос жауап түрлері"},
    "negative": {"en": "counts as negative", "ru": "считается отрицательным", "kk": "теріс деп есептеледі"},
    "as_of": {"en": "As of number {0} of the log", "ru": "На запись {0} журнала", "kk": "Журналдың {0} жазбасына"},
    "simulated": {"en": "Simulated data", "ru": "Учебные данные", "kk": "Оқу деректері"},
}
COLUMNS = ("name", "label", "type", "codes", "asked_when", "versions")


def page(book: Mapping[str, Any], name: str, at: int, lang: str, is_simulated: bool) -> Iterator[bytes]:
    """The page, a checklist at a time."""
    title = f"{_word('title', lang)} - {name}"
    yield (
        f'<!doctype html><html lang="{escape(lang)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)}</title><link rel="stylesheet" href="{STYLE}"></head><body>'
    ).encode()
    yield f'<p class="sim"><span>{_word("simulated", lang)}</span></p>'.encode() if is_simulated else b""
    as_of = _word("as_of", lang).format(at)
    yield f"<header><p>{escape(name)}</p><h1>{_word('title', lang)}</h1><p>{as_of}</p></header><main>".encode()
    for form in book["forms"]:
        yield "".join(_section(form, book, lang)).encode()
    kinds = "".join(f"<dt><code>{code}</code></dt><dd>{escape(text)}</dd>" for code, text in _missing(book))
    yield f"<section><h2>{_word('missing', lang)}</h2><dl>{kinds}</dl></section></main></body></html>".encode()


def _section(form: Mapping[str, Any], book: Mapping[str, Any], lang: str) -> Iterator[str]:
    code = form["form"]
    yield f'<section><h2 id="{code}">{code}. {escape(text_of(lang, form["title"]))}</h2><div class="sheet">'
    yield f'<table aria-labelledby="{code}"><thead><tr>'
    yield "".join(f'<th scope="col">{_word(column, lang)}</th>' for column in COLUMNS)
    yield "</tr></thead><tbody>"
    for one in book["variables"]:
        if one["form"] == code:
            yield f"<tr>{''.join(_cells(one, lang))}</tr>"
    yield "</tbody></table></div></section>"


def _cells(one: Mapping[str, Any], lang: str) -> Iterator[str]:
    yield f'<th scope="row"><code>{one["name"]}</code></th>'
    yield f"<td>{escape(text_of(lang, one['label']))}</td>"
    unit = f", {escape(one['unit'])}" if one["unit"] else ""
    yield f"<td>{one['type']}{unit}</td>"
    yield f"<td>{'<br>'.join(_code(option, lang) for option in one['options'])}</td>"
    yield f"<td>{escape(text_of(lang, one['asked_when']))}</td>"
    first, last = one["first_version"], one["last_version"]
    yield f"<td>{first if first == last else f'{first}-{last}'}</td>"


def _code(option: Mapping[str, Any], lang: str) -> str:
    said = f"<code>{option['code']}</code> {escape(text_of(lang, option['label']))}"
    return f"{said} <small>({_word('negative', lang)})</small>" if option["negative"] else said


def _missing(book: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from book["missing_codes"].items()


def _word(key: str, lang: str) -> str:
    return WORDS[key].get(lang) or WORDS[key]["en"]
