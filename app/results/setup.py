"""Set-up entries of the log as plain facts: mission, places, teams, plan, checklists, candidates. Pure.

The blobs' shapes are those that the setup room writes; `kind` names them.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from app.forms.model import Checklist

Fact = dict[str, Any]
PlaceKey = tuple[str, str]
"""(kind, code): a station, or a commission."""


@dataclass
class History:
    """Values of one kind of set-up, each standing from its number of the log on."""

    entries: list[tuple[int, Any]] = field(default_factory=list)

    def add(self, from_seq: int, value: Any) -> None:
        self.entries.append((from_seq, value))

    def at(self, number: int, default: Any = None) -> Any:
        """What stands at a number."""
        return next((value for from_seq, value in reversed(self.entries) if from_seq <= number), default)


def read_frame(content: bytes, blob: Callable[[str], bytes]) -> tuple[dict[PlaceKey, Fact], dict[str, Fact]]:
    """Places and regions behind a manifest. `blob` gives the bytes of a hash."""
    places: dict[PlaceKey, Fact] = {}
    regions: dict[str, Fact] = {}
    for line in json.loads(content)["regions"]:
        part, region = json.loads(blob(line["blob"])), line["region"]
        if region is not None:
            regions[region] = {"code": region, "name": part["name"], "zone": part["zone"]}
        for commission in part["commissions"]:
            places["commission", commission["code"]] = {**commission, "region": region}
        for row in part["rows"]:
            station = {"region": region, **dict(zip(part["columns"], row, strict=True))}
            places["station", station["code"]] = station
    return places, regions


def read_checklist(content: bytes) -> Checklist:
    return Checklist.model_validate_json(content)


def dimensions(key: PlaceKey, place: Fact) -> dict[str, str | None]:
    """What a place is grouped by. A commission has a region and is its own commission."""
    kind, code = key
    return {
        "region": place.get("region"),
        "district": place.get("district"),
        "commission": code if kind == "commission" else place.get("commission"),
        "settlement": place.get("settlement"),
        "ps_type": place.get("type"),
        "stratum": place.get("stratum"),
    }
