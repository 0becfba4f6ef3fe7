"""The report of a rehearsal as one page with charts, which loads nothing from anywhere. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from importlib.resources import files
from typing import Any

Report = Mapping[str, Any]
Line = tuple[str, Sequence[float | None]]
"""A name for the key, and a value for each slice of the time; None where nothing was measured."""
IDS_SHOWN_MAX = 3
KINDS = ("solid", "dashed", "dotted")


def page_of(report: Report) -> str:
    """One HTML page, readable by day and by night, on a phone and on paper."""
    style = (files("app.rehearsal") / "page.css").read_text()
    state = "good" if report["holds"] else "bad"
    tiles = "".join(f"<div><dt>{escape(name)}</dt><dd>{value}</dd></div>" for name, value in _tiles(report))
    charts = "".join(_chart(title, lines, report) for title, lines in _charts(report["timeline"]))
    rows = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in _rows(report))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>Rehearsal</title><style>{style}</style></head><body><h1>Rehearsal of an election day</h1>"
        f'<p class="verdict {state}">{escape(_capital(report["verdict"]))}</p><dl class="tiles">{tiles}</dl>'
        f'<h2>As it went</h2><div class="charts">{charts}</div>'
        f"<h2>All figures</h2><table>{rows}</table></body></html>\n"
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def duration(milliseconds: float) -> str:
    """850 -> 850 ms, 9766 -> 9.8 s."""
    return f"{milliseconds:,.0f} ms" if milliseconds < 1000 else f"{milliseconds / 1000:,.1f} s"


def _tiles(report: Report) -> list[tuple[str, str]]:
    """Names, and values as HTML."""
    operations, push, receipt = report["operations"], report["push_ms"], report["until_receipt_ms"]
    return [
        ("Operations with a receipt", f"{operations['with_receipt']:,} <small>of {operations['made']:,}</small>"),
        ("Lost, doubled", f"{report['lost']:,}, {report['doubled']:,}"),
        ("Still on phones", f"{operations['unsent']:,}"),
        ("A push answered within", _within(push, "p95", "95 %")),
        ("A receipt, outage included, within", _within(receipt, "p95", "95 %")),
    ]


def _within(found: Mapping[str, float], percentile: str, share: str) -> str:
    return f"{duration(found[percentile])} <small>{share}</small>" if found else "none"


def _charts(slices: Sequence[Mapping[str, Any]]) -> list[tuple[str, list[Line]]]:
    def line(name: str) -> list[Line]:
        return [("", [one[name] for one in slices])]

    answers: list[Line] = [(name, [one["push_ms"].get(name) for one in slices]) for name in ("p50", "p95", "max")]
    return [
        ("Operations that reached the mission, a second", line("operations_per_s")),
        ("Operations that wait on phones", line("waiting")),
        ("Answer to a push, ms", answers),
        ("Tries that failed and were made again", line("failures")),
    ]


def _chart(title: str, lines: Sequence[Line], report: Report) -> str:
    """Numbers stand outside the drawing, so that they keep their size on a phone."""
    top = max((value for _, values in lines for value in values if value is not None), default=0) or 1
    key = ", ".join(f"{name} {kind}" for (name, _), kind in zip(lines, KINDS, strict=False) if name)
    away = _away(report)
    shade = f'<rect class="away" x="{away[0]:.2f}" y="0" width="{away[1] - away[0]:.2f}" height="100"/>' if away else ""
    key = "; ".join(part for part in (key, "shaded: no phone had a network" if away else "") if part)
    drawn = "".join(f'<path class="s{n}" d="{_path(values, top)}"/>' for n, (_, values) in enumerate(lines))
    return (
        f"<figure><figcaption>{escape(title)}<span>{escape(key)}</span></figcaption>"
        f'<div class="plot"><b>{top:,.0f}</b><svg viewBox="0 0 100 100" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(title)}, at most {top:,.0f}">{shade}{drawn}</svg></div>'
        f'<div class="axis"><span>0:00</span><span>{_clock(report["took_s"])}</span></div></figure>'
    )


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"


def _away(report: Report) -> tuple[float, float] | None:
    """The outage as per cent of the time that the rehearsal took."""
    outage, whole_s = report["plan"]["outage"], report["plan"]["minutes"] * 60
    share = 100 * whole_s / max(report["took_s"], 0.001)
    return (outage[0] * share, outage[1] * share) if outage else None


def _path(values: Sequence[float | None], top: float) -> str:
    """A line of SVG in a square of 100, with a gap wherever nothing was measured."""
    step = 100 / max(len(values) - 1, 1)
    drawn, pen = [], "M"
    for n, value in enumerate(values):
        if value is not None:
            point = f"{n * step:.2f} {100 - value / top * 100:.2f}"
            drawn.append(f"{pen}{point}{'h.01' if pen == 'M' else ''}")
        pen = "M" if value is None else "L"
    return " ".join(drawn)


def _rows(report: Report) -> Iterator[tuple[str, str]]:
    plan, operations = report["plan"], report["operations"]
    yield "Phones, minutes, seed", f"{plan['phones']:,}, {plan['minutes']:g}, {plan['seed']}"
    yield "Operations", "{made:,} made, {with_receipt:,} with a receipt, {unsent:,} unsent".format(**operations)
    yield "Of operations with a receipt", f"{report['lost']:,} lost, {report['doubled']:,} doubled"
    yield "Reports for the analysts", _reports(report)
    yield "Held, rejected", f"{_counts(report['held'])}, {_counts(report['rejected'])}"
    yield "Push", _percentiles(report["push_ms"])
    yield "Pull", _percentiles(report["pull_ms"])
    yield "From making to receipt, outage included", _percentiles(report["until_receipt_ms"])
    yield "Tried again", _counts(report["retries"])
    yield "Bytes", "{up:,} up, {down:,} down, {per_operation:,} an operation".format(**report["bytes"])
    yield "Server", _server(report["server"])
    for name, value in report["circumstances"].items():
        yield name, str(value)
    for name, ids in report["examples"].items():
        more = ", and more: see the JSON" if len(ids) > IDS_SHOWN_MAX else ""
        yield f"Ids: {name.replace('_', ' ')}", ", ".join(ids[:IDS_SHOWN_MAX]) + more


def _reports(report: Report) -> str:
    missing, doubled = report["reports_missing"], report["reports_doubled"]
    return "not asked: no key" if missing is None else f"{missing:,} missing, {doubled:,} doubled"


def _server(server: Mapping[str, float] | None) -> str:
    if server is None:
        return "not measured: it runs on another machine"
    return "{cpu_s} s of processor ({cpu_share_of_a_core:.0%} of a core), {memory_mb} MB".format(**server)


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items()) or "none"


def _percentiles(found: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {duration(value)}" for name, value in found.items()) or "none"
