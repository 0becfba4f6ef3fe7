"""The report of a rehearsal: as JSON, and as one page with charts that loads nothing from anywhere. Pure."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from app.rehearsal.play import Crowd
from app.rehearsal.proof import Proof
from app.rehearsal.server import Cost
from app.rehearsal.tally import milliseconds

WIDTH, HEIGHT, LEFT, BOTTOM = 720, 180, 56, 22
LISTED_MAX = 20


def report_of(
    crowd: Crowd, proof: Proof, cost: Cost | None, took_s: float, circumstances: Mapping[str, Any]
) -> dict[str, Any]:
    """Everything that was measured, as plain values. `took_s`: from the first step to the last receipt."""
    plan, tally = crowd.plan, crowd.tally
    made = len(tally.made)
    carried = tally.bytes_up + tally.bytes_down
    return {
        "kind": "urna.rehearsal",
        "circumstances": dict(circumstances),
        "plan": {**vars(plan), "outage": list(plan.outage) if plan.outage else None},
        "verdict": "nothing lost, nothing doubled" if proof.holds else "NOT everything arrived once",
        "took_s": round(took_s, 1),
        "operations": {"made": made, "with_receipt": len(tally.settled), "unsent": len(proof.unsent)},
        "lost": len(proof.lost),
        "doubled": len(proof.doubled),
        "reports_missing": None if proof.reports_missing is None else len(proof.reports_missing),
        "reports_doubled": None if proof.reports_doubled is None else len(proof.reports_doubled),
        "held": proof.held,
        "rejected": proof.rejected,
        "examples": {name: ids[:LISTED_MAX] for name, ids in _named(proof).items() if ids},
        "push_ms": milliseconds([latency for _, latency, _ in tally.pushes]),
        "pull_ms": milliseconds([latency for _, latency in tally.pulls]),
        "until_receipt_ms": milliseconds(tally.lags),
        "pushes": len(tally.pushes),
        "pulls": len(tally.pulls),
        "retries": tally.retries(),
        "bytes": {"up": tally.bytes_up, "down": tally.bytes_down, "per_operation": round(carried / max(made, 1))},
        "server": _cost(cost, took_s),
        "timeline": tally.timeline(took_s),
    }


def _named(proof: Proof) -> dict[str, list[str] | None]:
    names = ("unsent", "lost", "doubled", "reports_missing", "reports_doubled")
    return {name: getattr(proof, name) for name in names}


def _cost(cost: Cost | None, took_s: float) -> dict[str, float] | None:
    if cost is None:
        return None
    return {
        "cpu_s": round(cost.cpu_s, 1),
        "cpu_share_of_a_core": round(cost.cpu_s / max(took_s, 0.001), 3),
        "memory_mb": round(cost.memory_mb),
    }


def page_of(report: Mapping[str, Any]) -> str:
    """One HTML page, readable by day and by night, printable."""
    slices = report["timeline"]
    away = _away(report)
    charts = [
        ("Operations that reached the mission, a second", [("", _line(slices, "operations_per_s"))]),
        ("Operations that wait on phones", [("", _line(slices, "waiting"))]),
        ("Answer to a push, ms", [(p, [s["push_ms"].get(p, 0) for s in slices]) for p in ("p50", "p95", "max")]),
        ("Tries that failed and were made again", [("", _line(slices, "failures"))]),
    ]
    drawn = "".join(_chart(title, lines, report["took_s"], away) for title, lines in charts)
    rows = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in _rows(report))
    good = "good" if report["verdict"].startswith("nothing") else "bad"
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Rehearsal</title><style>{STYLE}</style>'
        f'<h1>Rehearsal</h1><p class="{good}">{escape(report["verdict"])}</p><table>{rows}</table>{drawn}</html>\n'
    )


STYLE = (
    ":root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:760px;margin:2em auto;"
    "padding:0 1em}h2{font-size:1em;margin:2em 0 .3em}table{border-collapse:collapse}th{text-align:left;"
    "font-weight:400;padding:.1em 1.5em .1em 0;vertical-align:top}td{font-variant-numeric:tabular-nums}"
    ".good{font-weight:600}.good::before{content:'\\2713  '}.bad{font-weight:600;color:#c22}"
    ".bad::before{content:'\\2717  '}svg{width:100%;height:auto}text{font:12px system-ui;fill:currentColor}"
    "polyline{fill:none;stroke:currentColor;stroke-width:1.5}.l1{stroke-dasharray:6 3}.l2{stroke-dasharray:2 3}"
    ".axis{stroke:currentColor;opacity:.3}.away{fill:currentColor;opacity:.12}"
)


def _rows(report: Mapping[str, Any]) -> list[tuple[str, str]]:
    plan, operations, server = report["plan"], report["operations"], report["server"]
    reports = (report["reports_missing"], report["reports_doubled"])
    rows = [
        ("Phones, minutes, seed", f"{plan['phones']:,}, {plan['minutes']:g}, {plan['seed']}"),
        ("Operations made, with a receipt, unsent", ", ".join(f"{n:,}" for n in operations.values())),
        ("Operations lost, doubled", f"{report['lost']}, {report['doubled']}"),
        (
            "Reports missing, doubled for the analysts",
            "not asked: no key" if None in reports else "{}, {}".format(*reports),
        ),
        ("Held, rejected", f"{_counts(report['held'])}, {_counts(report['rejected'])}"),
        ("Push", _percentiles(report["push_ms"])),
        ("Pull", _percentiles(report["pull_ms"])),
        ("From making to receipt, outages included", _percentiles(report["until_receipt_ms"])),
        ("Tried again", _counts(report["retries"])),
        ("Bytes up, down, an operation", ", ".join(f"{n:,}" for n in report["bytes"].values())),
        ("Server", _server(server)),
    ]
    return rows + [(name, str(value)) for name, value in report["circumstances"].items()]


def _server(server: Mapping[str, float] | None) -> str:
    if server is None:
        return "not measured: it runs on another machine"
    return "{cpu_s} s of processor ({cpu_share_of_a_core:.0%} of a core), {memory_mb} MB".format(**server)


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items()) or "none"


def _percentiles(found: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:,.0f} ms" for name, value in found.items()) or "none"


def _line(slices: Sequence[Mapping[str, Any]], name: str) -> list[float]:
    return [one[name] for one in slices]


def _away(report: Mapping[str, Any]) -> tuple[float, float] | None:
    """The outage as shares of the time that the rehearsal took."""
    outage, whole_s = report["plan"]["outage"], report["plan"]["minutes"] * 60
    took_s = max(report["took_s"], 0.001)
    return (outage[0] * whole_s / took_s, outage[1] * whole_s / took_s) if outage else None


def _chart(
    title: str, lines: Sequence[tuple[str, Sequence[float]]], took_s: float, away: tuple[float, float] | None
) -> str:
    top = max((value for _, values in lines for value in values), default=0) or 1
    width, height = WIDTH - LEFT, HEIGHT - BOTTOM
    shade = f'<rect class="away" x="{LEFT + away[0] * width:.0f}" y="0" width="{(away[1] - away[0]) * width:.0f}" ' \
        f'height="{height}"/>' if away else ""  # fmt: skip
    drawn = "".join(f'<polyline class="l{n}" points="{_points(v, top)}"/>' for n, (_, v) in enumerate(lines))
    named = ", ".join(
        f"{name}: {kind}" for (name, _), kind in zip(lines, ("solid", "dashed", "dotted"), strict=False) if name
    )
    return (
        f"<h2>{escape(title)}{' (' + named + ')' if named else ''}</h2>"
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">{shade}'
        f'<line class="axis" x1="{LEFT}" y1="{height}" x2="{WIDTH}" y2="{height}"/>'
        f'<text x="{LEFT - 6}" y="12" text-anchor="end">{top:,.0f}</text>'
        f'<text x="{LEFT - 6}" y="{height}" text-anchor="end">0</text>'
        f'<text x="{LEFT}" y="{HEIGHT - 4}">0 s</text>'
        f'<text x="{WIDTH}" y="{HEIGHT - 4}" text-anchor="end">{took_s:,.0f} s</text>{drawn}</svg>'
    )


def _points(values: Sequence[float], top: float) -> str:
    width, height = WIDTH - LEFT, HEIGHT - BOTTOM
    step = width / max(len(values) - 1, 1)
    return " ".join(
        f"{LEFT + n * step:.1f},{height - value / top * (height - 4):.1f}" for n, value in enumerate(values)
    )
