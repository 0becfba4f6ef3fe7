"""Versions of reports into the mirror's tables: the one before ends, probable duplicates are marked anew."""

import orjson

from app.results.bits import NOT_IN_VERSION
from app.results.duck import FOREVER, Connection, close, insert, matching
from app.results.forms import FormColumns
from app.results.mirror import Mirror
from app.results.query import COMPLETE, STAGES, STATUSES
from app.results.suspects import Group, Member, Replay, spans
from app.results.visits import MINUTES_A_DAY, Visit

COUNTING = ("draft", "finished")
"""States in which a report can be a probable duplicate."""
VISITS = ("first", "repeat")
MEMBER = "SELECT report, team, place, stage, device, arrived, answered, finished, decided FROM member"


def add_visits(mirror: Mirror, visits: list[Visit]) -> None:
    """Add versions, by rising number of the log."""
    _end_older(mirror.connection, visits)
    _mark_suspects(mirror, visits)
    until = _ends(visits)
    for code in sorted({visit.form for visit in visits}):
        own = [visit for visit in visits if visit.form == code]
        _insert_visits(mirror, mirror.forms[code], own, until)
    disputes = [
        [visit.trail.first_seq, visit.trail.from_seq, mirror.words.number(code)]
        for visit in visits
        for code in visit.disagreement
    ]
    insert(mirror.connection, "dispute", disputes)


def _end_older(connection: Connection, visits: list[Visit]) -> None:
    first: dict[int, int] = {}
    for visit in visits:
        first.setdefault(visit.trail.first_seq, visit.trail.from_seq)
    known = matching(connection, "SELECT report, form FROM member", ["report"], [[report] for report in first])
    for form in sorted({form for _, form in known}):
        close(connection, f"visit_{form}", "report", [[report, first[report]] for report, f in known if f == form])


def _ends(visits: list[Visit]) -> dict[tuple[int, int], int]:
    """(report, from_seq) -> the number of the report's next version among these."""
    ends: dict[tuple[int, int], int] = {}
    last: dict[int, int] = {}
    for visit in visits:
        report, number = visit.trail.first_seq, visit.trail.from_seq
        if report in last:
            ends[report, last[report]] = number
        last[report] = number
    return ends


def _insert_visits(mirror: Mirror, form: FormColumns, visits: list[Visit], until: dict[tuple[int, int], int]) -> None:
    wide = any(form.width(code) == "HUGEINT" for code in form.columns)
    numbers = sorted(form.numbers, key=lambda code: form.columns[code])
    rows = [
        {
            "b": _base(mirror, visit, until),
            "q": [_bits(visit.bits.get(code, NOT_IN_VERSION), wide) for code in form.columns],
            "n": [visit.numbers.get(code) for code in numbers],
        }
        for visit in visits
    ]
    shape = f'[{{"b":["BIGINT"],"q":["{"HUGEINT" if wide else "UBIGINT"}"],"n":["DOUBLE"]}}]'
    names = VISIT_NAMES + [f"q{column}" for column in form.columns.values()]
    names += [f"n{form.columns[code]}" for code in numbers]
    parts = {"b": len(VISIT_NAMES), "q": len(form.columns), "n": len(numbers)}
    picked = ", ".join(f"r.{part}[{place}]" for part, size in parts.items() for place in range(1, size + 1))
    source = f"(SELECT unnest(from_json(?, '{shape}')) AS r)"
    statement = f"INSERT INTO {form.table} ({', '.join(names)}) SELECT {picked} FROM {source}"  # noqa: S608
    mirror.connection.execute(statement, [orjson.dumps(rows).decode()])


VISIT_NAMES = [
    "report", "from_seq", "to_seq", "status", "version", "place", "team",
    "visit", "hour", "arrived", "complete", "received_us", "departed", "offset_min", "critical", "is_told",
]  # fmt: skip


def _base(mirror: Mirror, visit: Visit, until: dict[tuple[int, int], int]) -> list[int | None]:
    trail = visit.trail
    return [
        trail.first_seq,
        trail.from_seq,
        until.get((trail.first_seq, trail.from_seq), FOREVER),
        STATUSES.index(visit.status),
        visit.version,
        None if visit.place is None else mirror.place_number(visit.place),
        None if trail.team is None else mirror.teams.number(trail.team),
        None if visit.visit_no is None else int(visit.visit_no > 1),
        None if visit.arrived is None else visit.arrived % MINUTES_A_DAY // 60,
        visit.arrived,
        COMPLETE.index(visit.complete),
        trail.received_us,
        visit.departed,
        visit.offset_min,
        visit.critical,
        int(visit.is_told),
    ]


def _bits(bits: int, wide: bool) -> int | str:
    """JSON numbers end at 64 bits; wider ones travel as text."""
    return str(bits) if wide else bits


def _mark_suspects(mirror: Mirror, visits: list[Visit]) -> None:
    """Replay the versions over their groups; keep from when to when a report was a probable duplicate."""
    fresh = [(visit.trail.from_seq, _member(mirror, visit)) for visit in visits]
    connection, touched = mirror.connection, [[report] for report in {member.report for _, member in fresh}]
    before = _members(connection, ["report"], touched)
    groups = {member.group for member in (*before, *(member for _, member in fresh))} - {None}
    around = _members(connection, ["team", "place", "stage"], sorted(group for group in groups if group))
    reports = [[member.report] for member in {*before, *around}]
    standing = matching(connection, "SELECT report FROM standing_suspect", ["report"], reports)
    replay = Replay({*before, *around}, (report for (report,) in standing))
    for number, member in fresh:
        replay.put(number, member)
    ended, began = spans(replay.changes)
    close(connection, "suspect", "report", ended)
    insert(connection, "suspect", [[report, start, end or FOREVER] for report, start, end in began])
    _replace_members(mirror, visits, [member for _, member in fresh])


def _members(connection: Connection, keys: list[str], values: list[list[int]] | list[Group]) -> list[Member]:
    rows = matching(connection, MEMBER, keys, values)
    return [Member(row[0], None if row[1] is None else (row[1], row[2], row[3]), *row[4:]) for row in rows]


def _member(mirror: Mirror, visit: Visit) -> Member:
    group: Group | None = None
    if visit.place is not None and visit.trail.team is not None and visit.status in COUNTING:
        stage = STAGES.index(mirror.forms[visit.form].versions[-1][1].stage)
        group = mirror.teams.number(visit.trail.team), mirror.place_number(visit.place), stage
    device = mirror.devices.number(visit.trail.device)
    finished, decided = visit.status == "finished", visit.trail.decided
    return Member(visit.trail.first_seq, group, device, visit.arrived, visit.answered, finished, decided)


def _replace_members(mirror: Mirror, visits: list[Visit], members: list[Member]) -> None:
    newest = {member.report: (visit, member) for visit, member in zip(visits, members, strict=True)}
    gone = "(SELECT unnest(from_json(?, '[\"BIGINT\"]')))"
    mirror.connection.execute(
        f"DELETE FROM member WHERE report IN {gone}",  # noqa: S608
        [orjson.dumps(list(newest)).decode()],
    )
    rows = [
        [m.report, mirror.forms[visit.form].number, *(m.group or (None, None, None)), m.device, m.arrived, m.answered,
         int(m.finished), int(m.decided)]
        for visit, m in newest.values()
    ]  # fmt: skip
    insert(mirror.connection, "member", rows)
