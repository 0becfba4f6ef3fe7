"""Numbers and times that observers of the demo fill in, by question. Pure."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from app.demo.chance import Dice, binomial
from app.demo.figures import Figures, as_entered, protocol, voted_by
from app.demo.itinerary import MIDNIGHT, stations_under
from app.demo.scene import Scene, wall


def numbers_of(scene: Scene, held: Mapping[str, Figures]) -> dict[str, Any]:
    """Question code -> number, time or text. `held`: protocols of stations that the team carries, by code."""
    dice, visit = scene.dice("numbers"), scene.visit
    match visit.stage:
        case "opening":
            return _opening(scene, dice)
        case "voting":
            return _voting(scene, dice)
        case "counting":
            return {**_counting(scene, dice), **_results(scene, dice)}
        case _:
            return {**_tabulation(scene, dice), **_entered(scene, dice, held)}


def _people(prefix: str, women: str, scene: Scene) -> dict[str, Any]:
    return {f"{prefix}_members": scene.members, women: scene.women}


def _opening(scene: Scene, dice: Dice) -> dict[str, Any]:
    voters = _listed(scene)
    late = dice.choice((0, 0, 0, 0, 0, 1, 1, 2, 4, 8)) if scene.quality == "fine" else dice.choice((0, 0, 2, 6, 14, 25))
    opened = _moment(scene, "opens_at") + timedelta(minutes=late)
    return {
        **_people("a05", "a06_women", scene),
        "a14_voters_listed": voters,
        "a15_ballots_received": round(voters * dice.uniform(1.0, 1.012)) + 1,
        "a19_boxes_fixed": 1 + voters // 1300 + dice.choice((0, 0, 1)),
        "a20_boxes_mobile": 1 + voters // 1500,
        "a24_seal_list": f"{dice.randint(100000, 899999)}, {dice.randint(100000, 899999)}",
        "a31_on_time": "yes" if late < 15 else "no",
        "a32_open_time": f"{opened:%H:%M}",
        "a38_complaints": 0,
    }


def _voting(scene: Scene, dice: Dice) -> dict[str, Any]:
    visit, listed = scene.visit, _listed(scene)
    opens = _moment(scene, "opens_at")
    before, after = ((at - opens).total_seconds() / 3600 for at in (visit.arrived, visit.departed))
    turned = dice.choice((0,) * 12 + (1, 1, 2, 3))
    return {
        **_people("b09", "b10_women", scene),
        "b15_voters_listed": listed,
        "b16_voters_supp": binomial(dice, listed, 0.004),
        "b17_voted_so_far": min(listed, voted_by(visit.place, before)),
        "b19_voted_in_visit": max(
            0, voted_by(visit.place, after) - voted_by(visit.place, before) + dice.randint(-3, 3)
        ),
        "b27_turned_away": turned,
        "b31_group_count": dice.choice((1, 1, 2, 2, 3, 5)),
        "b43_complaints": dice.choice((0,) * 30 + (1,)),
        "b46_issuing_desks": 2 + listed // 900,
    }


def _counting(scene: Scene, dice: Dice) -> dict[str, Any]:
    visit = scene.visit
    closed = _moment(scene, "closes_at") + timedelta(minutes=dice.choice((0, 0, 0, 1, 2, 5)))
    started = closed + timedelta(minutes=dice.randint(3, 14))
    signed = visit.departed - timedelta(minutes=dice.randint(8, 25))
    left = {"c42_left_reason": dice.choice(("Driver", "Night"))} if visit.left_early else {}
    stayed = "left_early" if visit.left_early else dice.choice(("protocol_signed", "copies_given", "pec_left"))
    times = {} if visit.left_early else {"c43_signed_time": wall(signed), "c43_left_time": wall(visit.departed)}
    return {
        **_people("c07", "c07_women", scene),
        "c02_close_time": wall(closed),
        "c04_queue": dice.choice((0,) * 14 + (2, 5)),
        "c10_time": wall(started),
        "c34_refused": dice.choice((1, 1, 2)),
        "c35_number": 1,
        "c42_stayed_until": stayed,
        **({"c38_we_have_copy": "no"} if visit.left_early else {}),
        **left,
        **times,
    }


NOT_READ_SHARE = 0.1
"""Lines of a protocol that the team did not get to see."""
RESULTS = {
    "r01_voters": "voters", "r02_received": "received", "r03_issued": "issued", "r04_mobile": "mobile",
    "r16_absentee": "absentee", "r05_signatures": "signatures", "r06_unused": "unused", "r07_spoiled": "spoiled",
    "r14_requests": "requests", "r08_stationary": "stationary", "r09_mobile_boxes": "mobile_boxes",
    "r10_invalid": "invalid", "r11_valid": "valid", "r13_against_all": "against_all",
    **{f"r12_c{n}": f"c{n}" for n in range(1, 7)},
}  # fmt: skip
ENTERED = {
    "t01_voters": "voters", "t02_received": "received", "t03_issued": "issued", "t04_mobile": "mobile",
    "t05_signatures": "signatures", "t06_unused": "unused", "t07_spoiled": "spoiled", "t14_requests": "requests",
    "t08_stationary": "stationary", "t09_mobile_boxes": "mobile_boxes", "t10_invalid": "invalid", "t11_valid": "valid",
    "t13_against_all": "against_all", **{f"t12_c{n}": f"c{n}" for n in range(1, 7)},
}  # fmt: skip


def _results(scene: Scene, dice: Dice) -> dict[str, Any]:
    figures = protocol(scene.visit.place, scene.quality)
    read: dict[str, Any] = {code: figures[name] for code, name in RESULTS.items()}
    for code in ("r14_requests", "r16_absentee", "r05_signatures"):
        if dice.random() < NOT_READ_SHARE:
            read[code] = {"blank": "not_observed"}
    return {**read, "r15_serial": f"{dice.randint(1, 99999):05}"}


def _tabulation(scene: Scene, dice: Dice) -> dict[str, Any]:
    total = max(stations_under().get(scene.visit.place, 0), 1)
    done = min(1.0, max(0.0, ((scene.visit.arrived - MIDNIGHT).total_seconds() / 3600 - 21.5) / 6))
    arrival = round(total * done)
    departure = min(total, arrival + round(total * dice.uniform(0.05, 0.3)))
    seen = min(departure - arrival, dice.randint(0, 9))
    return {
        **_people("d05", "d05_women", scene),
        "d08_pecs_total": total,
        "d09_recv_arrival": arrival,
        "d10_recv_departure": departure,
        "d11_handovers_seen": seen,
        "d14_waiting": dice.choice((0, 5, 10, 15, 20, 40, 60, 90, 150)),
        "d16_with_errors": min(seen, dice.choice((0, 0, 0, 1, 1, 2))) if scene.quality != "fine" else 0,
        "d19_sent_back": dice.choice((0, 0, 0, 1, 2)) if scene.quality != "fine" else 0,
        "d26_minutes": dice.choice((10, 15, 20, 45)),
        "d33_complaints": dice.choice((0,) * 9 + (1,)),
    }


def _entered(scene: Scene, dice: Dice, held: Mapping[str, Figures]) -> dict[str, Any]:
    """Beside the protocols that the team carries, what the commission entered of them."""
    codes = [code for code in held if dice.random() < 0.75][:2]
    answers: dict[str, Any] = {"d23_held": len(codes), "d24_match": "yes"}
    for number, code in enumerate(codes, start=1):
        entered = as_entered(code, held[code])
        answers["d24_match"] = "no" if entered != held[code] else answers["d24_match"]
        answers[f"d23_station_{number}"] = code
        answers.update({f"{question}_{number}": entered[name] for question, name in ENTERED.items()})
    return answers


def _listed(scene: Scene) -> int:
    return int(scene.visit.station["voters"]) if scene.visit.station else 0


def _moment(scene: Scene, which: str) -> Any:
    text = scene.visit.station[which] if scene.visit.station else "07:00"
    return MIDNIGHT + timedelta(hours=int(text[:2]), minutes=int(text[3:]))
