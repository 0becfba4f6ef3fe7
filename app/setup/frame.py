"""The sampling frame as blobs: one list a region and a manifest over them. Pure.

A phone fetches the lists of regions one by one and keeps each until its hash changes; so each is exact bytes:

    {"kind": "urna.stations", "region": code or null, "name": {language: text}, "zone": zone or null,
     "commissions": [{"code", "name"}...], "columns": ["code", "number", ...], "rows": [["0123", "0123", ...]...]}

Rows are sorted by code; a column that says nothing in the whole region is left out. The manifest names them all:

    {"kind": "urna.frame", "regions": [{"region", "stations": how many, "blob": hash}...]}
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from app.setup.entries import Entry
from app.setup.stations import BLANK, FIELDS


@dataclass(frozen=True)
class Frame:
    """Everything of a mission that has a place, each by its code."""

    regions: dict[str, Entry] = field(default_factory=dict)
    commissions: dict[str, Entry] = field(default_factory=dict)
    stations: dict[str, Entry] = field(default_factory=dict)

    def with_known_regions(self) -> "Frame":
        """Also with the regions that stations and commissions only name; "" holds those that name none."""
        named = {one.get("region") or "" for part in (self.stations, self.commissions) for one in part.values()}
        made: dict[str, Entry] = {code: {"code": code, "name": {}, "zone": None} for code in named}
        return replace(self, regions={**made, **self.regions})


def canonical(content: Any) -> bytes:
    """JSON with one spelling: sorted keys, no blanks, UTF-8."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def region_lists(frame: Frame) -> Iterator[tuple[str, bytes, int]]:
    """Code, exact bytes and number of stations of each region's list, by code."""
    full = frame.with_known_regions()
    stations, commissions = _by_region(full.stations), _by_region(full.commissions)
    for code, region in sorted(full.regions.items()):
        here = stations.get(code, [])
        yield code, canonical(_region_list(region, here, commissions.get(code, []))), len(here)


def _by_region(entries: dict[str, Entry]) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    for _, entry in sorted(entries.items()):
        found.setdefault(entry.get("region") or "", []).append(entry)
    return found


def _region_list(region: Entry, stations: list[Entry], commissions: list[Entry]) -> dict[str, Any]:
    columns = [name for name in FIELDS if name != "region" and any(station[name] is not None for station in stations)]
    return {
        "kind": "urna.stations",
        "region": region["code"] or None,
        "name": region["name"],
        "zone": region["zone"],
        "commissions": [{"code": one["code"], "name": one["name"]} for one in commissions],
        "columns": columns,
        "rows": [[station[name] for name in columns] for station in stations],
    }


def manifest(lists: Iterable[tuple[str, str, int]]) -> bytes:
    """The exact bytes of a manifest over (region, blob, number of stations)."""
    regions = [{"region": code or None, "stations": stations, "blob": blob} for code, blob, stations in lists]
    return canonical({"kind": "urna.frame", "regions": regions})


def read_frame(content: bytes, blob: Callable[[str], bytes]) -> tuple[Frame, dict[str, str]]:
    """The frame behind a manifest, and the blob of each region. `blob` gives the bytes of a hash."""
    frame, blobs = Frame(), {}
    for line in json.loads(content)["regions"]:
        code = line["region"] or ""
        _read_region(frame, code, json.loads(blob(line["blob"])))
        blobs[code] = line["blob"]
    return frame, blobs


def _read_region(frame: Frame, code: str, content: dict[str, Any]) -> None:
    region = code or None
    frame.regions[code] = {"code": code, "name": content["name"], "zone": content["zone"]}
    for one in content["commissions"]:
        frame.commissions[one["code"]] = {**one, "region": region}
    for row in content["rows"]:
        station = {**BLANK, "type": None, "region": region, **dict(zip(content["columns"], row, strict=True))}
        frame.stations[station["code"]] = station
