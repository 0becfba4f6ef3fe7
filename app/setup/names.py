"""Rows of lists whose entries have a code and a name in several languages: candidates, commissions, regions. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping

from app.setup import values
from app.setup.columns import Reading
from app.setup.complaints import Complaint, shown
from app.setup.entries import Entry, Found, Parsers, parsed, sorted_out, without_repeats
from app.setup.rows import Table
from app.setup.values import Unfit

_OPTION = re.compile(r"[a-z][a-z0-9_]{0,19}")
"""A candidate's code becomes a part of item codes (r12_c1), as forms.catalogue has it."""


def option_code(text: str) -> str:
    """A code that can stand in a checklist."""
    if not _OPTION.fullmatch(text):
        message = (
            f'"{shown(text)}" cannot stand in a checklist. '
            "Write a small Latin letter, then at most 19 small letters, digits or _, as in c1."
        )
        raise Unfit("code_unfit", message)
    return text


CANDIDATES: Parsers = {"code": option_code, "name": values.label}
COMMISSIONS: Parsers = {"code": values.code, "name": values.label, "region": values.code}
REGIONS: Parsers = {"code": values.code, "name": values.label, "zone": values.zone}


def reading(
    parsers: Parsers, columns: Mapping[str, str], sheet: str | None = None, encoding: str | None = None
) -> Reading:
    """How such a list is read: its name may come in one column, or in one a language (name, name_ru, name_kk...)."""
    identities = frozenset({"code", "region"} & parsers.keys())
    per_language = frozenset({"name"})
    return Reading(tuple(parsers), columns, (("code",),), identities, per_language, sheet, encoding)


def read_named(table: Table, parsers: Parsers, languages: tuple[str, ...]) -> tuple[list[Entry], list[Complaint]]:
    """Entries as {"code", "name": {language: text}, ...}, without the other fields that the list lacks.

    A column `name` is the name in the mission's first language; a line needs a name in at least one.
    """
    found = with_names(table, parsed(table, parsers, needed=("code",)), languages)
    return sorted_out(table, without_repeats(table, found, ("code",)))


def with_names(table: Table, found: Iterable[Found], languages: tuple[str, ...]) -> Iterator[Found]:
    """Each entry with its names under one key."""
    for one in found:
        if isinstance(one, Complaint):
            yield one
            continue
        line, entry = one
        names = {_language(field, languages): text for field, text in entry.items() if _is_name(field) and text}
        if names:
            rest = {field: value for field, value in entry.items() if not _is_name(field)}
            yield line, {**rest, "name": dict(sorted(names.items()))}
        else:
            message = "The name is blank in every language. Fill in name, or name_ and a language, as in name_kk."
            yield table.complaint(line, "name", "missing", message)


def _is_name(field: str) -> bool:
    return field == "name" or field.startswith("name_")


def _language(field: str, languages: tuple[str, ...]) -> str:
    return languages[0] if field == "name" else field.removeprefix("name_")
