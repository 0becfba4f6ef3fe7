"""The columnar read model of one mission's log: DuckDB in memory, in every process, a cache.

Per checklist a table `visit_<n>` with one row for each version of a report, standing from `from_seq` to before
`to_seq`; places and teams likewise. A figure "as of n" is a filter over those two columns, so a reader is never
disturbed by what is written meanwhile. A report's key here is the number of its first operation.
"""

import os
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb

from app.forms.model import Checklist
from app.results.duck import FOREVER, Connection, close, insert
from app.results.forms import FormColumns
from app.results.names import Names
from app.results.setup import Fact, History, PlaceKey, dimensions

THREADS_MAX = min(4, os.cpu_count() or 1)
KINDS = ("station", "commission")
VISIT_COLUMNS = (
    "report BIGINT, from_seq BIGINT, to_seq BIGINT, status UTINYINT, version SMALLINT, place INTEGER, team INTEGER, "
    "visit UTINYINT, hour UTINYINT, arrived INTEGER, complete UTINYINT, received_us BIGINT, departed INTEGER, "
    "offset_min SMALLINT, critical USMALLINT, is_told BOOLEAN"
)
SCHEMA = (
    "CREATE TABLE entry (server_seq BIGINT, received_us BIGINT)",
    "CREATE TABLE place (place INTEGER, from_seq BIGINT, to_seq BIGINT, kind UTINYINT, region INTEGER, "
    "district INTEGER, commission INTEGER, settlement INTEGER, ps_type INTEGER, stratum INTEGER, sampled BOOLEAN)",
    "CREATE TABLE team (team INTEGER, from_seq BIGINT, to_seq BIGINT, region INTEGER, team_type INTEGER)",
    "CREATE TABLE member (report BIGINT, form INTEGER, team INTEGER, place INTEGER, stage INTEGER, device INTEGER, "
    "arrived INTEGER, answered INTEGER, finished BOOLEAN, decided BOOLEAN)",
    "CREATE TABLE suspect (report BIGINT, from_seq BIGINT, to_seq BIGINT)",
    "CREATE VIEW standing_suspect AS SELECT report FROM suspect WHERE to_seq = 9223372036854775807",
    "CREATE TABLE dispute (report BIGINT, from_seq BIGINT, code INTEGER)",
)
EPOCH_START = datetime(1970, 1, 1, tzinfo=UTC)


