"""T7 and T8: what does not add up in a protocol, and what a commission entered otherwise than the station wrote."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from statistics import median
from typing import Any

from app.forms.across import Visit, k16
from app.forms.answers import Finding, effective, judge
from app.results.folds import Told, told_of
from app.results.tables.shape import NUMBER, TEXT, Column, Part, Row, counts, shared, with_share, words
from app.results.tables.work import Work

CHECKS = tuple(f"K0{number}" for number in range(1, 9))
"""The arithmetic of a protocol, K01 to K08."""
RESULTS = ("pass", "fail", "not_computable")
COPIED = ("C", "D")
"""The checklists whose figures K16 compares."""


def t07(work: Work) -> tuple[Part, ...]:
    """Each check over the counted protocols, and each protocol that fails one."""
    chosen = work.query.check or CHECKS
    forms = [form for form, newest in work.forms() if any(check.code[:3] in chosen for check in newest.checks)]
    judged = [
        (told, finding)
        for told in told_of(work.connection, work.asked, forms)
        for finding in _judged(told)
        if finding.check[:3] in chosen
    ]
    columns = (
        *words("check"),
        Column("label", TEXT),
        *counts(*RESULTS, "computed"),
        shared("share_fail", "fail", "computed"),
        *counts("key", "critical"),
        Column("median_difference", NUMBER),
        Column("max_difference", NUMBER),
    )
    listed = (
        *words("check", "region", "commission", "place", "team", "report_id", "severity"),
        Column("difference", NUMBER),
        Column("message", TEXT),
    )
    fails = [_fail(work, told, finding) for told, finding in judged if finding.result == "fail"]
    fails.sort(key=lambda row: (row["check"], row["place"] or "", row["report_id"]))
    return (
        Part("checks", ("check",), columns, list(_counted(work, judged)), sentence="check"),
        Part("fails", ("check", "place", "report_id"), listed, fails, is_cube=False, sentence="fail"),
    )


def _judged(told: Told) -> Sequence[Finding]:
    try:
        return judge(told.checklist, told.state.answers, {**told.context, "header": told.state.header}).findings
    except Exception:  # answers that no check can read are for a person to look at, in the review
        return []


def _counted(work: Work, judged: Iterable[tuple[Told, Finding]]) -> Iterator[Row]:
    together: dict[str, list[tuple[Told, Finding]]] = defaultdict(list)
    for told, finding in judged:
        together[finding.check].append((told, finding))
    for check, own in sorted(together.items()):
        results: list[str] = [finding.result for _, finding in own]
        fails = [finding for _, finding in own if finding.result == "fail"]
        off = [abs(finding.difference) for finding in fails if finding.difference is not None]
        row = {
            "check": check,
            "label": _label(work, own[0][0], check),
            **{result: results.count(result) for result in RESULTS},
            "computed": results.count("pass") + len(fails),
            **{level: sum(finding.severity == level for finding in fails) for level in ("key", "critical")},
            "median_difference": median(off) if off else None,
            "max_difference": max(off, default=None),
        }
        yield with_share(row, "share_fail", "fail", "computed")


def _label(work: Work, told: Told, check: str) -> str:
    return next((work.text(one.label) for one in told.checklist.checks if one.code == check), check)


def _fail(work: Work, told: Told, finding: Finding) -> Row:
    rule = next(check for check in told.checklist.checks if check.code == finding.check)
    off = "" if finding.difference is None else f"{abs(finding.difference):g}"
    return {
        "check": finding.check,
        "region": told.where["region"],
        "commission": told.where["commission"],
        "place": told.place[1] if told.place else None,
        "team": told.team,
        "report_id": told.report_id,
        "severity": finding.severity,
        "difference": finding.difference,
        "message": work.text(rule.message).replace("{difference}", off),
    }


def t08(work: Work) -> tuple[Part, ...]:
    """Each figure that a commission entered beside that of the station's protocol (K16)."""
    forms = [form for form, newest in work.forms() if newest.code in COPIED]
    seen = {told.report_id: told for told in told_of(work.connection, work.asked, forms)}
    found = k16([visit_of(told) for told in seen.values()], station_numbers(work))
    results: dict[str, list[str]] = defaultdict(list)
    for one in found:
        results[_figure(one.field)].append(one.result)
    columns = (*words("figure"), *counts(*RESULTS, "computed"), shared("share_fail", "fail", "computed"))
    listed = (
        *words("commission", "place", "figure"),
        *(Column(name, NUMBER) for name in ("protocol", "entered", "difference")),
        *words("protocol_report", "tabulation_report"),
    )
    fails = [_difference(seen, one.reports, one.field, one.difference) for one in found if one.result == "fail"]
    return (
        Part("figures", ("figure",), columns, [_compared(*pair) for pair in sorted(results.items())], sentence="copy"),
        Part("differences", ("tabulation_report", "figure", "place"), listed, fails, is_cube=False),
    )


def _compared(figure: str, results: list[str]) -> Row:
    row: Row = {"figure": figure, **{result: results.count(result) for result in RESULTS}}
    return with_share({**row, "computed": row["pass"] + row["fail"]}, "share_fail", "fail", "computed")


def _figure(entered: str) -> str:
    """`t05_signatures_2` -> `r05_signatures`."""
    return "r" + entered[1:].rsplit("_", 1)[0]


def _difference(seen: dict[str, Told], reports: tuple[str, ...], field: str, difference: int | None) -> Row:
    count, tabulation = (seen[report] for report in reports)
    return {
        "commission": tabulation.place[1] if tabulation.place else None,
        "place": count.place[1] if count.place else None,
        "figure": _figure(field),
        "protocol": count.state.answers.get(_figure(field)),
        "entered": tabulation.state.answers.get(field),
        "difference": difference,
        "protocol_report": count.report_id,
        "tabulation_report": tabulation.report_id,
    }


def visit_of(told: Told) -> Visit:
    """A report as the checks across reports see it."""
    said = told.state.header.get("place")
    return Visit(
        report_id=told.report_id,
        form=told.checklist.code,
        team=told.team or "",
        device=min(told.report.finishes, default=("", 0))[0],
        place=told.place[1] if told.place else None,
        place_text=str(said.get("text") or "") if isinstance(said, dict) else "",
        arrived_at=told.moment("arrived_at"),
        departed_at=told.moment("departed_at"),
        answers=effective(told.checklist, told.state.answers, {**told.context, "header": told.state.header}),
    )


def station_numbers(work: Work) -> dict[str, str]:
    """What teams type for a station -> its code; a number that several stations bear names none."""
    bearers: dict[str, list[str]] = defaultdict(list)
    frame: dict[tuple[str, str], Any] = work.mirror.frames.at(work.at, {})
    for (kind, code), fact in frame.items():
        if kind == "station":
            bearers[str(fact.get("number"))].append(code)
    return {number: codes[0] for number, codes in bearers.items() if len(codes) == 1}
