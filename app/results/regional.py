"""Keep a reader to regions. Pure."""

from collections.abc import Set
from dataclasses import replace

from app.errors import UrnaError
from app.results.query import Query


def within(query: Query, regions: Set[str] | None) -> Query:
    """The query of a reader who sees these regions alone; None sees the whole mission.

    Raises UrnaError `forbidden` where it asks for another region.
    """
    if regions is None:
        return query
    if not regions or not set(query.region) <= regions:
        raise UrnaError("forbidden", "You see your own regions alone; leave region= out for all of them.")
    return replace(query, region=query.region or tuple(sorted(regions)))
