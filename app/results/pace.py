"""How fast a log grows, and whether answers of now may share the number they stand on. Pure: takes the clock.

While phones send hundreds of reports a second every question would find a number of its own, and fifty analysts with
one question would cost fifty counts.
"""

from dataclasses import dataclass
from math import inf

SHARED_S = 0.5
"""How long a number is shared: with the count itself an answer is within the second that the mirror may be behind."""
POURS_PER_S = 100
"""More entries a second than people who look at one another's work write: they see it at once."""


@dataclass
class Pace:
    """Of one mirror; `note` it whenever the mirror has caught up."""

    began_s: float = -inf
    began_at: int = 0
    stood_s: float = -inf
    pours: bool = False

    def note(self, number: int, at_s: float) -> None:
        """The mirror has everything up to `number`, which was the head at `at_s` of a clock that only goes forward."""
        self.stood_s = at_s
        if at_s - self.began_s >= SHARED_S:
            self.pours = self.began_s > -inf and number - self.began_at > POURS_PER_S * (at_s - self.began_s)
            self.began_s, self.began_at = at_s, number

    def shares(self, now_s: float) -> bool:
        """Whether the mirror stood at the head just now and entries pour in."""
        return self.pours and now_s - self.stood_s < SHARED_S
