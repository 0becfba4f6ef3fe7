"""Turnout and results protocols of single stations: simulated, to the published shares of the country. Pure."""

from functools import cache

from app.demo.chance import Dice, apportioned, binomial, dice_of, weighted
from app.demo.itinerary import station_lines
from app.demo.kazakhstan import AGAINST_ALL, VOTES
from app.demo.regions import REGIONS

TURNOUTS = {region.code: region.turnout for region in REGIONS}
TURNOUT_BY_TYPE = {"military": 0.985, "hospital": 0.93, "detention": 0.95, "remote": 0.94, "abroad": 0.9}
ARRIVALS = (0, 7, 17, 30, 43, 54, 62, 69, 76, 82, 88, 93, 97, 100)
"""Per cent of a station's voters that have come, hour by hour from opening on."""
INVALID_SHARE, TAKEN_AWAY_SHARE = 0.036, 0.004
MOBILE_SHARE = 0.025
FAULT_SHARES = {"fine": 0.09, "flawed": 0.32, "bad": 0.58}
FAULTS = {"signatures": 35.0, "misprint": 22.0, "more_ballots": 17.0, "unused": 14.0, "invalid": 12.0}
TRANSFER_FAULT_SHARE = 0.07
"""Protocols whose figures are others in the commission's entry."""

Figures = dict[str, int]
"""R01 to R16 by key: voters, received, issued, ... and c1 to c6, against_all."""


@cache
def issued_share(code: str) -> float:
    """The share of a station's voters that receive a ballot in the end."""
    line, dice = station_lines()[code], dice_of("turnout", code)
    typical = TURNOUT_BY_TYPE.get(line["type"], TURNOUTS[line["region"]])
    village = 0.05 if line["settlement"] == "rural" and line["type"] == "ordinary" else 0.0
    return min(max(dice.gauss(typical + village, 0.07), 0.12), 0.994)


def voted_by(code: str, hours_open: float) -> int:
    """Voters of the station that have voted so many hours after it opened."""
    hour = min(max(hours_open, 0.0), 12.999)
    low, high = ARRIVALS[int(hour)], ARRIVALS[int(hour) + 1]
    come = (low + (high - low) * (hour - int(hour))) / 100
    return round(int(station_lines()[code]["voters"]) * issued_share(code) * come)


def protocol(code: str, quality: str) -> Figures:
    """What the protocol of a station says: sums that hold, but for those that do not.

    `quality` of the count: fine, flawed, bad; a bad one has more faults and a more lopsided result.
    """
    dice = dice_of("protocol", code)
    figures = _sound(dice, code, quality)
    if dice.random() < FAULT_SHARES[quality]:
        kinds = FAULTS if quality != "fine" else {kind: w for kind, w in FAULTS.items() if kind != "more_ballots"}
        _spoil(dice, figures, weighted(dice, kinds))
    return figures


def _sound(dice: Dice, code: str, quality: str) -> Figures:
    voters = station_lines()[code]["voters"] + dice.randint(0, 12)
    issued = min(voters, round(voters * min(issued_share(code) + (0.08 if quality == "bad" else 0), 0.996)))
    received = round(voters * dice.uniform(1.001, 1.01)) + 1
    spoiled = dice.choice((0, 0, 0, 1, 1, 2, 3, 5))
    mobile = min(issued, binomial(dice, issued, MOBILE_SHARE * dice.uniform(0.3, 2)))
    in_boxes = issued - binomial(dice, issued, TAKEN_AWAY_SHARE)
    invalid = binomial(dice, in_boxes, INVALID_SHARE)
    figures = {
        "voters": voters,
        "received": received,
        "issued": issued,
        "mobile": mobile,
        "absentee": binomial(dice, issued, 0.004),
        "signatures": issued,
        "unused": max(0, received - issued - spoiled),
        "spoiled": spoiled,
        "requests": mobile + dice.choice((0, 0, 0, 1, 2)),
        "stationary": in_boxes - mobile,
        "mobile_boxes": mobile,
        "invalid": invalid,
        "valid": in_boxes - invalid,
    }
    return {**figures, **_votes(dice, figures["valid"], quality)}


def _votes(dice: Dice, valid: int, quality: str) -> Figures:
    weights = {**VOTES, "against_all": AGAINST_ALL}
    drawn = {name: weight * dice.lognormvariate(0, 0.35) for name, weight in weights.items()}
    drawn["c5"] = VOTES["c5"] * (dice.uniform(1.8, 4.5) if quality == "bad" else dice.uniform(0.7, 1.5))
    return dict(zip(drawn, apportioned(valid, list(drawn.values())), strict=True))


def _spoil(dice: Dice, figures: Figures, fault: str) -> None:
    few = dice.choice((-9, -4, -3, -2, -1, 1, 1, 2, 3, 5, 10))
    match fault:
        case "signatures" | "unused" | "invalid":
            figures[fault] = max(0, figures[fault] + few)
        case "misprint":
            name = dice.choice([name for name in ("c1", "c2", "c3", "c4", "c5", "c6") if figures[name] > 0] or ["c5"])
            figures[name] = _misprinted(dice, figures[name])
        case _:
            more = dice.randint(12, 95)
            for name in ("stationary", "valid", "c5"):
                figures[name] += more


def _misprinted(dice: Dice, number: int) -> int:
    """Two digits in the wrong order, or one that was misread."""
    digits = list(str(number))
    if len(digits) > 1 and digits[-1] != digits[-2] and dice.random() < 0.6:
        digits[-1], digits[-2] = digits[-2], digits[-1]
    else:
        digits[-1] = str((int(digits[-1]) + dice.choice((1, 3, 5))) % 10)
    return int("".join(digits))


def as_entered(code: str, figures: Figures) -> Figures:
    """The same protocol in the commission's data: mostly the same, now and then not."""
    dice = dice_of("entered", code)
    if dice.random() >= TRANSFER_FAULT_SHARE:
        return dict(figures)
    more = dice.choice((7, 10, 20, 31, 100))
    return {**figures, "c5": figures["c5"] + more, "valid": figures["valid"] + more}
