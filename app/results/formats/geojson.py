"""GeoJSON (RFC 7946) that leaves while it is written. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson

FEATURES_AT_ONCE = 200
Point = tuple[float, float] | None
"""Longitude and latitude; None where they are not known."""


def features(members: Mapping[str, Any], every: Iterable[tuple[str, Point, Mapping[str, Any]]]) -> Iterator[bytes]:
    """A FeatureCollection of (id, point, properties), with foreign members of its own before the features."""
    yield orjson.dumps({"type": "FeatureCollection", **members})[:-1] + b',"features":['
    waiting: list[bytes] = []
    before = b""
    for id, point, properties in every:
        waiting.append(orjson.dumps(_feature(id, point, properties)))
        if len(waiting) == FEATURES_AT_ONCE:
            yield before + b",".join(waiting)
            before = b","
            waiting.clear()
    yield (before + b",".join(waiting) if waiting else b"") + b"]}"


def _feature(id: str, point: Point, properties: Mapping[str, Any]) -> dict[str, Any]:
    geometry = None if point is None else {"type": "Point", "coordinates": point}
    return {"type": "Feature", "id": id, "geometry": geometry, "properties": properties}
