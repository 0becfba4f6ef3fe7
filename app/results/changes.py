"""GET /v1/changes: what changed in /v1/answers since a cursor, each report once, in the order of the log.

A report's row changes with its own operations, and with the facts of its place, its team and its probable duplicates.
The newest of these numbers is its place in the order. What is not there any more is told as deleted. Whoever applies
every page holds what /v1/answers answers as of the number of the last.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection

from app.errors import UrnaError
from app.results.answers_rows import Found, ids_of, rows_of, select_found
from app.results.mirror import Mirror
from app.results.query import PLACE_DIMENSIONS, STATUSES, Query
from app.results.results import filters
from app.results.source import Asked, among, ask
from app.results.wide import columns, json_row

LIMIT = 1000
EPOCH_SIGNS = 8
SUSPECTED = "suspected_duplicate"


class Position(NamedTuple):
    """Where a follower stands: it has read every change up to this number, and of it the reports up to this one."""

    number: int
    report: int


class Moved(NamedTuple):
    """A report that changed: `found` is None where it is not among the answers any more."""

    report: int
    number: int
    status: int | None
    is_suspected: bool
    found: Found | None


@dataclass(frozen=True)
class Followed:
    """What is followed, from where, up to which number."""

    asked: Asked
    after: Position


def changes(connection: Connection, mirror: Mirror, query: Query, at: int) -> tuple[dict[str, Any], str | None]:
    """The body without its stamp, and the cursor of the next page, None on the last.

    Raises UrnaError: cursor_reset for a cursor of another epoch, as_of_ahead for one above the head.
    """
    after = read_cursor(query.after, mirror.epoch, at)
    followed, limit = Followed(ask(mirror, query, at), after), query.limit or LIMIT
    moved = _moved(followed, limit + 1)
    page, more = moved[:limit], len(moved) > limit
    reached = Position(page[-1].number, page[-1].report) if more else Position(at, at)
    cursor = write_cursor(reached, mirror.epoch)
    body = {
        "filters": filters(query),
        "changes": _told(connection, followed.asked, page),
        "cursor": cursor,
        "more": more,
    }
    return body, cursor if more else None


def write_cursor(position: Position, epoch: str) -> str:
    """A cursor says of which epoch it is: after a database was put back, nobody goes on in a log that is gone."""
    return f"{position.number}.{position.report}.{epoch[:EPOCH_SIGNS]}"


def read_cursor(cursor: str | int | None, epoch: str, at: int) -> Position:
    """A number alone stands for every report of it. Raises UrnaError: cursor_reset, as_of_ahead."""
    number, _, rest = str(cursor or 0).partition(".")
    report, _, of = rest.partition(".")
    if rest and of != epoch[:EPOCH_SIGNS]:
        raise UrnaError("cursor_reset", "Begin again with after=0.")
    if int(number) > at:
        raise UrnaError("as_of_ahead", f"The log stands at {at}.")
    return Position(int(number), int(report) if rest else int(number))


def _told(connection: Connection, asked: Asked, page: Sequence[Moved]) -> list[dict[str, Any]]:
    questions = [question for form in asked.forms for question in asked.questions[form.code].values()]
    chosen = columns(questions, "code", lambda _: {})
    rows = rows_of(connection, asked, [one.found for one in page if one.found is not None])
    ids = ids_of(connection, asked.mirror.mission, [one.report for one in page])
    return [
        {
            "type": "report",
            "id": ids[one.report],
            "number": one.number,
            "deleted": one.found is None,
            "reason": _reason(asked.query, one),
            "data": None if one.found is None else json_row(chosen, next(rows)),
        }
        for one in page
    ]


def _reason(query: Query, one: Moved) -> str | None:
    """Why a report is gone: its status, or that it is a probable duplicate, or that it is not of what is asked."""
    if one.found is not None:
        return None
    if one.status is not None and STATUSES[one.status] not in query.status:
        return STATUSES[one.status]
    return SUSPECTED if one.is_suspected else "filtered"


def _moved(followed: Followed, limit: int) -> list[Moved]:
    asked, after = followed.asked, followed.after
    if after >= Position(asked.at, asked.at) or not asked.forms:
        return []
    shown = " UNION ALL ".join(select_found(asked, form) for form in asked.forms)
    query = f"""
        WITH latest AS ({_latest(asked)}), shown AS ({shown}), held AS ({_held(followed)}),
             suspected AS (SELECT report FROM suspect WHERE from_seq <= {asked.at} AND to_seq > {asked.at})
        SELECT latest.report, latest.number, latest.status, latest.report IN (SELECT report FROM suspected), shown.*
        FROM latest LEFT JOIN shown ON shown.report = latest.report
        WHERE (latest.number, latest.report) > (?, ?)
          AND (shown.report IS NOT NULL OR latest.report IN (SELECT report FROM held))
        ORDER BY latest.number, latest.report LIMIT ?
    """  # noqa: S608
    rows = asked.mirror.cursor().execute(query, [after.number, after.report, limit]).fetchall()
    return [Moved(row[0], row[1], row[2], row[3], Found(*row[4:]) if row[4] is not None else None) for row in rows]


def _held(followed: Followed) -> str:
    """SQL of the reports that a follower may hold: of what was asked for at any number that it has read.

    Not only at the last one: a report that went and moved since is told at its newest number, and still is held.
    """
    asked, number = followed.asked, followed.after.number
    known = asked.mirror.words.known
    of_place = [among(f"p.{name}", known(v)) for name in PLACE_DIMENSIONS if (v := getattr(asked.query, name))]
    places = f"SELECT p.place FROM place p WHERE {' AND '.join([f'p.from_seq <= {number}', *of_place])}"  # noqa: S608
    conditions = [f"from_seq <= {number}", among("status", [STATUSES.index(s) for s in asked.query.status])]
    conditions += [f"place IN ({places})"] if of_place else []
    parts = [f"SELECT report FROM {form.table} WHERE {' AND '.join(conditions)}" for form in asked.forms]  # noqa: S608
    return " UNION ".join(parts)


def _latest(asked: Asked) -> str:
    """SQL: report, the newest number that changed its row, and its status where it stands."""
    at = asked.at
    own = " UNION ALL ".join(
        f"SELECT report, place, team, status, {_last(at)} AS number, to_seq > {at} AS stands FROM {form.table} "  # noqa: S608
        f"WHERE from_seq <= {at}"
        for form in asked.forms
    )
    versions = (
        "SELECT report, max(number) AS number, max(place) FILTER (stands) AS place, max(team) FILTER (stands) AS team, "  # noqa: S608
        f"max(status) FILTER (stands) AS status FROM ({own}) GROUP BY report"
    )
    facts = {"place": "place", "team": "team", "suspect": "report"}
    joins = "".join(
        f" LEFT JOIN (SELECT {key}, max({_last(at)}) AS number FROM {table} WHERE from_seq <= {at} GROUP BY {key}) "  # noqa: S608
        f"of_{table} ON of_{table}.{key} = v.{key}"
        for table, key in facts.items()
    )
    numbers = ", ".join(f"coalesce(of_{table}.number, 0)" for table in facts)
    return f"SELECT v.report, greatest(v.number, {numbers}) AS number, v.status FROM ({versions}) v{joins}"  # noqa: S608


def _last(at: int) -> str:
    """SQL: the last number up to `at` at which a row of the mirror began or ended."""
    return f"CASE WHEN to_seq <= {at} THEN to_seq ELSE from_seq END"
