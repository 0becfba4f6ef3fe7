"""GET /v1/answers: one wide row a report, paged by the number of its first operation, in JSON or as a file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Connection, Engine

from app.results.answers_rows import count, every_row, find, rows_of
from app.results.codebook import option_labels
from app.results.doors import LIMIT_MAX
from app.results.forms import Question
from app.results.mirror import Mirror
from app.results.query import Query, wrong
from app.results.results import filters, first_language, label, suspected_duplicates
from app.results.source import Asked, ask
from app.results.stamp import utc
from app.results.wide import Column, Row, Values, columns, json_row

LIMIT = 1000
FLAT = ("csv", "xlsx", "parquet", "sav", "dta")
"""Formats with the columns of one checklist."""
ROWS_MAX = 1_000_000


@dataclass(frozen=True)
class Stamp:
    """What every file says of itself."""

    mission: str
    data_version: int
    as_of: str | None
    filter: str
    n: int
    form_versions: str
    simulated: bool = False

    @property
    def head(self) -> Values:
        """The columns `wide.FILE`."""
        return {"data_version": self.data_version, "as_of": self.as_of, "filter": self.filter, "n": self.n}


@dataclass(frozen=True)
class Page:
    """What is asked, and the columns that answer it. `limit` None: all rows."""

    asked: Asked
    columns: list[Column]
    limit: int | None
    format: str
    stamp: Stamp

    @property
    def after(self) -> int:
        after = self.asked.query.after
        return after if isinstance(after, int) else -1

    @property
    def language(self) -> str | None:
        return self.asked.query.lang or first_language(self.asked)

    def rows(self, engine: Engine) -> Iterator[Row]:
        """Every row of the page, each with what the file says of itself."""
        own = self.stamp.head
        for row in every_row(engine, self.asked, self.after, self.limit):
            row.head.update(own)
            yield row


def page_of(mirror: Mirror, query: Query, at: int, format: str) -> Page:
    """Raises UrnaError `invalid_parameter` for unknown columns, and for a flat file of several checklists."""
    asked = ask(mirror, query, at)
    if format in FLAT and len(asked.forms) != 1:
        codes = ", ".join(form.code for form in asked.forms)
        raise wrong("form", f"a {format.upper()} file has the columns of one checklist: name one of {codes}")
    stamp = _stamp(asked)
    if format == "xlsx" and stamp.n > ROWS_MAX:
        raise wrong("format", f"a sheet holds {ROWS_MAX} reports, and here are more: ask for csv or parquet")
    limit = query.limit or (LIMIT if format == "json" else None)
    return Page(asked, _columns(asked, format), limit, format, stamp)


def answers(connection: Connection, page: Page) -> tuple[dict[str, Any], int | None]:
    """The JSON body without its stamp, and `after` of the next page, None on the last."""
    limit = page.limit or LIMIT_MAX
    found = find(page.asked, page.after, limit + 1)
    body = {
        "form_versions": page.stamp.form_versions,
        "filters": filters(page.asked.query),
        "n": page.stamp.n,
        "fields": [column.name for column in page.columns],
        "rows": [json_row(page.columns, row) for row in rows_of(connection, page.asked, found[:limit])],
        "suspected_duplicates": suspected_duplicates(page.asked.mirror.cursor(), page.asked),
    }
    return body, found[limit - 1].report if len(found) > limit else None


def next_after(page: Page) -> int | None:
    """`after` of the next page of a file with a limit; None where there is none."""
    if page.limit is None:
        return None
    found = find(page.asked, page.after, page.limit + 1)
    return found[page.limit - 1].report if len(found) > page.limit else None


def labels_of(asked: Asked, question: Question) -> Mapping[str, str]:
    """Option -> its newest label in the language that was asked for."""
    form, first = asked.mirror.forms[question.form], first_language(asked)
    return {
        code: label(text, asked.query.lang, first) or code
        for code, text in option_labels(form, question.item.code, asked.at).items()
    }


def _columns(asked: Asked, format: str) -> list[Column]:
    query = asked.query
    questions = [question for form in asked.forms for question in asked.questions[form.code].values()]
    says_what_it_is = format in ("csv", "ndjson", "parquet", "sav", "dta")
    every = columns(questions, query.labels, lambda question: labels_of(asked, question), says_what_it_is)
    by_name = {column.name: column for column in every}
    if not set(query.fields) <= set(by_name):
        raise wrong("fields", "fields takes columns of this table; /v1/codebook lists the items")
    return [by_name[name] for name in query.fields] or every


def _stamp(asked: Asked) -> Stamp:
    mirror, (n, versions) = asked.mirror, count(asked)
    narrowed = [
        (name, f"{v[0]}:{','.join(v[1])}" if name == "where" else v)
        for name, value in filters(asked.query).items()
        for v in (value if isinstance(value, list) else [value])
    ]
    return Stamp(
        mission=mirror.mission,
        data_version=asked.at,
        as_of=utc(mirror.received_at(asked.at)),
        filter=urlencode(narrowed, safe=":,/*"),
        n=n,
        form_versions=versions,
        simulated=bool(mirror.settings(asked.at).get("simulated")),
    )
