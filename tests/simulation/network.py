"""What becomes of requests and answers between phones and the mission, drawn from the seed. Pure."""

from dataclasses import dataclass, replace
from random import Random
from typing import Literal

from app.errors import UrnaError
from tests.simulation.wire import Came, Reply, Request, page, refusal

Fate = Literal["pass", "drop", "lose", "double", "portal", "garbled", "cut", "stale", "status", "unknown", "slow"]
"""drop: it reaches nobody. lose: the answer does not come back. double: it gets there again later. portal: a page with
status 200. garbled: half of the answer. cut: half of the request gets there. stale: the answer to the one before of its
kind. status: a proxy's or the server's refusal. unknown: the mission says that it does not know this phone. slow: the
answer comes after the phone has stopped waiting."""
WEIGHTS: dict[Fate, int] = {
    "pass": 70, "drop": 6, "lose": 9, "double": 6, "portal": 4, "garbled": 4, "cut": 4, "stale": 5, "status": 6,
    "unknown": 2, "slow": 4,
}  # fmt: skip
REFUSED = "<script>"
"""A text that something between phone and server refuses, while the storm lasts."""
FAILING = refusal(UrnaError("invalid_json"))
STATUSES: tuple[Reply, ...] = (
    refusal(UrnaError("body_too_large")),
    refusal(UrnaError("rate_limited", headers={"Retry-After": "20"})),
    refusal(UrnaError("busy", headers={"Retry-After": "5"})),
    refusal(UrnaError("internal")),
    page(502),
    page(511),
    page(413),
    page(503, "30"),
)


@dataclass(frozen=True)
class Passage:
    """How one request fares. Times are seconds of the world."""

    fate: Fate
    there_s: float
    back_s: float
    again_s: float
    status: Reply


def passage(seed: int, request: Request, calm: bool) -> Passage:
    """The same for the same request of the same world, whatever else happens in it."""
    dice = Random(f"{seed} {request.phone} {request.key}")
    fate = "pass" if calm else dice.choices([*WEIGHTS], [*WEIGHTS.values()])[0]
    there, back = dice.uniform(0.05, 4), dice.uniform(0.05, 4)
    if calm:
        there, back = 0.1, 0.1
    elif fate == "slow":
        there, back = dice.uniform(0.05, 60), dice.uniform(20, 60)
    return Passage(fate, there, back, dice.uniform(1, 60), dice.choice(STATUSES))


def arriving(request: Request, how: Passage) -> Request | None:
    """What gets to the server."""
    if how.fate in ("drop", "portal", "status", "unknown"):
        return None
    if how.fate == "cut" and request.body is not None:
        return replace(request, body=request.body[: len(request.body) // 2])
    return request


def returning(reply: Reply | None, before: Reply | None, how: Passage) -> Came:
    """What the phone gets; `before` is the last answer to this phone, `reply` None where the server died."""
    match how.fate:
        case "portal":
            return page()
        case "status":
            return how.status
        case "unknown":
            return refusal(UrnaError("invalid_credentials"))
        case "drop" | "lose" | "cut":
            return "nothing"
        case "stale":
            return before or "nothing"
    if reply is None:
        return "nothing"
    return replace(reply, body=reply.body[: len(reply.body) // 2]) if how.fate == "garbled" else reply
