"""Receipts and checkpoints in files, however they were kept: answers of push and pull, lists, one line each. Pure."""

from collections.abc import Iterator
from typing import Any

import orjson

from app.errors import UrnaError
from app.store.checkpoints import Checkpoint, read_checkpoint
from app.store.receipts import Receipt, read_receipt


def papers_in(raw: bytes) -> tuple[list[Receipt], list[Checkpoint]]:
    """Every receipt and checkpoint in a JSON file or in one of JSON lines, wherever in it they stand.

    Raises UrnaError `invalid_json`.
    """
    receipts: list[Receipt] = []
    checkpoints: list[Checkpoint] = []
    for part in _parts(_read(raw)):
        if (checkpoint := read_checkpoint(part)) is not None:
            checkpoints.append(checkpoint)
        elif (receipt := read_receipt(part)) is not None:
            receipts.append(receipt)
    return receipts, checkpoints


def _read(raw: bytes) -> Any:
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        pass
    try:
        return [orjson.loads(line) for line in raw.splitlines() if line.strip()]
    except orjson.JSONDecodeError:
        raise UrnaError("invalid_json", "The file is neither JSON nor JSON lines.") from None


def _parts(value: Any) -> Iterator[Any]:
    """Everything that may be one: each object, each text."""
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, str | dict):
            yield part
        if isinstance(part, dict):
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part
