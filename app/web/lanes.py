"""Lanes for slow work: hashing what strangers type, counting for readers. Neither may starve the phones.

A lane has threads of its own and a bound on who waits; waiting costs no thread.
"""

import ipaddress
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from anyio import CapacityLimiter, to_thread
from fastapi import Request

from app.errors import UrnaError
from app.web.limits import Bucket

Found = TypeVar("Found")
WRONG = ("invalid_credentials", "second_factor", "code_unknown")
"""Faults that a guess brings."""
COUNTS_WAITING_MAX = 500


class Lane:
    """`at_once` pieces of work, each taking `least_s` or more; others wait, up to `waiting_max`, of one name up to
    `of_one_max`: who floods it stands in nobody's way but the own."""

    def __init__(self, at_once: int, waiting_max: int, least_s: float = 0, of_one_max: int | None = None) -> None:
        self._at_once, self._waiting_max, self._least_s = at_once, waiting_max, least_s
        self._of_one_max = at_once + waiting_max if of_one_max is None else of_one_max
        self._limiter: CapacityLimiter | None = None
        self._inside: Counter[str] = Counter()

    async def run(self, work: Callable[[], Found], name: str = "") -> Found:
        """What `work` gives. Raises UrnaError `rate_limited` where too many wait already."""
        if self._inside.total() >= self._at_once + self._waiting_max or self._inside[name] >= self._of_one_max:
            raise UrnaError("rate_limited", headers={"Retry-After": "3"})
        self._limiter = self._limiter or CapacityLimiter(self._at_once)
        self._inside[name] += 1
        try:
            return await to_thread.run_sync(self._timed, work, limiter=self._limiter)
        finally:
            self._inside -= Counter([name])

    def _timed(self, work: Callable[[], Found]) -> Found:
        until = time.monotonic() + self._least_s
        try:
            return work()
        finally:
            time.sleep(max(0.0, until - time.monotonic()))


@dataclass
class Guard:
    """Lets guesses be slow and the right word pass.

    Who guesses wrong too often, by name or from one network, goes on in a lane of one guess a second, where each name
    has one place. Nobody is locked out: a flood on a name leaves alone those in other networks, other names in its own,
    and browsers in which that name has signed in before, each of which has a count of its own.
    """

    fast: Lane = field(default_factory=lambda: Lane(at_once=2, waiting_max=60))
    slow: Lane = field(default_factory=lambda: Lane(at_once=1, waiting_max=9, least_s=1, of_one_max=1))
    known: Lane = field(default_factory=lambda: Lane(at_once=1, waiting_max=20))
    of_name: Bucket = field(default_factory=lambda: Bucket(burst=10, per_s=10 / 300))
    of_network: Bucket = field(default_factory=lambda: Bucket(burst=50, per_s=50 / 300))

    async def run(self, request: Request, name: str, work: Callable[[], Found], browser: str = "") -> Found:
        """What `work` gives; a wrong guess is counted. `browser`: one in which this name has signed in before.

        Raises UrnaError `rate_limited` while a flood fills the lane.
        """
        network = network_of(request)
        who = browser or f"{network} {name}"
        try:
            return await self._lane(who, network, browser).run(work, who)
        except UrnaError as error:
            if error.code in WRONG:
                self.of_name.spend(who)
                self.of_network.spend(network)
            raise

    def _lane(self, who: str, network: str, browser: str) -> Lane:
        if not self.of_name.has(who):
            return self.slow
        if browser:
            return self.known
        return self.fast if self.of_network.has(network) else self.slow


@dataclass
class Guards:
    """Of an application: signing in, enrolling."""

    staff: Guard = field(default_factory=Guard)
    phones: Guard = field(
        default_factory=lambda: Guard(
            fast=Lane(at_once=2, waiting_max=400),
            of_name=Bucket(burst=100, per_s=100 / 300),
            of_network=Bucket(burst=1000, per_s=1000 / 300),
        )
    )
    """A hall of observers joins behind one address within minutes."""
    second_factor: Bucket = field(default_factory=lambda: Bucket(burst=5, per_s=1 / 300))
    """Codes tried by who knew the password."""


def guards_of(request: Request) -> Guards:
    state = request.app.state
    if not hasattr(state, "guards"):
        state.guards = Guards()
    assert isinstance(state.guards, Guards)
    return state.guards


def counting_of(request: Request) -> Lane:
    """Where an application counts for its readers, one at a time: a count takes the interpreter from whoever sends.
    Who waits for the same count finds it made."""
    state = request.app.state
    if not hasattr(state, "counting"):
        state.counting = Lane(at_once=1, waiting_max=COUNTS_WAITING_MAX)
    assert isinstance(state.counting, Lane)
    return state.counting


def network_of(request: Request) -> str:
    """The /24 or /48 that a request comes from; kept in memory alone, never written."""
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return ""
    return str(ipaddress.ip_network(f"{address}/{24 if address.version == 4 else 48}", strict=False))
