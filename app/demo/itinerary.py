"""Where each team was on 20 November 2022 and when: visits in local wall time. Pure, with a fixed seed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import groupby

from app.demo.chance import Dice, dice_of
from app.demo.kazakhstan import Line, commissions, station_code, stations
from app.demo.teams import plan, teams

FORMS = {"opening": "A", "voting": "B", "counting": "C", "tabulation": "D"}
MIDNIGHT = datetime(2022, 11, 20)  # noqa: DTZ001  wall time at the place, whose zone stands beside it

OTHER_STATION_SHARE = 0.05
"""Visits to a station that was not planned: the road was closed, or the planned one could not be found."""
SHORT_VISIT_SHARE = 0.04
SECOND_VISIT_SHARE = 0.25
"""Teams that see a station of the morning once more before closing."""
COUNT_SHARES = {"mission": 0.97, "parliament": 0.35}
LEFT_EARLY_SHARE = 0.06
NIGHT_AT_COMMISSION_SHARE = 0.66
MORNING_AT_COMMISSION_SHARE = 0.46


@dataclass(frozen=True)
class Visit:
    """One visit of a team to a place. `station` is None at a commission. Times are wall times there."""

    team: str
    stage: str
    place: str
    station: Line | None
    zone: str
    arrived: datetime
    departed: datetime
    visit_no: int = 1
    left_early: bool = False

    @property
    def form(self) -> str:
        return FORMS[self.stage]

    @property
    def key(self) -> str:
        """What names the visit among all."""
        return f"{self.team}/{self.form}/{self.place}/{self.arrived:%dT%H:%M}"


@cache
def station_lines() -> dict[str, Line]:
    """Every station by its code."""
    return {station_code(line): line for line in stations()}


@cache
def _neighbours() -> dict[str, list[str]]:
    """Codes of the stations under each commission."""
    by_commission: dict[str, list[str]] = {}
    for code, line in station_lines().items():
        by_commission.setdefault(line["commission"], []).append(code)
    return by_commission


@cache
def _zones() -> dict[str, str]:
    """Zone of each commission: that of a station under it."""
    return {code: station_lines()[under[0]]["zone"] for code, under in _neighbours().items()}


@cache
def visits() -> tuple[Visit, ...]:
    """Everything that all teams did, team by team, each in its order."""
    kinds = {line["team"]: line["type"] for line in teams()}
    days = groupby(plan(), key=lambda line: line["team"])
    return tuple(visit for team, planned in days for visit in _day(team, kinds[team], list(planned)))


def _day(team: str, kind: str, planned: list[Line]) -> Iterator[Visit]:
    dice = dice_of("day", team)
    opening = _opening(dice, team, planned[0])
    voting = list(_voting(dice, team, [line for line in planned if line["stage"] == "voting"], opening.departed))
    yield from (opening, *voting)
    count = _counting(dice, team, planned[-2]) if dice.random() < COUNT_SHARES[kind] else None
    if count:
        yield count
    yield from _tabulation(dice, team, planned[-1]["commission"], count)


def _at(text: str) -> datetime:
    return MIDNIGHT + timedelta(hours=int(text[:2]), minutes=int(text[3:]))


def _minutes(dice: Dice, low: float, high: float) -> timedelta:
    return timedelta(minutes=round(dice.uniform(low, high)))


def _opening(dice: Dice, team: str, line: Line) -> Visit:
    station = station_lines()[line["station"]]
    opens = _at(station["opens_at"])
    arrived, departed = opens - _minutes(dice, 35, 60), opens + _minutes(dice, 12, 40)
    return Visit(team, "opening", line["station"], station, station["zone"], arrived, departed)


def _voting(dice: Dice, team: str, planned: list[Line], clock: datetime) -> Iterator[Visit]:
    """One station after the other until dusk, with a meal between; then perhaps one of them once more."""
    seen: list[str] = []
    hungry = True
    for line in planned:
        code = _perhaps_another(dice, line["station"])
        station = station_lines()[code]
        clock += _travel(dice, station)
        if hungry and clock.hour >= 13:
            clock, hungry = clock + _minutes(dice, 35, 60), False
        if clock > _at("18:20"):
            return
        visit = _voting_visit(dice, team, code, clock, 1 + seen.count(code))
        seen.append(code)
        clock = visit.departed
        yield visit
    if clock < _at("17:45") and dice.random() < SECOND_VISIT_SHARE:
        code = dice.choice(seen)
        clock += _travel(dice, station_lines()[code])
        yield _voting_visit(dice, team, code, clock, 1 + seen.count(code))


def _voting_visit(dice: Dice, team: str, code: str, arrived: datetime, visit_no: int) -> Visit:
    station = station_lines()[code]
    stay = _minutes(dice, 14, 27) if dice.random() < SHORT_VISIT_SHARE else _minutes(dice, 30, 52)
    return Visit(team, "voting", code, station, station["zone"], arrived, arrived + stay, visit_no)


def _perhaps_another(dice: Dice, code: str) -> str:
    if dice.random() >= OTHER_STATION_SHARE:
        return code
    return dice.choice(_neighbours()[station_lines()[code]["commission"]])


def _travel(dice: Dice, station: Line) -> timedelta:
    return _minutes(dice, 8, 22) if station["settlement"] == "urban" else _minutes(dice, 12, 38)


def _counting(dice: Dice, team: str, line: Line) -> Visit:
    """From before closing until the protocol is signed: large stations count longer."""
    station = station_lines()[line["station"]]
    arrived = _at("19:15") + _minutes(dice, -10, 25)
    left_early = dice.random() < LEFT_EARLY_SHARE
    hours = dice.uniform(0.7, 1.5) if left_early else 1.9 + station["voters"] / 1400 * dice.uniform(0.8, 1.7)
    departed = _at("20:00") + timedelta(minutes=round(60 * min(hours, 6.2)))
    place = line["station"]
    return Visit(team, "counting", place, station, station["zone"], arrived, departed, left_early=left_early)


def _tabulation(dice: Dice, team: str, commission: str, count: Visit | None) -> Iterator[Visit]:
    """With the protocol to the commission at night, and back there in the morning."""
    zone, number = _zones()[commission], 0
    if count and not count.left_early and dice.random() < NIGHT_AT_COMMISSION_SHARE:
        number += 1
        arrived = count.departed + _minutes(dice, 14, 45)
        yield Visit(team, "tabulation", commission, None, zone, arrived, arrived + _minutes(dice, 55, 165), number)
    if dice.random() < MORNING_AT_COMMISSION_SHARE:
        arrived = _at("08:45") + timedelta(days=1) + _minutes(dice, 0, 90)
        yield Visit(team, "tabulation", commission, None, zone, arrived, arrived + _minutes(dice, 45, 100), number + 1)


@cache
def stations_under() -> dict[str, int]:
    """How many stations report to each commission."""
    under = {code: len(codes) for code, codes in _neighbours().items()}
    return {line["code"]: under.get(line["code"], 0) for line in commissions()}
