"""Rows of a list of observer teams -> teams; rows of a deployment plan -> planned visits. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial

from app.setup import values
from app.setup.columns import Reading
from app.setup.complaints import Complaint, shown
from app.setup.entries import Entry, Found, Parsers, parsed, sorted_out, without_repeats
from app.setup.rows import Table

MEMBERS_MAX = 20
STAGES = ("opening", "voting", "counting", "tabulation")

TEAM_PARSERS: Parsers = {
    "team": values.code,
    "region": values.code,
    "members": partial(values.whole, low=1, high=MEMBERS_MAX),
    "type": values.code,
}
PLAN_PARSERS: Parsers = {
    "team": values.code,
    "stage": partial(values.one_of, options=STAGES),
    "station": values.code,
    "commission": values.code,
}


def team_reading(columns: Mapping[str, str], sheet: str | None = None, encoding: str | None = None) -> Reading:
    """How a list of teams is read."""
    fields, identities = tuple(TEAM_PARSERS), frozenset({"team", "region"})
    return Reading(fields, columns, (("team",),), identities, sheet=sheet, encoding=encoding)


def read_teams(table: Table) -> tuple[list[Entry], list[Complaint]]:
    """Teams as {"code", "region", "members", "type"}, without the fields that the list lacks. No names of people."""
    found = without_repeats(table, parsed(table, TEAM_PARSERS, needed=("team",)), ("team",))
    teams, complaints = sorted_out(table, found)
    return [{("code" if name == "team" else name): value for name, value in team.items()} for team in teams], complaints


def plan_reading(columns: Mapping[str, str], sheet: str | None = None, encoding: str | None = None) -> Reading:
    """How a deployment plan is read: one line a visit, in the order of the day."""
    required = (("team",), ("stage",), ("station", "commission"))
    identities = frozenset({"team", "station", "commission"})
    return Reading(tuple(PLAN_PARSERS), columns, required, identities, sheet=sheet, encoding=encoding)


def read_plan(
    table: Table, teams: frozenset[str], stations: frozenset[str], commissions: frozenset[str]
) -> tuple[list[Entry], list[Complaint]]:
    """Planned visits as {"team", "position", "place", "stage"}, numbered 1, 2, 3... within each team.

    The place is a station, for tabulation a commission; teams and places are those that the mission knows.
    """
    known = {"team": teams, "station": stations, "commission": commissions}
    found = with_place(table, parsed(table, PLAN_PARSERS, needed=("team", "stage")), known)
    visits, complaints = sorted_out(table, without_repeats(table, found, ("team", "stage", "place")))
    return numbered(visits), complaints


def with_place(table: Table, found: Iterable[Found], known: Mapping[str, frozenset[str]]) -> Iterator[Found]:
    """Visits of known teams to known places; complaints about the others."""
    for one in found:
        if isinstance(one, Complaint):
            yield one
            continue
        line, visit = one
        kind = "commission" if visit["stage"] == "tabulation" else "station"
        unknown = [name for name in ("team", kind) if visit.get(name) not in known[name]]
        if unknown:
            yield _unknown(table, line, unknown[0], visit.get(unknown[0]))
        else:
            yield line, {"team": visit["team"], "place": visit[kind], "stage": visit["stage"]}


def _unknown(table: Table, line: int, name: str, code: str | None) -> Complaint:
    if code is None:
        return table.complaint(line, name, "missing", f"{name} is blank. A visit of this stage needs one.")
    message = f'The mission has no {name} "{shown(code)}". Check the spelling, or import the {name}s first.'
    return table.complaint(line, name, f"{name}_unknown", message)


def numbered(visits: Iterable[Entry]) -> list[Entry]:
    """Visits with their position in their team's day."""
    last: dict[str, int] = {}
    positions = []
    for visit in visits:
        last[visit["team"]] = last.get(visit["team"], 0) + 1
        positions.append({**visit, "position": last[visit["team"]]})
    return positions
