"""T15: how good the data are: what was left empty, how long visits took, duplicates, edits, answers all alike."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, timezone

from app.forms.across import Visit, k15
from app.results.bits import BLANKS, MISSING, NOT_APPLICABLE, NOT_IN_VERSION, OBSERVED, option_bit
from app.results.forms import FormColumns, Question
from app.results.query import STATUSES
from app.results.source import rows_from
from app.results.tables.shape import NUMBER, TEXT, Column, Part, Row, counts, shared, with_share, words
from app.results.tables.work import Work

UNASKED = NOT_IN_VERSION | NOT_APPLICABLE
STRAIGHT = {"yes_no": ("yes", 5), "four_point": ("very_good", 3)}
"""Measure -> the answer that is given without looking, and how many of them make a straight line."""
SUMS = ("visits", "asked", "missing", "edited", "all_yes", "all_very_good")
FINISHED = STATUSES.index("finished")


def t15(work: Work) -> tuple[Part, ...]:
    """Each team and each question: shares of what was asked and left empty, and what makes one look twice."""
    teams = (
        *words("team"),
        *counts("visits", "asked", "missing"),
        shared("share_missing", "missing", "asked"),
        Column("median_visit_min", NUMBER),
        *counts("suspected_duplicates", "edited", "all_yes", "all_very_good", "overlaps"),
    )
    items = (
        *words("form", "item"),
        Column("label", TEXT),
        *counts("visits", "asked", *BLANKS),
        shared("share_missing", "missing", "asked"),
    )
    return (
        Part("teams", ("team",), teams, list(_teams(work)), sentence="quality"),
        Part("items", ("form", "item"), items, [_item(entry) for entry in work.entries()], sentence="left_empty"),
    )


def _item(entry: Row) -> Row:
    question, [row] = entry["question"], entry["rows"]
    head = {"form": question["form"], "item": question["code"], "label": question["label"]}
    cells = {name: row[name] for name in ("visits", "asked", *BLANKS)}
    return with_share({**head, **cells}, "share_missing", "missing", "asked")


def _teams(work: Work) -> Iterator[Row]:
    sums: dict[int | None, Counter[str]] = defaultdict(Counter)
    for form in work.asked.forms:
        for team, *figures in work.mirror.cursor().execute(_figures(work, form)).fetchall():
            sums[team].update(dict(zip(SUMS, figures, strict=True)))
    medians, suspects, overlaps = _medians(work), _suspects(work), _overlaps(work)
    for team in sorted({*sums, *suspects}, key=lambda number: work.mirror.teams.text(number) or "\uffff"):
        code = work.mirror.teams.text(team)
        row: Row = {"team": code, **{name: sums[team][name] for name in SUMS}}
        more = {"median_visit_min": medians.get(team), "suspected_duplicates": suspects[team]}
        yield with_share({**row, **more, "overlaps": overlaps[code or ""]}, "share_missing", "missing", "asked")


def _figures(work: Work, form: FormColumns) -> str:
    """One row a team, of one checklist."""
    questions = list(work.questions(form).values())
    asked = _sum(f"((v.q{q.column} & {UNASKED}) = 0)::INTEGER" for q in questions)
    missing = _sum(f"((v.q{q.column} & {MISSING}) <> 0)::INTEGER" for q in questions)
    straight = [f"count(*) FILTER ({_straight(questions, m, *rule)})" for m, rule in STRAIGHT.items()]
    edited = f"count(*) FILTER (v.from_seq > ({_first_finish(work, form)}))"
    figures = f"count(*), sum({asked})::BIGINT, sum({missing})::BIGINT, {edited}, {', '.join(straight)}"
    return f"SELECT v.team, {figures} FROM {rows_from(work.asked, form)} GROUP BY v.team"  # noqa: S608


def _first_finish(work: Work, form: FormColumns) -> str:
    standing = f"e.report = v.report AND e.status = {FINISHED} AND e.from_seq <= {work.at}"
    return f"SELECT min(e.from_seq) FROM {form.table} e WHERE {standing}"  # noqa: S608


def _straight(questions: Iterable[Question], measure: str, answer: str, at_least: int) -> str:
    own = [q for q in questions if q.item.measure == measure and answer in q.options]
    if len(own) < at_least:
        return "false"
    observed = _sum(f"(v.q{q.column} >= {OBSERVED})::INTEGER" for q in own)
    given = _sum(f"((v.q{q.column}::HUGEINT & {option_bit(q.options, answer)}) <> 0)::INTEGER" for q in own)
    return f"{observed} >= {at_least} AND {observed} = {given}"


def _sum(terms: Iterable[str]) -> str:
    return f"({' + '.join(terms) or '0'})"


def _medians(work: Work) -> dict[int | None, float]:
    """Minutes from arrival to departure."""
    stays = [
        f"SELECT v.team, v.departed - v.arrived AS stay FROM {rows_from(work.asked, form)}"  # noqa: S608
        for form in work.asked.forms
    ]
    if not stays:
        return {}
    query = f"SELECT team, median(stay) FROM ({' UNION ALL '.join(stays)}) WHERE stay > 0 GROUP BY team"  # noqa: S608
    return dict(work.mirror.cursor().execute(query).fetchall())


def _suspects(work: Work) -> Counter[int | None]:
    found: Counter[int | None] = Counter()
    for form in work.asked.forms:
        query = f"SELECT v.team, count(*) FROM {rows_from(work.asked, form, suspected=True)} GROUP BY v.team"  # noqa: S608
        found.update(dict(work.mirror.cursor().execute(query).fetchall()))
    return found


def _overlaps(work: Work) -> Counter[str]:
    """Pairs of visits of one team to different places at one time (K15)."""
    names = "v.report, v.team, v.place, v.arrived, v.departed, v.offset_min"
    found: Counter[str] = Counter()
    visits: list[Visit] = []
    for form, newest in work.forms():
        if newest.stage != "incident":
            query = f"SELECT {names} FROM {rows_from(work.asked, form)} AND v.departed > v.arrived"  # noqa: S608
            rows = work.mirror.cursor().execute(query).fetchall()
            visits += [_visit(work, newest.code, *row) for row in rows]
    teams = {visit.report_id: visit.team for visit in visits}
    for one in k15(visits):
        found[teams[one.reports[0]]] += one.result == "fail"
    return found


def _visit(
    work: Work, form: str, report: int, team: int | None, place: int | None, arrived: int, departed: int, offset: int
) -> Visit:
    midnight = datetime.combine(work.mirror.day(), datetime.min.time(), timezone(timedelta(minutes=offset)))
    came, went = (midnight + timedelta(minutes=minutes) for minutes in (arrived, departed))
    name, where = work.mirror.teams.text(team) or "", None if place is None else str(place)
    return Visit(str(report), form, name, "", where, arrived_at=came, departed_at=went)
