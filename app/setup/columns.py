"""Which column of a list is which field. Pure."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.setup.complaints import Unreadable, listed, shown


@dataclass(frozen=True)
class Reading:
    """How a file is to be read. `columns` is field -> header, as asked for with --map; "" leaves a field out."""

    fields: Sequence[str]
    columns: Mapping[str, str] = field(default_factory=dict)
    required: Sequence[Sequence[str]] = ()
    """Groups of fields; of each group the file has at least one."""
    identities: frozenset[str] = frozenset()
    """Fields whose leading zeros matter."""
    per_language: frozenset[str] = frozenset()
    """Fields that may come once a language, as in name_kk."""
    sheet: str | None = None
    encoding: str | None = None


def clean(text: str) -> str:
    """Without blanks and invisible marks at both ends."""
    return text.strip().strip("\ufeff\u200b").strip()


def key(name: str) -> str:
    """What makes two headers the same: case and the number of blanks do not count."""
    return " ".join(clean(name).split()).casefold()


def find_columns(line: int, names: Sequence[str], reading: Reading) -> dict[str, int]:
    """Field -> place of its column. A header names a field by --map, else by being called like it.

    Raises Unreadable for a header that is missing, stands twice, or is asked for a field that does not exist.
    """
    places: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        places.setdefault(key(name), []).append(place)
    wanted = _wanted(line, names, reading)
    found = {name: places[key(header)] for name, header in wanted.items() if header and key(header) in places}
    _refuse_missing(line, names, found, reading)
    for name, several in found.items():
        if len(several) > 1:
            raise Unreadable(line, wanted[name], "header_repeated", _repeated(several))
    return {name: several[0] for name, several in found.items()}


def _wanted(line: int, names: Sequence[str], reading: Reading) -> dict[str, str]:
    """Field -> header: what was asked for, and for every other field its own name."""
    own = [*reading.fields, *(key(name) for name in names if _is_per_language(key(name), reading))]
    asked = {key(name): header for name, header in reading.columns.items()}
    for name in asked:
        if name not in reading.fields and not _is_per_language(name, reading):
            message = f'There is no field "{shown(name)}". The fields are {", ".join(reading.fields)}.'
            raise Unreadable(line, "", "field_unknown", message)
    return {**{name: name for name in own}, **asked}


def _is_per_language(name: str, reading: Reading) -> bool:
    base, _, language = name.rpartition("_")
    return base in reading.per_language and language.isalpha() and len(language) in (2, 3)


def _refuse_missing(line: int, names: Sequence[str], found: Mapping[str, object], reading: Reading) -> None:
    for name, header in reading.columns.items():
        if header and key(name) not in found:
            raise Unreadable(line, header, "header_missing", _no_header(header, names))
    for group in reading.required:
        if found.keys().isdisjoint(group):
            message = (
                f"No column for {' or '.join(group)}. The file has {listed(list(names))}. "
                f"Rename a column, or name it with --map {group[0]}=HEADER."
            )
            raise Unreadable(line, "", "header_missing", message)


def _no_header(header: str, names: Sequence[str]) -> str:
    near = difflib.get_close_matches(header, names, n=1)
    hint = f' Did you mean "{shown(near[0])}"?' if near else ""
    return f'The file has no column "{shown(header)}", it has {listed(list(names))}.{hint}'


def _repeated(places: Sequence[int]) -> str:
    columns = " and ".join(str(place + 1) for place in places)
    return f"This header stands over columns {columns}, so it is not clear which is meant. Rename all but one."
