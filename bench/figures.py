"""What a measure gives, and how a table of them reads."""

import os
import platform
import subprocess
from collections.abc import Iterable
from typing import NamedTuple


class Figure(NamedTuple):
    """One measured number, with the goal it is held to as text; an empty goal is context."""

    name: str
    value: float
    unit: str
    goal: str


def table(figures: Iterable[Figure]) -> str:
    """A Markdown table."""
    rows = [f"| {f.name} | {f.value:,.2f} {f.unit} | {f.goal} |" for f in figures]
    return "\n".join(["| what | measured | goal |", "|---|---|---|", *rows])


def circumstances() -> str:
    """The commit and the machine, in one line."""
    asked = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False)
    cores, load = os.cpu_count(), os.getloadavg()[0]
    return (
        f"commit {asked.stdout.strip() or 'unknown'}, Python {platform.python_version()}, {platform.machine()}, "
        f"{cores} cores, load {load:.1f} at the start"
    )
