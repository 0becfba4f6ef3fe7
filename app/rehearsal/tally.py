"""What a rehearsal measures as it goes. Pure but for nobody's clock: moments come in as seconds since the start."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

SLICES = 60
PERCENTILES = (50, 90, 95, 99)


@dataclass
class Tally:
    """Times are seconds since the start; latencies are seconds."""

    pushes: list[tuple[float, float, int]] = field(default_factory=list)
    """(when answered, latency, operations settled) of each push that was answered with 200."""
    pulls: list[tuple[float, float]] = field(default_factory=list)
    failures: list[tuple[float, str]] = field(default_factory=list)
    """(when, what): a status, or the name of a network's error. Each is tried again."""
    lags: list[float] = field(default_factory=list)
    """From making an operation to its receipt."""
    made: list[float] = field(default_factory=list)
    settled: list[float] = field(default_factory=list)
    bytes_up: int = 0
    bytes_down: int = 0

    def retries(self) -> dict[str, int]:
        return dict(sorted(Counter(what for _, what in self.failures).items()))

    def timeline(self, whole_s: float) -> list[dict[str, Any]]:
        """The run in equal slices."""
        width = max(whole_s, 0.001) / SLICES
        return [self._slice(number * width, (number + 1) * width) for number in range(SLICES)]

    def _slice(self, begin: float, end: float) -> dict[str, Any]:
        took = [latency for at, latency, _ in self.pushes if begin <= at < end]
        return {
            "at_s": round(begin, 2),
            "operations_per_s": round(sum(n for at, _, n in self.pushes if begin <= at < end) / (end - begin), 2),
            "pushes": len(took),
            "failures": sum(begin <= at < end for at, _ in self.failures),
            "waiting": sum(at < end for at in self.made) - sum(at < end for at in self.settled),
            "push_ms": milliseconds(took),
        }


def milliseconds(seconds: Sequence[float]) -> dict[str, float]:
    """Percentiles and the greatest; empty for none."""
    if not seconds:
        return {}
    ordered = sorted(seconds)
    found = {f"p{p}": ordered[min(len(ordered) - 1, len(ordered) * p // 100)] for p in PERCENTILES}
    return {name: round(value * 1000, 1) for name, value in {**found, "max": ordered[-1]}.items()}
