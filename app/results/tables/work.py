"""What a table is made from: a query on a mirror as of a number, and the connection that reads the log."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Engine

from app.forms.model import Checklist
from app.results.forms import FormColumns, Question
from app.results.mirror import Mirror
from app.results.query import Query
from app.results.results import first_language, label, results
from app.results.source import Asked, ask
from app.results.tables.shape import Row
from app.store.database import reading


@dataclass(frozen=True)
class Work:
    """`now` is the moment of the answer: that of the newest entry where the past is asked for."""

    connection: Connection
    mirror: Mirror
    query: Query
    at: int
    now: datetime

    @cached_property
    def asked(self) -> Asked:
        return ask(self.mirror, self.query, self.at)

    def with_query(self, **changes: Any) -> "Work":
        return replace(self, query=replace(self.query, **changes))

    def entries(self, **changes: Any) -> list[Row]:
        """Entries of /v1/results for the same query with changes."""
        query = replace(self.query, **{"shape": "rows", "by": (), "question": ("*",), **changes})
        found: list[Row] = results(self.mirror, query, self.at)["results"]
        return found

    def forms(self) -> Iterator[tuple[FormColumns, Checklist]]:
        """The checklists asked for, each with its newest version."""
        for form in self.asked.forms:
            newest = form.newest(self.at)
            if newest is not None:
                yield form, newest

    def questions(self, form: FormColumns) -> dict[str, Question]:
        return self.asked.questions[form.code]

    def of_ids(self, form: FormColumns, ids: Sequence[str]) -> list[Question]:
        """Questions of a checklist by the catalogue's numbers, in the order of the checklist."""
        return [question for question in self.questions(form).values() if question.item.id in ids]

    def text(self, texts: dict[str, str]) -> str:
        """A text in the language asked for, else in the mission's first, else in any."""
        return label(texts, self.query.lang, first_language(self.asked))

    @property
    def is_by_station(self) -> bool:
        return self.query.unit == "station"


@contextmanager
def working(engine: Engine, mirror: Mirror, query: Query, at: int, now: datetime) -> Iterator[Work]:
    """The work of a table, in a transaction of its own."""
    with reading(engine) as connection:
        yield Work(connection, mirror, query, at, now)


def negative_of(entry: Row, row: Row, by_station: bool) -> int | None:
    """Negative observations of a row in the unit it counts; None for a question without a negative answer."""
    if row["negative_visits"] is None:
        return None
    bad = entry["question"]["negative"]
    if not by_station:
        return int(row["negative_visits"])
    if entry["question"]["type"] == "single" and bad:
        return int(sum(row["counts"].get(code, 0) for code in bad))
    return int(row["negative_stations"])
