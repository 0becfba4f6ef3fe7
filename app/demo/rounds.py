"""When the phones of the demo speak to the mission: rounds of what waits, outages, answers that get lost. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from app.demo.chance import dice_of
from app.demo.itinerary import MIDNIGHT
from app.demo.regions import REGIONS
from app.demo.steps import Step, utc
from app.demo.teams import teams

OUTAGE_REGION, OUTAGE_FROM_H, OUTAGE_TO_H = "KZ-61", 15, 16
"""The region whose network was away for an hour, in its own time."""
OFFLINE_RURAL, OFFLINE_URBAN = 0.3, 0.06
"""Moments at which a phone has no network and waits until the team is back on a road."""
RESENT_SHARE = 0.1
"""Rounds whose answer got lost, so that the same operations come again."""
OPERATIONS_MAX = 50


@dataclass(frozen=True)
class Round:
    """What one phone sends at once. `resent`: it comes twice."""

    at: datetime
    steps: tuple[Step, ...]
    resent: bool

    @property
    def phone(self) -> tuple[str, int]:
        return self.steps[0].team, self.steps[0].phone


def rounds_of(steps: Sequence[Step]) -> list[Round]:
    """All rounds of the day in the order in which they reach the mission."""
    by_phone = sorted(steps, key=lambda step: (step.team, step.phone, step.at))
    phones = groupby(by_phone, key=lambda step: (step.team, step.phone))
    rounds = [one for _, own in phones for one in _rounds_of_phone(list(own))]
    return sorted(rounds, key=lambda one: (one.at, one.phone))


def _rounds_of_phone(steps: list[Step]) -> Iterator[Round]:
    """A round takes everything that waits when it starts."""
    waiting: list[Step] = []
    for step, later in zip(steps, [*steps[1:], None], strict=True):
        waiting.append(step)
        at = max(sends_at(one) for one in waiting)
        if later is None or later.at > at or len(waiting) == OPERATIONS_MAX:
            yield Round(at, tuple(waiting), dice_of("resent", step.report_id, at).random() < RESENT_SHARE)
            waiting = []


def sends_at(step: Step) -> datetime:
    """The first moment after a step at which its phone has a network."""
    dice = dice_of("network", step.report_id, step.kind, step.at)
    offline = dice.random() < (OFFLINE_RURAL if step.rural else OFFLINE_URBAN)
    at = step.at + timedelta(seconds=60 * dice.uniform(12, 80) if offline else dice.uniform(2, 25))
    begins, ends = outage()
    if regions()[step.team] == OUTAGE_REGION and begins <= at < ends:
        return ends + timedelta(seconds=dice.uniform(3, 420))
    return at


def outage() -> tuple[datetime, datetime]:
    """Begin and end of the outage."""
    [zone] = [region.zone for region in REGIONS if region.code == OUTAGE_REGION]
    begins, ends = (utc(MIDNIGHT + timedelta(hours=hour), zone) for hour in (OUTAGE_FROM_H, OUTAGE_TO_H))
    return begins, ends


def regions() -> dict[str, str]:
    """Region of each team."""
    return {line["team"]: line["region"] for line in teams()}
