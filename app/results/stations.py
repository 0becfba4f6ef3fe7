"""GET /v1/stations and /v1/mission: what a mission is made of, as of a number of the log."""

from collections.abc import Mapping
from typing import Any

from app.results.mirror import Mirror
from app.results.query import PLACE_DIMENSIONS, STATUSES, Query
from app.results.setup import Fact, PlaceKey, dimensions

LIMIT = 1000
FIELDS = (
    "code", "number", "name", "address", "region", "district", "commission", "settlement", "type", "voters",
    "lat", "lon", "zone", "opens_at", "closes_at", "sampled", "stratum",
)  # fmt: skip


def stations(mirror: Mirror, query: Query, at: int) -> tuple[dict[str, Any], str | None]:
    """The body without its stamp, and `after` of the next page."""
    chosen, limit = _chosen(mirror, query, at), query.limit or LIMIT
    page = [fact for fact in chosen if query.after is None or fact["code"] > str(query.after)]
    rows = [{name: fact.get(name) for name in FIELDS} for fact in page[:limit]]
    return {"stations": len(chosen), "rows": rows}, rows[-1]["code"] if len(page) > limit else None


def geojson(mirror: Mirror, query: Query, at: int) -> dict[str, Any]:
    """A FeatureCollection (RFC 7946); a station without coordinates has no geometry."""
    return {"type": "FeatureCollection", "features": [_feature(fact) for fact in _chosen(mirror, query, at)]}


def mission(mirror: Mirror, at: int) -> dict[str, Any] | None:
    """The body without its stamp; None before the mission is set up."""
    facts = mirror.facts.at(at)
    if facts is None:
        return None
    regions: Mapping[str, Fact] = mirror.regions.at(at, {})
    return {
        "mission": facts["code"],
        "name": facts["name"],
        "day": facts["day"],
        "zone": facts["zone"],
        "zones": {code: region["zone"] for code, region in sorted(regions.items()) if region["zone"]},
        "languages": facts["languages"],
        "phases": _phases(mirror, at),
        "forms": _forms(mirror, at),
        "candidates": mirror.candidates.at(at, []),
        "regions": sorted(regions.values(), key=lambda region: str(region["code"])),
        "sampling": mirror.settings(at).get("sampling"),
        "simulated": bool(mirror.settings(at).get("simulated")),
        "epoch": mirror.epoch,
    }


def _phases(mirror: Mirror, at: int) -> list[str]:
    """The stages that the published checklists cover, in the order of the day."""
    order = ("opening", "voting", "counting", "tabulation", "incident", "other")
    newest = [form.newest(at) for form in mirror.forms.values()]
    covered = {checklist.stage for checklist in newest if checklist}
    return [stage for stage in order if stage in covered]


def _forms(mirror: Mirror, at: int) -> list[dict[str, Any]]:
    """The newest version of each checklist; its bytes are at /v1/blobs/<hash>."""
    newest = [(form, checklist) for _, form in sorted(mirror.forms.items()) if (checklist := form.newest(at))]
    return [
        {
            "code": checklist.code,
            "version": checklist.version,
            "hash": form.hashes[checklist.version],
            "stage": checklist.stage,
            "place": checklist.place,
            "title": checklist.title,
            "languages": list(checklist.languages),
            "versions": {str(c.version): form.hashes[c.version] for seq, c in form.versions if seq <= at},
        }
        for form, checklist in newest
    ]


def _chosen(mirror: Mirror, query: Query, at: int) -> list[Fact]:
    """Stations that the filters leave, by code."""
    wanted = {name: values for name in PLACE_DIMENSIONS if (values := getattr(query, name))}
    places: Mapping[PlaceKey, Fact] = mirror.frames.at(at, {})
    seen = _seen(mirror, at) if query.observed is not None else set()
    found = []
    for key, fact in places.items():
        own = dimensions(key, fact)
        is_wanted = key[0] == "station" and all(own[name] in values for name, values in wanted.items())
        if is_wanted and (query.observed is None or (key in seen) == query.observed):
            found.append(fact)
    return sorted(found, key=lambda fact: str(fact["code"]))


def _seen(mirror: Mirror, at: int) -> set[PlaceKey]:
    """Places of finished reports."""
    finished, cursor = STATUSES.index("finished"), mirror.cursor()
    found: set[PlaceKey] = set()
    for form in mirror.forms.values():
        standing = f"from_seq <= {at} AND to_seq > {at} AND status = {finished} AND place IS NOT NULL"
        query = f"SELECT DISTINCT place FROM {form.table} WHERE {standing}"  # noqa: S608
        found |= {mirror.place_key(place) for (place,) in cursor.execute(query).fetchall()}
    return found


def _feature(fact: Fact) -> dict[str, Any]:
    lat, lon = fact.get("lat"), fact.get("lon")
    point = {"type": "Point", "coordinates": [lon, lat]} if lat is not None and lon is not None else None
    properties = {name: fact.get(name) for name in FIELDS if name not in ("lat", "lon")}
    return {"type": "Feature", "id": fact["code"], "geometry": point, "properties": properties}
