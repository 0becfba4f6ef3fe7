"""T13 and T14: what people wrote in their own words, and the incidents with what is known of each."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from app.forms.answers import effective, option_matches
from app.forms.report import STAFF
from app.results.feed import steps_of
from app.results.folds import Told, told_of
from app.results.source import Asked
from app.results.stamp import utc
from app.results.tables.shape import FLAG, TEXT, TIME, Column, Part, Row, counts, words
from app.results.tables.work import Work
from app.results.trails import Step, folded, standing
from app.results.visits import told

COMMENTED = 1000
"""Reports of a page of comments."""
OPEN_MIN = 30
"""Minutes after which an incident that nobody has verified stands out."""
NEW = ("new", "unverified")
STATES = ("new", "verified", "rejected")
INCIDENT_IDS = {"category": "E04", "severity": "E06", "how_known": "E07", "is_ongoing": "E08", "verification": "E23",
                "narrative": "E19", "linked": "E21"}  # fmt: skip
DETAILS = "E05"


def t13(work: Work) -> tuple[Part, ...]:
    """Every comment, note and answer in words, as written."""
    rows = [row for report in told_of(work.connection, work.asked, work.asked.forms, "v.is_told")
            for row in comments_of(work, report)]  # fmt: skip
    columns = (
        *words("report_id", "stage", "form", "region", "commission", "place", "team"),
        Column("arrived_at", TIME),
        *words("item"),
        Column("label", TEXT),
        Column("text", TEXT),
        *words("lang"),
        Column("linked", TEXT),
    )
    return (Part("comments", ("report_id", "item"), columns, rows, is_cube=False),)


def comments(work: Work) -> tuple[list[Row], int | None]:
    """A page of comments, `limit` reports at a time, and `after` of the next page."""
    limit, after = work.query.limit or COMMENTED, work.query.after
    after = after if isinstance(after, int) else -1
    reports = list(told_of(work.connection, work.asked, work.asked.forms, "v.is_told", after, limit + 1))
    rows = [row for report in reports[:limit] for row in comments_of(work, report)]
    return rows, reports[limit - 1].number if len(reports) > limit else None


def comments_of(work: Work, report: Told) -> Iterator[Row]:
    """The words of one report. `linked`: its questions answered in a way that is key or critical."""
    items = {item.code: item for item in report.checklist.items()}
    linked = serious_of(report)
    for item, text in told(report.checklist, report.state):
        label = work.text(items[item].label) if item else ""
        yield {**_head(report), "item": item, "label": label, "text": text,
               "lang": report.state.header.get("lang"), "linked": linked}  # fmt: skip


def serious_of(report: Told, *kinds: str) -> list[str]:
    """Codes of questions with an answer of these kinds: key and critical, unless told otherwise."""
    answers = effective(report.checklist, report.state.answers, {**report.context, "header": report.state.header})
    return [
        item.code
        for item in report.checklist.items()
        if item.code in answers
        and any(option_matches(item, answers[item.code], getattr(item, f"{kind}_when")) for kind in kinds or _SERIOUS)
    ]


_SERIOUS = ("key", "critical")


def t14(work: Work) -> tuple[Part, ...]:
    """One row an incident, the newest first: reports with a critical answer, and incident reports joined to them.

    All of it is from the log: the state is the answer to the question on verification, since the entry and by the side
    that gave it. `open_min`: until then, or until now.
    """
    rows = sorted(_incidents(work), key=lambda row: row["received_at"], reverse=True)
    columns = (
        *words("report_id", "incident_report", "stage", "region", "commission", "place", "team"),
        Column("received_at", TIME),
        *words("category"),
        Column("details", TEXT),
        *words("severity", "how_known", "is_ongoing", "state"),
        Column("state_at", TIME),
        *words("state_by"),
        *counts("open_min"),
        Column("is_open_long", FLAG),
        Column("narrative", TEXT),
    )
    states = [{"state": state, "incidents": sum(row["state"] == state for row in rows)} for state in STATES]
    states.append({"state": "open_long", "incidents": sum(row["is_open_long"] for row in rows)})
    return (
        Part("incidents", ("report_id", "incident_report"), columns, rows, is_cube=False),
        Part("states", ("state",), (*words("state"), *counts("incidents")), states, sentence="incidents"),
    )


def _incidents(work: Work) -> Iterator[Row]:
    asked: Asked = work.asked
    own = [form for form, newest in work.forms() if newest.stage == "incident"]
    others = [form for form in asked.forms if form not in own]
    written = list(told_of(work.connection, asked, own))
    decided = _decided(work, written)
    joined = {str(link): report for report in written if (link := _by_id(report, INCIDENT_IDS["linked"]))}
    for report in told_of(work.connection, asked, others, "v.critical > 0"):
        yield _incident(work, report, joined.pop(report.report_id, None), decided)
    alone = {id(report) for report in joined.values()}
    linked = {str(_by_id(report, INCIDENT_IDS["linked"])) for report in written}
    for report in written:
        if id(report) in alone or not _by_id(report, INCIDENT_IDS["linked"]) or report.report_id in linked:
            yield _incident(work, None, report, decided)


def _decided(work: Work, written: Sequence[Told]) -> dict[str, Step]:
    """Incident report -> the entry of the log since which it says what it says of its verification."""
    steps = steps_of(work.connection, work.mirror.mission, [report.report_id for report in written], work.at)
    return {report.report_id: _since(report, steps[report.report_id]) for report in written if _is_decided(report)}


def _is_decided(report: Told) -> bool:
    return _by_id(report, INCIDENT_IDS["verification"]) in STATES[1:]


def _since(report: Told, steps: Sequence[Step]) -> Step:
    code = next(item.code for item in report.checklist.items() if item.id == INCIDENT_IDS["verification"])
    before = len(steps) - 1
    while before and standing(folded(steps[:before])).answers.get(code) == report.state.answers[code]:
        before -= 1
    return steps[before]


def _incident(work: Work, source: Told | None, written: Told | None, decided: Mapping[str, Step]) -> Row:
    first = source or written
    assert first is not None, "an incident has a report"
    found = {name: _by_id(written, id) for name, id in INCIDENT_IDS.items()} if written else {}
    details = [*(serious_of(source, "critical") if source else []), *(_chosen(written) if written else [])]
    verification = found.get("verification")
    state = verification if verification in STATES else "new"
    step = decided.get(written.report_id) if written else None
    until = step.received_at if step else work.now
    minutes = max(0, int((until - _received(first)).total_seconds() // 60))
    return {
        **_head(first),
        "report_id": source.report_id if source else None,
        "incident_report": written.report_id if written else None,
        "received_at": utc(_received(first)),
        "category": found.get("category"),
        "details": details,
        "severity": found.get("severity"),
        "how_known": found.get("how_known"),
        "is_ongoing": found.get("is_ongoing"),
        "state": state,
        "state_at": utc(step.received_at) if step else None,
        "state_by": ("staff" if step.operation.author == STAFF else "team") if step else None,
        "open_min": minutes,
        "is_open_long": state == "new" and minutes > OPEN_MIN,
        "narrative": found.get("narrative"),
    }


def _received(report: Told) -> datetime:
    return datetime.fromtimestamp(report.received_us / 1_000_000, UTC)


def _by_id(report: Told, id: str) -> Any:
    """The answer to the question of a number of the catalogue; None where it has none."""
    answers = report.state.answers
    found = (answers.get(item.code) for item in report.checklist.items() if item.id == id)
    return next((value for value in found if value is not None and not isinstance(value, dict)), None)


def _chosen(report: Told) -> list[str]:
    chosen = (report.state.answers.get(i.code) for i in report.checklist.items() if i.id == DETAILS)
    return [code for codes in chosen if isinstance(codes, list) for code in codes]


def _head(report: Told) -> Row:
    return {
        "report_id": report.report_id,
        "stage": report.checklist.stage,
        "form": report.checklist.code,
        "region": report.where["region"],
        "commission": report.where["commission"],
        "place": report.place[1] if report.place else None,
        "team": report.team,
        "arrived_at": report.state.header.get("arrived_at"),
    }
