"""How observers of the demo answer one question, by its kind. Pure.

An answer is bad as often as the scene is: questions on grave things more seldom, on ramps and steps in any scene.
"""

from typing import Any

from app.demo.chance import Dice, weighted
from app.demo.scene import Scene
from app.forms.model import Item

NEGATIVE_SHARES = {
    "opening": {"fine": 0.012, "flawed": 0.1, "bad": 0.32},
    "voting": {"fine": 0.009, "flawed": 0.085, "bad": 0.3},
    "counting": {"fine": 0.025, "flawed": 0.14, "bad": 0.38},
    "tabulation": {"fine": 0.02, "flawed": 0.11, "bad": 0.32},
}
IN_ANY_SCENE = {"step_free": 0.37, "layout_disab": 0.31, "info_posted": 0.06, "on_time": 0.05}
FACTORS = {
    "tension": 0.35, "stuffing": 0.5, "proxy_multiple": 0.6, "pressure": 0.3, "boxes_empty": 0.3, "adjusted": 0.55,
    "presigned_protocol": 0.5, "blank": 0.45, "changed_here": 0.6, "crowded": 2.2, "group_voting": 3.0,
    "identical_sign": 1.6, "shown_announced": 1.5, "total_first": 1.2, "entered_before": 1.4, "sign_counted": 1.3,
    "posted": 1.3, "secret_marking": 1.4, "view": 1.2, "id_checked": 0.5, "vicinity": 0.7, "falsified": 0.5,
}  # fmt: skip
"""Against the scene's own share, by the key of the question."""
YES_SHARES = {"mobile_seen": 0.22, "saw_opening": 0.12, "recount": 0.1, "dissent": 0.02, "interrupted": 0.12,
              "aggregate_done": 0.3}  # fmt: skip
PRESENT = {"proxies": 0.55, "party_observers": 0.62, "citizen_observers": 0.48, "international_observers": 0.12,
           "media": 0.07, "police": 0.2, "officials": 0.05, "others": 0.03}  # fmt: skip
PROXIES = {"c1": 0.2, "c2": 0.12, "c3": 0.22, "c4": 0.12, "c5": 0.93, "c6": 0.1}
REASONS = {"not_on_list": 9.0, "no_id": 7.0, "wrong_station": 6.0, "already_signed": 0.3, "pec_late": 3.0}
"""Why voters were turned away or a station opened late, against 1 for any other reason."""
ASSESSMENTS = {
    "fine": {"very_good": 0.56, "good": 0.43, "bad": 0.01},
    "flawed": {"very_good": 0.07, "good": 0.5, "bad": 0.39, "very_bad": 0.04},
    "bad": {"good": 0.1, "bad": 0.62, "very_bad": 0.28},
}
NOMINAL = {
    "how_known": {"saw": 0.7, "traces": 0.18, "told": 0.12},
    "chair_gender": {"woman": 0.68, "man": 0.32},
    "queue": {"nobody": 0.52, "up_to_20": 0.41, "up_to_50": 0.06, "over_50": 0.01},
    "voted_source": {"pec_said": 0.82, "signatures": 0.06, "estimate": 0.12},
    "list_access": {"full": 0.72, "partial": 0.21, "refused": 0.07},
    "copies": {"given": 0.6, "refused": 0.12, "not_asked": 0.28},
    "we_have_copy": {"copy": 0.55, "read": 0.21, "heard": 0.07, "no": 0.17},
    "level": {"district": 0.78, "city": 0.2, "region": 0.02},
}  # fmt: skip
NOT_OBSERVED_SHARE, MISSING_SHARE, NO_ACCESS_SHARE = 0.03, 0.012, 0.12


def key_of(item: Item) -> str:
    """`b30_group_voting` -> `group_voting`."""
    return item.code.partition("_")[2]


def choose(item: Item, scene: Scene) -> Any:
    """An answer to a question with options; None where it is left empty."""
    dice, key = scene.dice(item.code), key_of(item)
    blank = blank_of(item, scene, dice)
    if blank or dice.random() < MISSING_SHARE:
        return blank
    if item.measure == "four_point":
        return weighted(dice, ASSESSMENTS[scene.quality])
    if item.type == "multiple":
        return _several(item, scene, dice, key)
    if item.measure == "frequency":
        return _frequency(item, scene, dice)
    if key in NOMINAL:
        shares = {code: share for code, share in NOMINAL[key].items() if code in {o.code for o in item.options}}
        return weighted(dice, shares)
    return _one(item, scene, dice, key)


def blank_of(item: Item, scene: Scene, dice: Dice) -> dict[str, str] | None:
    """Now and then nobody looked, or was not let near."""
    if "no_access" in item.blanks and scene.access == "restricted" and dice.random() < NO_ACCESS_SHARE:
        return {"blank": "no_access"}
    if "not_observed" in item.blanks and dice.random() < NOT_OBSERVED_SHARE:
        return {"blank": "not_observed"}
    return None


def negative_share(item: Item, scene: Scene) -> float:
    """How often this question is answered badly in such a scene."""
    key = key_of(item)
    if key in IN_ANY_SCENE:
        return IN_ANY_SCENE[key]
    return min(NEGATIVE_SHARES[scene.visit.stage][scene.quality] * FACTORS.get(key, 1.0), 0.95)


def _bad(item: Item) -> list[str]:
    return list(item.negative_when) if isinstance(item.negative_when, tuple) else []


def _one(item: Item, scene: Scene, dice: Dice, key: str) -> str:
    bad = _bad(item)
    good = [option.code for option in item.options if option.code not in bad]
    if key in YES_SHARES:
        return "yes" if dice.random() < YES_SHARES[key] else "no"
    if bad and dice.random() < negative_share(item, scene):
        return dice.choice(bad)
    return good[0] if good else item.options[0].code


def _frequency(item: Item, scene: Scene, dice: Dice) -> str:
    if dice.random() >= negative_share(item, scene):
        return "always"
    return weighted(dice, {"mostly": 0.7, "sometimes": 0.22, "never": 0.08})


def _several(item: Item, scene: Scene, dice: Dice, key: str) -> list[str]:
    options = [option.code for option in item.options]
    if key == "present":
        return [code for code in options if dice.random() < PRESENT.get(code, 0.0)] or ["none"]
    if key == "proxies":
        return [code for code in options if dice.random() < PROXIES.get(code, 0.0)] or ["c5"]
    if "none" not in options:
        return [weighted(dice, {code: REASONS.get(code, 1.0) for code in options})]
    bad = _bad(item) or [code for code in options if code != "none"]
    if dice.random() < negative_share(item, scene):
        return [dice.choice(bad)]
    return ["posters"] if "posters" in options and dice.random() < 0.12 else ["none"]
