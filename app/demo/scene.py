"""How it was at a visit: what the observers met there, before any question is asked. Pure, with a fixed seed."""

from dataclasses import dataclass
from typing import Any

from app.demo.chance import Dice, dice_of, weighted
from app.demo.itinerary import Visit
from app.demo.kazakhstan import DAY, SETTINGS
from app.demo.texts import LANGUAGE_SHARES

QUALITIES = {
    "opening": {"fine": 0.88, "flawed": 0.09, "bad": 0.03},
    "voting": {"fine": 0.87, "flawed": 0.095, "bad": 0.035},
    "counting": {"fine": 0.34, "flawed": 0.24, "bad": 0.42},
    "tabulation": {"fine": 0.62, "flawed": 0.2, "bad": 0.18},
}
"""Counts were worse than voting on that day: more than half of them were assessed negatively, as published."""
ACCESS = {
    "fine": {"full": 0.985, "restricted": 0.015},
    "flawed": {"full": 0.9, "restricted": 0.09, "removed": 0.005, "refused": 0.005},
    "bad": {"full": 0.76, "restricted": 0.19, "removed": 0.025, "refused": 0.025},
}


@dataclass(frozen=True)
class Scene:
    visit: Visit
    quality: str
    """fine, flawed, bad."""
    access: str
    language: str
    """Of the team, for what it writes."""
    members: int
    women: int

    def dice(self, what: str) -> Dice:
        """The dice for one thing at this visit."""
        return dice_of("scene", self.visit.key, what)


def scene_of(visit: Visit) -> Scene:
    """What the team met. Quality clusters in regions: some are better places than others."""
    dice = dice_of("scene", visit.key)
    luck = dice_of("luck", visit.team[:3], visit.stage).uniform(0.5, 1.6)
    shares = QUALITIES[visit.stage]
    quality = weighted(dice, {**shares, "flawed": shares["flawed"] * luck, "bad": shares["bad"] * luck})
    members = 5 + round((int(visit.station["voters"]) if visit.station else 1500) / 3000 * 6) + dice.choice((0, 0, 1))
    women = min(members, round(members * dice.uniform(0.5, 0.95)))
    language = weighted(dice_of("language", visit.team), LANGUAGE_SHARES)
    return Scene(visit, quality, weighted(dice, ACCESS[quality]), language, members, women)


def context_of(visit: Visit) -> dict[str, Any]:
    """What expressions may read beside the answers."""
    return {
        "header": {"arrived_at": wall(visit.arrived), "departed_at": wall(visit.departed), "visit_no": visit.visit_no},
        "station": dict(visit.station or {}),
        "settings": {**SETTINGS, "day": DAY},
    }


def wall(moment: Any) -> str:
    """A wall time as reports carry it."""
    return f"{moment:%Y-%m-%dT%H:%M}"
