"""A file's entries into a mission: read, laid over what is there, written as one entry of the log, or refused whole."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Table as Target

from app.setup import names, stations, teams
from app.setup.book import Book
from app.setup.complaints import Complaint
from app.setup.entries import Entry, Parsers
from app.setup.frame import Frame, canonical, manifest, region_lists
from app.setup.merge import Report, merge
from app.setup.projection import CANDIDATES, COMMISSIONS, PLANS, REGIONS, STATIONS, TEAMS, rows_of
from app.setup.publish import languages_of, publish_again
from app.setup.rows import Table, read_table


@dataclass(frozen=True)
class Order:
    """What is asked of an import. `columns`: field -> header of the file."""

    columns: Mapping[str, str]
    dry_run: bool = False
    partial: bool = False
    sheet: str | None = None
    encoding: str | None = None


Kept = dict[str, Entry]
"""What a mission has of a kind, by key."""
Blank = Callable[[Entry], Entry]


def import_stations(book: Book, data: bytes, order: Order, code_from: Sequence[str] = ()) -> Report:
    """Stations into the frame; their codes are made of the fields `code_from`."""
    table = read_table(data, stations.reading(order.columns, code_from, order.sheet, order.encoding))
    found, complaints = stations.read_stations(table, code_from)
    frame = frame_of(book)
    return _lay_in(
        order, table, complaints, frame.stations, _by("code", found),
        blank=lambda station: {**stations.BLANK, "name": station["number"]},
        write=lambda entries: write_frame(book, replace(frame, stations=entries)),
    )  # fmt: skip


def import_commissions(book: Book, data: bytes, order: Order) -> Report:
    """Commissions into the frame."""
    table, found, complaints = _read_named(book, data, order, names.COMMISSIONS)
    frame = frame_of(book)
    return _lay_in(
        order, table, complaints, frame.commissions, _by("code", found),
        blank=_blank("region"),
        write=lambda entries: write_frame(book, replace(frame, commissions=entries)),
    )  # fmt: skip


def import_regions(book: Book, data: bytes, order: Order) -> Report:
    """Names and time zones of regions into the frame; without them regions are what stations name."""
    table, found, complaints = _read_named(book, data, order, names.REGIONS)
    frame = frame_of(book)
    return _lay_in(
        order, table, complaints, frame.regions, _by("code", found),
        blank=_blank("zone"),
        write=lambda entries: write_frame(book, replace(frame, regions=entries)),
    )  # fmt: skip


def import_teams(book: Book, data: bytes, order: Order) -> Report:
    """Observer teams. Codes only: who their people are is kept elsewhere."""
    table = read_table(data, teams.team_reading(order.columns, order.sheet, order.encoding))
    found, complaints = teams.read_teams(table)
    have = _by("code", _rows(book, TEAMS))
    return _lay_in(
        order, table, complaints, have, _by("code", found),
        blank=_blank("region", "members", "type"),
        write=lambda entries: write_list(book, "setup.teams", entries),
    )  # fmt: skip


def import_plan(book: Book, data: bytes, order: Order) -> Report:
    """Planned visits. The plan of a team that the file names is replaced; the plans of other teams stay."""
    table = read_table(data, teams.plan_reading(order.columns, order.sheet, order.encoding))
    frame, known = frame_of(book), frozenset(team["code"] for team in _rows(book, TEAMS))
    found, complaints = teams.read_plan(table, known, frozenset(frame.stations), frozenset(frame.commissions))
    planned = {visit["team"] for visit in found}
    have = {_visit_key(visit): visit for visit in _rows(book, PLANS)}
    laid = {_visit_key(visit): visit for visit in found}
    gone = {key for key, visit in have.items() if visit["team"] in planned and key not in laid}
    return _lay_in(
        order, table, complaints, have, laid,
        blank=_blank(),
        write=lambda entries: write_list(book, "setup.plan", {k: v for k, v in entries.items() if k not in gone}),
        more_changes=bool(gone),
    )  # fmt: skip


def import_candidates(book: Book, data: bytes, order: Order) -> Report:
    """Candidates in the order of the ballot; checklists that name them get their next version.

    Candidates that the file lacks come after its own.
    """
    table, found, complaints = _read_named(book, data, order, names.CANDIDATES)
    have = _by("code", sorted(_rows(book, CANDIDATES), key=lambda row: int(row["position"])))

    def write(entries: Kept) -> None:
        ballot = [*laid, *(code for code in entries if code not in laid)]
        placed = {code: {**entries[code], "position": place} for place, code in enumerate(ballot, start=1)}
        write_list(book, "setup.candidates", placed)
        publish_again(book)

    laid = {one["code"]: {**one, "position": place} for place, one in enumerate(found, start=1)}
    return _lay_in(order, table, complaints, have, laid, blank=_blank(), write=write)


def frame_of(book: Book) -> Frame:
    """The mission's frame as it stands."""
    regions = [_without(row, "blob") for row in _rows(book, REGIONS)]
    return Frame(_by("code", regions), _by("code", _rows(book, COMMISSIONS)), _by("code", _rows(book, STATIONS)))


def write_frame(book: Book, frame: Frame) -> int:
    """Keep each region's list under its hash and append the manifest over them; the entry's number."""
    lists = [(code, book.keep(content), stations) for code, content, stations in region_lists(frame)]
    return book.write("setup.stations", manifest(lists))


def write_list(book: Book, kind: str, entries: Kept) -> int:
    """Append all entries of a kind as one blob; the entry's number."""
    return book.write(kind, canonical({"kind": kind, "rows": [entries[key] for key in sorted(entries)]}))


def _lay_in(
    order: Order,
    table: Table,
    complaints: list[Complaint],
    have: Kept,
    found: Kept,
    *,
    blank: Blank,
    write: Callable[[Kept], object],
    more_changes: bool = False,
) -> Report:
    if complaints and not order.partial:
        return Report(rejected=complaints, notes=table.notes)
    merged = merge(have, found, blank)
    if not order.dry_run and (merged.created or merged.updated or more_changes):
        write(merged.entries)
    return Report(merged.created, merged.updated, merged.unchanged, complaints, table.notes)


def _read_named(book: Book, data: bytes, order: Order, parsers: Parsers) -> tuple[Table, list[Entry], list[Complaint]]:
    table = read_table(data, names.reading(parsers, order.columns, order.sheet, order.encoding))
    return table, *names.read_named(table, parsers, languages_of(book))


def _rows(book: Book, target: Target) -> list[Entry]:
    return [_without(row, "mission") for row in rows_of(book.connection, target, book.mission)]


def _without(entry: Entry, name: str) -> Entry:
    return {key: value for key, value in entry.items() if key != name}


def _by(name: str, entries: Sequence[Entry]) -> Kept:
    return {entry[name]: entry for entry in entries}


def _visit_key(visit: Entry) -> str:
    return f"{visit['team']}\n{visit['position']:04}"


def _blank(*fields: str) -> Blank:
    return lambda _: dict.fromkeys(fields)
