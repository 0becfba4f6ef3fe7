"""Enrolment cards to print: A4, eight a sheet, cut along the lines. One HTML file that loads nothing. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

import segno

CARDS_A_SHEET = 8
LANGUAGES_MAX = 3
SHORT_TEAM = 8
"""Characters of a team's code that fit its plate at full size."""


@dataclass(frozen=True)
class Card:
    team: str
    code: str
    """As printed: XXXX-XXXX-XXXX."""
    link: str


@dataclass(frozen=True)
class Heading:
    """What every card of a mission says: whose it is, where, until when, whom to call."""

    mission: str
    address: str
    valid_until: str
    hotline: str
    languages: tuple[str, ...]


WORDS: dict[str, dict[str, str]] = {
    "en": {
        "team": "Team",
        "scan": "Point the camera at the square, or type the code at the address below.",
        "join": "Is it your team? Tap <b>Join</b>.",
        "keep": "Add Urna to the home screen. Practise once.",
        "hotline": "Hotline",
        "valid": "For one phone, until {until}",
    },
    "ru": {
        "team": "Группа",
        "scan": "Наведите камеру на квадрат или введите код по адресу внизу.",
        "join": "Ваша группа? Нажмите <b>Войти</b>.",
        "keep": "Добавьте Urna на главный экран. Потренируйтесь.",
        "hotline": "Горячая линия",
        "valid": "Для одного телефона, до {until}",
    },
    "kk": {
        "team": "Топ",
        "scan": "Камераны шаршыға бағыттаңыз немесе төмендегі мекенжайда кодты теріңіз.",
        "join": "Топ дұрыс па? <b>Қосылу</b> түймесін басыңыз.",
        "keep": "Urna-ны басты экранға қосыңыз. Бір рет жаттығыңыз.",
        "hotline": "Жедел желі",
        "valid": "Бір телефонға, {until} дейін",
    },
}
"""Language -> what a card says. The Kazakh lines want a native reader's eye."""

STYLE = """
:root { --text: #1a1726; --text-2: #4a4559; --text-3: #635e72; --line: #dcd9e4; --stamp: #3b2b7e; --ground: #f2f1f6 }
@page { size: A4 portrait; margin: 0 }
* { box-sizing: border-box; margin: 0; padding: 0 }
html { -webkit-print-color-adjust: exact; print-color-adjust: exact }
body { color: var(--text); background: var(--ground); line-height: 1.22; font-variant-numeric: tabular-nums lining-nums;
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Helvetica Neue", Arial, sans-serif }
.sheet { width: 210mm; height: 296.8mm; padding: 4mm; display: grid; grid-template: repeat(4, 1fr) / repeat(2, 1fr);
  background: #fff; break-after: page; overflow: hidden }
.sheet:last-child { break-after: auto }
.card { padding: 3mm 4.5mm; display: grid; grid-template: auto 1fr auto / 27mm minmax(0, 1fr); gap: 1.5mm 3mm;
  border: 0 dashed var(--line); overflow: hidden }
.card:nth-child(odd) { border-inline-end-width: 1px }
.card:nth-child(n + 3) { border-block-start-width: 1px }
header { grid-column: 1 / -1; display: flex; align-items: center; gap: 2mm; font-size: 7.4pt; font-weight: 600 }
header svg { width: 5mm; height: 5mm; color: var(--stamp); flex: none }
header .mission { flex: 1; min-width: 0; max-height: 2.44em; overflow: hidden; overflow-wrap: break-word }
.team { font-size: 6.6pt; color: var(--text-2); font-weight: 400; text-align: end }
.plate { border: 0.5mm solid var(--text); border-radius: 1mm; padding: 0.2mm 1.6mm; font-size: 14pt; font-weight: 700;
  max-width: 45mm; overflow-wrap: anywhere }
.plate.long { font-size: 9pt }
.qr svg { display: block; width: 27mm; height: 27mm }
.qr p, .foot p { font-size: 6.2pt; color: var(--text-2) }
.steps { display: grid; gap: 1mm; align-content: start }
.steps ol { list-style: none; font-size: 6.6pt; line-height: 1.17 }
.steps li { padding-inline-start: 3mm; text-indent: -3mm }
.steps i { font-style: normal; font-weight: 700; color: var(--stamp); display: inline-block; width: 3mm;
  text-indent: 0 }
.foot { grid-column: 1 / -1; display: flex; justify-content: space-between; align-items: end; gap: 3mm }
.foot b { font: 700 14pt/1.15 ui-monospace, "SF Mono", "Roboto Mono", "Noto Sans Mono", Menlo, Consolas,
  "DejaVu Sans Mono", monospace; letter-spacing: 0.04em; white-space: nowrap; color: var(--stamp); display: block }
.foot .at { font-size: 7.4pt; font-weight: 600; overflow-wrap: anywhere; color: var(--text) }
.foot .call { font-size: 8.6pt; font-weight: 700; color: var(--text); white-space: nowrap; text-align: end }
.foot > p { text-align: end }
@media screen { .sheet { margin: 8mm auto; border: 1px solid var(--line) } }
"""
MARK = (
    '<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" '
    'stroke-linejoin="round" aria-hidden="true"><path d="M3 12h4M17 12h4v9H3v-9"/><path d="m7 10 4 4 7-11"/></svg>'
)


