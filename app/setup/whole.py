"""A mission with everything that it is made of, at once: for missions that a program brings, not a clerk."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from app.errors import Place, UrnaError
from app.forms.model import Checklist
from app.setup import imports
from app.setup.book import Book
from app.setup.imports import Order
from app.setup.merge import Report
from app.setup.missions import create_mission
from app.setup.publish import publish

LISTS = ("regions", "commissions", "stations", "teams", "plan", "candidates")
"""In the order in which each finds what it names."""


def set_up(
    connection: Connection,
    mission: Mapping[str, Any],
    lists: Mapping[str, bytes],
    forms: Iterable[Checklist],
    now: datetime,
) -> None:
    """Create the mission (arguments of `create_mission`), lay its lists in, publish its checklists.

    A station's code is its region and number. Raises UrnaError `invalid_parameter` with every complaint about a list.
    """
    book = create_mission(connection, **mission, forms=(), now=now)
    for name in LISTS:
        _refuse_complaints(name, _lay(book, name, lists[name]))
    for form in forms:
        publish(book, form)


def _lay(book: Book, name: str, data: bytes) -> Report:
    order = Order({})
    match name:
        case "stations":
            return imports.import_stations(book, data, order, ("region", "number"))
        case "regions":
            return imports.import_regions(book, data, order)
        case "commissions":
            return imports.import_commissions(book, data, order)
        case "teams":
            return imports.import_teams(book, data, order)
        case "plan":
            return imports.import_plan(book, data, order)
        case _:
            return imports.import_candidates(book, data, order)


def _refuse_complaints(name: str, report: Report) -> None:
    if report.rejected:
        places = [Place(f"{name}, line {one.line}", one.code, one.message) for one in report.rejected]
        raise UrnaError("invalid_parameter", f"The list of {name} has faults.", places)