class Mirror:
    """`applied` is the number up to which the log is in here; nothing above it may be read.

    One thread at a time writes; whoever reads takes a `cursor` of its own.
    """

    def __init__(self, mission: str, epoch: str = "") -> None:
        self.connection: Connection = duckdb.connect(":memory:", config={"threads": THREADS_MAX})
        for statement in SCHEMA:
            self.connection.execute(statement)
        self.mission, self.epoch = mission, epoch
        self._stand: tuple[int, datetime | None] = 0, None
        self._newest: datetime | None = None
        self.words, self.places, self.teams, self.devices = Names(), Names(), Names(), Names()
        self.forms: dict[str, FormColumns] = {}
        self.facts, self.frames, self.regions = History(), History(), History()
        self.team_lists, self.plans, self.candidates = History(), History(), History()
        self.unreadable: set[tuple[int, int]] = set()
        """Reports that no row could be made of, by the number of their first operation, and since which number."""

    def cursor(self) -> Connection:
        """A connection of the caller's own."""
        return self.connection.cursor()

    @property
    def applied(self) -> int:
        return self._stand[0]

    def begin(self) -> None:
        self.connection.execute("BEGIN")

    def commit(self, applied: int) -> None:
        """Make readable what was written since `begin`, as of `applied`."""
        self.connection.execute("COMMIT")
        self._stand = applied, self._newest

    def settings(self, at: int = FOREVER) -> Mapping[str, Any]:
        """The mission's settings as of a number."""
        facts = self.facts.at(at)
        return facts.get("settings", {}) if facts else {}

    def day(self) -> date:
        """Election day; the first of 1970 before a mission is set up."""
        facts = self.facts.at(FOREVER)
        return date.fromisoformat(facts["day"]) if facts else EPOCH_START.date()

    def unreadable_at(self, number: int) -> int:
        """How many reports no row could be made of by a number."""
        return len({report for report, since in self.unreadable if since <= number})

    def received_at(self, number: int) -> datetime | None:
        """When the newest entry up to a number came in."""
        applied, newest = self._stand
        if number == applied:
            return newest
        query = "SELECT max(received_us) FROM entry WHERE server_seq <= ?"
        found = self.cursor().execute(query, [number]).fetchone()
        return EPOCH_START + timedelta(microseconds=found[0]) if found and found[0] is not None else None

    def number_at(self, moment: datetime) -> int:
        """The highest number received by a time, 0 before the first."""
        query = "SELECT max(server_seq) FROM entry WHERE received_us <= ?"
        found = self.cursor().execute(query, [micros(moment)]).fetchone()
        return (found[0] if found else None) or 0

    def add_entries(self, entries: Iterable[tuple[int, datetime]]) -> None:
        """Numbers and when they came in, in their order."""
        rows = list(entries)
        insert(self.connection, "entry", [[number, micros(received_at)] for number, received_at in rows])
        self._newest = rows[-1][1] if rows else self._newest

    def add_checklist(self, from_seq: int, checklist: Checklist, digest: str) -> None:
        """Take in a published version; its new questions read as "not in this version" in older rows."""
        form = self.forms.get(checklist.code)
        if form is None:
            form = self.forms[checklist.code] = FormColumns(checklist.code, len(self.forms))
            self.connection.execute(f"CREATE TABLE {form.table} ({VISIT_COLUMNS})")
        widths, numbers = {code: form.width(code) for code in form.columns}, set(form.numbers)
        form.add(from_seq, checklist, digest)
        for code, column in form.columns.items():
            if code not in widths:
                self._alter(form, f"ADD COLUMN q{column} {form.width(code)} DEFAULT 1")
            elif widths[code] != form.width(code):
                self._alter(form, f"ALTER COLUMN q{column} TYPE {form.width(code)}")
            if code in form.numbers - numbers:
                self._alter(form, f"ADD COLUMN n{column} DOUBLE")

    def set_places(self, from_seq: int, places: dict[PlaceKey, Fact]) -> None:
        """The whole frame from a number on; a place that stays as it was keeps its row."""
        before: dict[PlaceKey, Fact] = self.frames.at(FOREVER, {})
        gone = [key for key, fact in before.items() if places.get(key) != fact]
        fresh = [key for key, fact in places.items() if before.get(key) != fact]
        close(self.connection, "place", "place", [[self.place_number(key), from_seq] for key in gone])
        insert(self.connection, "place", [self._place_row(from_seq, key, places[key]) for key in fresh])
        self.frames.add(from_seq, places)

    def set_teams(self, from_seq: int, teams: dict[str, Fact]) -> None:
        """All teams from a number on."""
        before: dict[str, Fact] = self.team_lists.at(FOREVER, {})
        gone = [code for code, fact in before.items() if teams.get(code) != fact]
        fresh = [(code, fact) for code, fact in teams.items() if before.get(code) != fact]
        number, word = self.teams.number, self.words.number_or_none
        close(self.connection, "team", "team", [[number(code), from_seq] for code in gone])
        rows = [[number(code), from_seq, FOREVER, word(f.get("region")), word(f.get("type"))] for code, f in fresh]
        insert(self.connection, "team", rows)
        self.team_lists.add(from_seq, teams)

    def place_number(self, key: PlaceKey) -> int:
        kind, code = key
        return self.places.number(f"{KINDS.index(kind)}{code}")

    def place_key(self, number: int) -> PlaceKey:
        text = self.places.text(number) or "0"
        return KINDS[int(text[0])], text[1:]

    def _alter(self, form: FormColumns, change: str) -> None:
        self.connection.execute(f"ALTER TABLE {form.table} {change}")

    def _place_row(self, from_seq: int, key: PlaceKey, fact: Fact) -> list[object]:
        words = [self.words.number_or_none(word) for word in dimensions(key, fact).values()]
        sampled = None if fact.get("sampled") is None else int(bool(fact["sampled"]))
        return [self.place_number(key), from_seq, FOREVER, KINDS.index(key[0]), *words, sampled]


def micros(moment: datetime) -> int:
    """Microseconds since 1970."""
    return (moment - EPOCH_START) // timedelta(microseconds=1)
