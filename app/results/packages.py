"""GET /v1/package.zip: everything that a mission observed, as a Frictionless data package (v1) of CSV files."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, delete, insert, select, update

from app.results.answers import Page, page_of
from app.results.codebook import codebook_of, sheets
from app.results.formats.flat import csv_file
from app.results.formats.xlsx import Sheet
from app.results.formats.zipped import Entry, zipped
from app.results.mirror import Mirror
from app.results.packages_method import methodology
from app.results.query import STATUSES, Query
from app.results.results import results
from app.results.snapshots import PARTS, SNAPSHOTS
from app.results.source import ask
from app.results.stamp import RELEASE, utc
from app.results.stations import FIELDS, stations
from app.results.wide import TYPES, Column, Flat, flat_row
from app.store.database import reading, writing

BLANK_CELLS = ("", "not_observed", "no_access", "not_applicable", "not_in_version")
PART_BYTES = 1024 * 1024
KINDS = {"BIGINT": "integer", "BOOLEAN": "boolean"}
STATION_KINDS = {"voters": "integer", "lat": "number", "lon": "number", "sampled": "boolean"}
FIGURES = (
    "form", "question", "kind", "name", "value", "share", "stations_with", "visits", "stations", "asked", "observed",
)  # fmt: skip
Field = dict[str, Any]
Resource = tuple[dict[str, Any], Iterable[bytes]]
"""What the package says of a file, and its content."""


def package(engine: Engine, mirror: Mirror, at: int) -> Iterator[bytes]:
    """The ZIP as of a number, streamed."""
    asked = ask(mirror, Query(), at)
    pages = [page_of(mirror, Query(form=(form.code,), status=STATUSES), at, "csv") for form in asked.forms]
    facts = mirror.facts.at(at) or {"name": mirror.mission, "day": "", "languages": []}
    book = list(sheets(codebook_of(asked), facts["languages"]))
    every = [_answers(engine, page) for page in pages]
    every += [_stations(mirror, at), _figures(mirror, at), *(_sheet(sheet) for sheet in book)]
    described = {
        "name": f"urna-{mirror.mission.lower()}-{at}",
        "profile": "data-package",
        "title": facts["name"],
        "created": utc(mirror.received_at(at)),
        "version": RELEASE,
        "urna": {
            "mission": mirror.mission,
            "day": facts["day"],
            "epoch": mirror.epoch,
            "data_version": at,
            "as_of": utc(mirror.received_at(at)),
            "simulated": bool(mirror.settings(at).get("simulated")),
        },
        "resources": [resource for resource, _ in every],
    }
    text = methodology(facts["name"], at, utc(mirror.received_at(at)), _states(mirror, at))
    first: list[Entry] = [
        ("datapackage.json", [orjson.dumps(described, option=orjson.OPT_INDENT_2)]),
        ("methodology.md", [text.encode()]),
    ]
    return zipped([*first, *((resource["path"], content) for resource, content in every)])


def keep_packages(engine: Engine, mirror: Mirror) -> list[str]:
    """Keep the packages of snapshots that have none yet; their names."""
    here = (SNAPSHOTS.c.mission == mirror.mission) & SNAPSHOTS.c.sha256.is_(None)
    with reading(engine) as connection:
        waiting = connection.execute(select(SNAPSHOTS.c.name, SNAPSHOTS.c.server_seq).where(here)).all()
    due = [row for row in waiting if row.server_seq <= mirror.applied]
    for row in due:
        _keep(engine, mirror, row.name, row.server_seq)
    return [row.name for row in due]


def _keep(engine: Engine, mirror: Mirror, name: str, at: int) -> None:
    """Stretch by stretch, so that the database is never held for long; the digest comes last and makes it whole."""
    own = (PARTS.c.mission == mirror.mission) & (PARTS.c.name == name)
    with writing(engine) as connection:
        connection.execute(delete(PARTS).where(own))
    digest, size = sha256(), 0
    for position, part in enumerate(_parts(package(engine, mirror, at))):
        digest.update(part)
        size += len(part)
        with writing(engine) as connection:
            _put(connection, mirror.mission, name, position, part)
    done = (SNAPSHOTS.c.mission == mirror.mission) & (SNAPSHOTS.c.name == name) & SNAPSHOTS.c.sha256.is_(None)
    with writing(engine) as connection:
        connection.execute(update(SNAPSHOTS).where(done).values(sha256=digest.hexdigest(), size_bytes=size))


def _put(connection: Connection, mission: str, name: str, position: int, content: bytes) -> None:
    row = {"mission": mission, "name": name, "position": position, "content": content}
    connection.execute(insert(PARTS).values(row))


def _parts(stretches: Iterable[bytes]) -> Iterator[bytes]:
    waiting = bytearray()
    for stretch in stretches:
        waiting += stretch
        if len(waiting) >= PART_BYTES:
            yield bytes(waiting)
            waiting.clear()
    yield bytes(waiting)


def _answers(engine: Engine, page: Page) -> Resource:
    form = page.asked.forms[0].code
    rows = (flat_row(page.columns, row) for row in page.rows(engine))
    fields = [_field(column) for column in page.columns]
    return _described(f"answers_{form.lower()}", fields, csv_file([column.name for column in page.columns], rows))


def _field(column: Column) -> Field:
    if column.question is None:
        kind = KINDS.get(TYPES.get(column.source, ""), "string") if column.source != "visit_no" else "string"
        return {"name": column.name, "type": kind}
    item = column.question.item
    kind = {"integer": "integer", "decimal": "number"}.get(item.type, "string")
    label = next(iter(item.label.values()), item.code)
    found = {"name": column.name, "type": kind, "title": label}
    return {**found, "constraints": {"enum": list(column.question.options)}} if item.type == "single" else found


def _stations(mirror: Mirror, at: int) -> Resource:
    body, _ = stations(mirror, Query(limit=10**9), at)
    fields = [{"name": name, "type": STATION_KINDS.get(name, "string")} for name in FIELDS]
    rows: Iterator[Sequence[Flat]] = ([row[name] for name in FIELDS] for row in body["rows"])
    return _described("stations", fields, csv_file(FIELDS, rows), key="code")


def _figures(mirror: Mirror, at: int) -> Resource:
    found = results(mirror, replace(Query(), shape="tidy"), at)["results"]
    texts = ("form", "question", "kind", "name")
    fields = [{"name": name, "type": "string" if name in texts else "number"} for name in FIGURES]
    return _described("results", fields, csv_file(FIGURES, ([line[name] for name in FIGURES] for line in found)))


def _sheet(sheet: Sheet) -> Resource:
    """A sheet of the codebook; its cells are texts."""
    fields = [{"name": name, "type": "string"} for name in sheet.header]
    return _described(sheet.name, fields, csv_file(sheet.header, sheet.rows))


def _described(name: str, fields: list[Field], content: Iterable[bytes], key: str | None = None) -> Resource:
    schema: dict[str, Any] = {"fields": fields, "missingValues": list(BLANK_CELLS)}
    resource = {
        "name": name,
        "path": f"{name}.csv",
        "profile": "tabular-data-resource",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": {**schema, "primaryKey": key} if key else schema,
    }
    return resource, content


def _states(mirror: Mirror, at: int) -> dict[str, int]:
    """Status -> reports, of all checklists."""
    return {status: _count(mirror, status, at) for status in STATUSES}


def _count(mirror: Mirror, status: str, at: int) -> int:
    total = 0
    for form in mirror.forms.values():
        standing = f"from_seq <= {at} AND to_seq > {at} AND status = {STATUSES.index(status)}"
        found = mirror.cursor().execute(f"SELECT count(*) FROM {form.table} WHERE {standing}").fetchone()  # noqa: S608
        total += found[0] if found else 0
    return total
