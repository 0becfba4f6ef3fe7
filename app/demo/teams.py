"""Teams of observers and what each is to do on the day. Pure; who the observers are is nowhere."""

from functools import cache

from app.demo.chance import Dice, apportioned, dice_of
from app.demo.kazakhstan import Line, commission_code, station_code, stations
from app.demo.regions import REGIONS, RegionFacts

TEAMS = 150
TEAMS_PER_REGION_MIN = 3
VOTING_VISITS_PLANNED = 9
OF_PARLIAMENTS = 26
"""Teams of visiting parliamentarians: the same checklists, other hours, mostly no count."""
COUNT_VOTERS_MIN = 150
SHARED_SHARE = 0.06
"""Stations on a route that stand on another team's route too."""


@cache
def teams() -> tuple[Line, ...]:
    """150 teams of two, each twelfth of three, spread over the regions by their voters."""
    spread = apportioned(TEAMS - TEAMS_PER_REGION_MIN * len(REGIONS), [region.voters for region in REGIONS])
    regions = [r.code for r, more in zip(REGIONS, spread, strict=True) for _ in range(more + TEAMS_PER_REGION_MIN)]
    visiting = frozenset(dice_of("parliaments").sample(range(TEAMS), OF_PARLIAMENTS))
    return tuple(
        {
            "team": f"{number + 1:04}",
            "region": region,
            "members": 3 if number % 12 == 7 else 2,
            "type": "parliament" if number in visiting else "mission",
        }
        for number, region in enumerate(regions)
    )


@cache
def plan() -> tuple[Line, ...]:
    """Each team's day in order: one opening, nine visits of voting, one count, one tabulation."""
    by_region: dict[str, list[str]] = {}
    for team in teams():
        by_region.setdefault(team["region"], []).append(team["team"])
    used: set[str] = set()
    lines: list[Line] = []
    for region in REGIONS:
        codes = by_region[region.code]
        for turn, code in enumerate(codes):
            lines += _plan_of(region, code, turn / len(codes), used)
    return tuple(lines)


def _plan_of(region: RegionFacts, team: str, turn: float, used: set[str]) -> list[Line]:
    """Stations of two or three districts, two of them side by side in the list, that no team has yet but for a few."""
    dice = dice_of("plan", team)
    first = int(turn * len(region.areas))
    areas = {first, (first + 1) % len(region.areas), dice.randrange(len(region.areas))}
    near = {commission_code(region, area + 1) for area in areas}
    choice = [line for line in stations() if line["commission"] in near and line["type"] != "abroad"]
    route = _route(dice, choice, used)
    used.update(map(station_code, route))
    stages = ["opening", *["voting"] * (len(route) - 2), "counting"]
    visits = [_visit(team, stage, station_code(line), None) for stage, line in zip(stages, route, strict=True)]
    return [*visits, _visit(team, "tabulation", None, route[-1]["commission"])]


def _visit(team: str, stage: str, station: str | None, commission: str | None) -> Line:
    return {"team": team, "stage": stage, "station": station, "commission": commission}


def _route(dice: Dice, choice: list[Line], used: set[str]) -> list[Line]:
    """Opening, voting, count. The first and the last are ordinary stations with a count worth watching."""
    fresh = [line for line in choice if station_code(line) not in used]
    large = [line for line in fresh if line["type"] == "ordinary" and line["voters"] >= COUNT_VOTERS_MIN]
    opening, counting = dice.sample(large, 2)
    others = [line for line in fresh if line not in (opening, counting)]
    voting = [
        dice.choice(choice) if dice.random() < SHARED_SHARE else line
        for line in dice.sample(others, VOTING_VISITS_PLANNED)
    ]
    return [opening, *{station_code(line): line for line in voting}.values(), counting]
