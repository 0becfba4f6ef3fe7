"""Parquet, written by DuckDB from lines of JSON on disk: memory stays within a bound."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from app.results.formats.flat import lines

MEMORY = "256MB"
ROW_GROUP = 10_000
STRETCH = 256 * 1024


def parquet(types: Mapping[str, str], rows: Iterable[Mapping[str, Any]], says: Mapping[str, str]) -> Iterator[bytes]:
    """The file. `types`: column -> type of DuckDB; `says`: metadata of the file, by key."""
    with TemporaryDirectory(prefix="urna-") as folder:
        source, target = Path(folder, "rows.ndjson"), Path(folder, "rows.parquet")
        spill(source, lines(rows))
        with duckdb.connect(":memory:", config=_config(folder)) as connection:
            shape = ", ".join(f"{_quoted(name)}: {_quoted(kind)}" for name, kind in types.items())
            read = f"read_json({_quoted(str(source))}, format = 'newline_delimited', columns = {{{shape}}})"
            told = ", ".join(f"{_quoted(key)}: {_quoted(value)}" for key, value in says.items())
            options = f"FORMAT parquet, ROW_GROUP_SIZE {ROW_GROUP}, KV_METADATA {{{told}}}"
            connection.execute(f"COPY (SELECT * FROM {read}) TO {_quoted(str(target))} ({options})")  # noqa: S608
        yield from stretches(target)


def spill(to: Path, content: Iterable[bytes]) -> None:
    with to.open("wb") as file:
        for stretch in content:
            file.write(stretch)


def stretches(file: Path) -> Iterator[bytes]:
    """The bytes of a file, some at a time."""
    with file.open("rb") as opened:
        while stretch := opened.read(STRETCH):
            yield stretch


def _config(folder: str) -> dict[str, Any]:
    """One thread: the same rows are the same bytes, and phones keep their cores."""
    return {"threads": 1, "memory_limit": MEMORY, "temp_directory": folder}


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