def cards_page(heading: Heading, cards: Sequence[Card]) -> str:
    """The HTML of all cards, eight a sheet in the order given."""
    sheets = [cards[start : start + CARDS_A_SHEET] for start in range(0, len(cards), CARDS_A_SHEET)]
    languages = languages_of(heading)
    body = "\n".join(
        f'<section class="sheet">\n{"".join(_cards(heading, languages, sheet))}</section>' for sheet in sheets
    )
    title = f"Urna: {escape(heading.mission)}"
    head = f'<meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
    return f'<!doctype html>\n<html lang="{languages[0]}">\n<head>{head}</head>\n<body>\n{body}\n</body>\n</html>\n'


def languages_of(heading: Heading) -> tuple[str, ...]:
    """Up to three of the mission's that there are words for, in its order; English where there are none."""
    return tuple(one for one in heading.languages if one in WORDS)[:LANGUAGES_MAX] or ("en",)


def _cards(heading: Heading, languages: tuple[str, ...], cards: Sequence[Card]) -> Iterator[str]:
    teams = " · ".join(WORDS[language]["team"] for language in languages)
    steps = "".join(_steps(language) for language in languages)
    valid = "<br>".join(_said(language, "valid", until=heading.valid_until) for language in languages)
    for card in cards:
        plate = "plate long" if len(card.team) > SHORT_TEAM else "plate"
        yield (
            f'<article class="card"><header>{MARK}<span class="mission">{escape(heading.mission)}</span>'
            f'<span class="team">{teams}</span><span class="{plate}" dir="ltr">{escape(card.team)}</span></header>'
            f'<div class="qr">{square(card.link)}<p>{valid}</p></div><div class="steps">{steps}</div>'
            f'<div class="foot"><div><b dir="ltr">{escape(card.code)}</b>'
            f'<p class="at" dir="ltr">{escape(heading.address)}</p></div>{_hotline(heading, languages)}</div>'
            "</article>\n"
        )


def square(link: str) -> str:
    """The QR of a link as SVG with its white border, black on white: cameras in the dark want nothing else."""
    drawn: str = segno.make(link, error="m", micro=False).svg_inline(border=2, dark="#000", light="#fff", omitsize=True)
    return drawn


def _steps(language: str) -> str:
    lines = [WORDS[language][step] for step in ("scan", "join", "keep")]
    items = "".join(f"<li><i>{number}</i>{line}</li>" for number, line in enumerate(lines, start=1))
    return f'<ol lang="{language}">{items}</ol>'


def _hotline(heading: Heading, languages: tuple[str, ...]) -> str:
    if not heading.hotline:
        return ""
    words = " · ".join(WORDS[language]["hotline"] for language in languages)
    return f'<p>{words}<br><span class="call" dir="ltr">{escape(heading.hotline)}</span></p>'


def _said(language: str, key: str, **facts: str) -> str:
    return WORDS[language][key].format(**{name: escape(fact) for name, fact in facts.items()})
