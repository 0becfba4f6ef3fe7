"""Rows of a list of polling stations -> stations, and what is wrong with the other lines. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial

from app.setup import values
from app.setup.columns import Reading
from app.setup.complaints import Complaint
from app.setup.entries import Entry, Found, Parsers, parsed, sorted_out, without_repeats
from app.setup.rows import Table

TYPES = ("ordinary", "military", "hospital", "detention", "sanatorium", "remote", "abroad")
SETTLEMENTS = ("urban", "rural")
VOTERS_MAX = 1_000_000

PARSERS: Parsers = {
    "code": values.code,
    "number": values.code,
    "name": values.label,
    "address": values.label,
    "region": values.code,
    "district": values.label,
    "commission": values.code,
    "settlement": partial(values.one_of, options=SETTLEMENTS),
    "type": partial(values.one_of, options=TYPES),
    "voters": partial(values.whole, low=0, high=VOTERS_MAX),
    "lat": partial(values.degrees, limit=90),
    "lon": partial(values.degrees, limit=180),
    "zone": values.zone,
    "opens_at": values.clock,
    "closes_at": values.clock,
    "sampled": values.yes_no,
    "stratum": values.label,
}
FIELDS = tuple(PARSERS)
BLANK: Entry = {**dict.fromkeys(FIELDS), "address": "", "type": "ordinary"}
"""What a station says where its list says nothing: lists mark only the stations of a special type.

A name that is blank is the number.
"""

_ANEW = ", or import with --code region,number where numbers begin anew in each region"


def reading(
    columns: Mapping[str, str], code_from: Sequence[str] = (), sheet: str | None = None, encoding: str | None = None
) -> Reading:
    """How a list of stations is read, whose codes are made of the fields `code_from`."""
    identities = frozenset({"code", "number", "region", "commission"})
    required: list[tuple[str, ...]] = [(name,) for name in code_from] or [("code", "number")]
    return Reading(FIELDS, columns, required, identities, sheet=sheet, encoding=encoding)


def read_stations(table: Table, code_from: Sequence[str] = ()) -> tuple[list[Entry], list[Complaint]]:
    """Stations with a code, a number and the other fields that the list has, and complaints about its other lines.

    The code is what the fields `code_from` say, joined by hyphens; without them the column code, else the number.
    """
    found = with_codes(table, fitting_together(table, parsed(table, PARSERS)), code_from)
    return sorted_out(table, without_repeats(table, found, ("code",), _ANEW))


def fitting_together(table: Table, found: Iterable[Found]) -> Iterator[Found]:
    """Stations whose cells can be together, blanks filled; complaints about the others."""
    for one in found:
        faults = [] if isinstance(one, Complaint) else list(_odd_together(table, *one))
        if faults:
            yield from faults
        elif isinstance(one, Complaint):
            yield one
        else:
            yield one[0], {name: BLANK[name] if value is None else value for name, value in one[1].items()}


def _odd_together(table: Table, line: int, station: Entry) -> Iterator[Complaint]:
    lat, lon = station.get("lat"), station.get("lon")
    if {"lat", "lon"} <= station.keys() and (lat is None) != (lon is None):
        missing = "lat" if lat is None else "lon"
        message = f"{missing} is blank beside the other coordinate. Fill in both, or leave both blank."
        yield table.complaint(line, missing, "coordinate_alone", message)
    if lat == 0 and lon == 0:
        message = '"0" and "0" is a point in the Atlantic. Leave both blank where the place is not known.'
        yield table.complaint(line, "lat", "coordinate_zero", message)
    opens, closes = station.get("opens_at"), station.get("closes_at")
    if opens and closes and opens >= closes:
        message = f'The station would close at "{closes}" without being open after "{opens}". Check both times.'
        yield table.complaint(line, "closes_at", "times_swapped", message)


def with_codes(table: Table, found: Iterable[Found], code_from: Sequence[str]) -> Iterator[Found]:
    """Each station with the code that the mission knows it by, and a number."""
    for one in found:
        if isinstance(one, Complaint):
            yield one
        else:
            line, station = one
            blank = [name for name in _names(station, code_from) if not station.get(name)]
            if blank:
                message = f"{blank[0]} is blank, so the station cannot be told from others. Fill it in."
                yield table.complaint(line, blank[0], "missing", message)
            else:
                yield line, _coded(station, code_from)


def _names(station: Entry, code_from: Sequence[str]) -> Sequence[str]:
    """The fields that make up the code; the number stands in for a code that is not there."""
    return code_from or (("code",) if station.get("code") or "number" not in station else ("number",))


def _coded(station: Entry, code_from: Sequence[str]) -> Entry:
    code = "-".join(str(station[name]) for name in _names(station, code_from))
    number = station.get("number") or code
    named = {"name": station["name"] or number} if "name" in station else {}
    return {**station, **named, "code": code, "number": number}
