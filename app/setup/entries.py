"""Rows of any list -> entries with their cells read, each once, and complaints about the other lines. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from app.setup.complaints import Complaint, shown
from app.setup.rows import Row, Table
from app.setup.values import Unfit

Entry = dict[str, Any]
"""Values by field, for the fields that the file has; None for a blank cell."""
Found = tuple[int, Entry] | Complaint
"""The line on which an entry stands and the entry, or what is wrong with a line."""
Parsers = Mapping[str, Callable[[str], Any]]


def parsed(table: Table, parsers: Parsers, needed: Sequence[str] = ()) -> Iterator[Found]:
    """Each row with its cells read, or everything that is wrong with it. A field `name_kk` is read as `name` is."""
    for row in table.rows:
        entry, faults = _parse(table, row, parsers)
        faults += [_missing(table, row.line, name) for name in needed if name in entry and entry[name] is None]
        if faults:
            yield from faults
        else:
            yield row.line, entry


def _parse(table: Table, row: Row, parsers: Parsers) -> tuple[Entry, list[Complaint]]:
    entry: Entry = {}
    faults: list[Complaint] = []
    for name in table.headers:
        text = row.text(name)
        parse = parsers[name] if name in parsers else parsers[name.rpartition("_")[0]]
        try:
            entry[name] = parse(text) if text else None
        except Unfit as fault:
            faults.append(table.complaint(row.line, name, fault.code, fault.message))
            entry[name] = ""
    return entry, faults


def _missing(table: Table, line: int, name: str) -> Complaint:
    return table.complaint(line, name, "missing", f"{name} is blank, and nothing can stand in for it. Fill it in.")


def without_repeats(table: Table, found: Iterable[Found], key: Sequence[str], hint: str = "") -> Iterator[Found]:
    """The first entry of each key; a complaint for each later one."""
    first: dict[tuple[Any, ...], int] = {}
    for one in found:
        if isinstance(one, Complaint):
            yield one
            continue
        line, entry = one
        value = tuple(entry.get(name) for name in key)
        if value in first:
            yield _repeated(table, line, key, value, first[value], hint)
        else:
            first[value] = line
            yield one


def _repeated(table: Table, line: int, key: Sequence[str], value: Sequence[Any], first: int, hint: str) -> Complaint:
    name = next((name for name in key if name in table.headers), "number")
    said = " ".join(f'"{shown(str(part))}"' for part in value)
    message = f"{said} stands on line {first} already. Take one of the two lines out{hint}."
    return table.complaint(line, name, "repeated", message)


def sorted_out(table: Table, found: Iterable[Found]) -> tuple[list[Entry], list[Complaint]]:
    """The entries in the order of their lines, and all complaints about the file, likewise."""
    entries: list[Entry] = []
    complaints = list(table.complaints)
    for one in found:
        if isinstance(one, Complaint):
            complaints.append(one)
        else:
            entries.append(one[1])
    return entries, sorted(complaints)
