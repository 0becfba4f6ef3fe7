"""A checklist as written -> the next published version: compiled, content-addressed, one entry of the log.

What is published holds the mission's languages and candidates. The checklist as written is kept beside it, so that the
next import of candidates can publish it again.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from app.errors import UrnaError
from app.forms.catalogue import Candidate, with_candidates
from app.forms.check import compile_checklist
from app.forms.model import Checklist
from app.setup.book import Book
from app.setup.frame import canonical
from app.setup.projection import CANDIDATES, CHECKLISTS, LOG, MISSIONS, blob, rows_of
from app.store.chain import body_hash

TEXTS = frozenset({"title", "label", "hint", "short_label", "constraint_message", "message"})


@dataclass(frozen=True)
class Published:
    """A version that stands in the mission; `new` where this call made it."""

    code: str
    version: int
    hash: str
    new: bool


def publish(book: Book, source: Checklist) -> Published:
    """Publish the checklist as the next version of its code, unless the last one says the same already.

    Raises UrnaError `checklist_invalid` with every complaint.
    """
    last = _last(book, source.code)
    content = compiled(book, source, last.version if last else 1)
    if last and body_hash(content) == last.hash:
        return last
    version = last.version + 1 if last else 1
    content = compiled(book, source, version)
    written = book.keep(canonical(source.model_dump(mode="json")))
    book.write("setup.form", content, form=source.code, version=version, source=written)
    return Published(source.code, version, body_hash(content), new=True)


def publish_again(book: Book) -> list[Published]:
    """Publish every checklist of the mission whose version would now say something else."""
    return [publish(book, source) for source in sources(book)]


def compiled(book: Book, source: Checklist, version: int) -> bytes:
    """The exact bytes of a version: this mission's languages and candidates, every expression parsed."""
    fitted = in_languages(with_candidates(source, candidates_of(book)), languages_of(book))
    checklist = compile_checklist(fitted.model_copy(update={"version": version}))
    return canonical(checklist.model_dump(mode="json"))


def in_languages(source: Checklist, languages: Sequence[str]) -> Checklist:
    """The checklist with texts in these languages only, so that phones carry no others."""
    kept = _only(source.model_dump(mode="json"), frozenset(languages))
    return Checklist.model_validate({**kept, "languages": list(languages)})


def _only(part: Any, languages: frozenset[str]) -> Any:
    if isinstance(part, list):
        return [_only(one, languages) for one in part]
    if not isinstance(part, dict):
        return part
    return {
        name: {lang: text for lang, text in value.items() if lang in languages}
        if name in TEXTS
        else _only(value, languages)
        for name, value in part.items()
    }


def languages_of(book: Book) -> tuple[str, ...]:
    """The mission's languages, its first one first."""
    return tuple(
        book.connection.execute(select(MISSIONS.c.languages).where(MISSIONS.c.code == book.mission)).scalar_one()
    )


def candidates_of(book: Book) -> list[Candidate]:
    """The candidates in the order of the ballot."""
    rows = sorted(rows_of(book.connection, CANDIDATES, book.mission), key=lambda row: (row["position"], row["code"]))
    return [Candidate(code=row["code"], name=row["name"]) for row in rows]


def sources(book: Book) -> list[Checklist]:
    """Every checklist of the mission as last written, by code."""
    query = select(LOG.c.body).where(LOG.c.mission == book.mission, LOG.c.kind == "setup.form")
    bodies = [json.loads(body) for body in book.connection.execute(query.order_by(LOG.c.server_seq)).scalars()]
    last = {body["form"]: body["source"] for body in bodies}
    texts = (blob(book.connection, book.mission, last[code]) for code in sorted(last))
    return [Checklist.model_validate_json(text) for text in texts]


def published(connection: Connection, mission: str, code: str, version: int | None = None) -> str:
    """The text of a published version, by default the newest. Raises UrnaError `not_found`."""
    query = select(CHECKLISTS.c.hash).where(CHECKLISTS.c.mission == mission, CHECKLISTS.c.code == code)
    if version is not None:
        query = query.where(CHECKLISTS.c.version == version)
    digest = connection.execute(query.order_by(CHECKLISTS.c.version.desc()).limit(1)).scalar_one_or_none()
    if digest is None:
        raise UrnaError("not_found", "The mission has no such checklist, or not in this version.")
    return blob(connection, mission, digest).decode()


def _last(book: Book, code: str) -> Published | None:
    query = select(CHECKLISTS).where(CHECKLISTS.c.mission == book.mission, CHECKLISTS.c.code == code)
    row = book.connection.execute(query.order_by(CHECKLISTS.c.version.desc()).limit(1)).one_or_none()
    return Published(code, row.version, row.hash, new=False) if row else None
