"""Logs as JSON lines on standard error: what happened and where in the code, never to whom or with which words.

A message of ours is written by hand and names no person, address or content. What a library says may repeat what was
sent (a failed statement carries its parameters), so of a foreign record only the first line of its template is kept,
and of an exception only its type and the places that it came through.
"""

import json
import logging
import logging.config
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

OURS = "urna"
TEMPLATE_MAX = 120
PLACES_MAX = 6
ROOT = Path(__file__).resolve().parents[2]


class JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {"at": at, "level": record.levelname.lower(), "logger": record.name, "event": _event(record)}
        line |= getattr(record, "fields", {})
        if record.exc_info and record.exc_info[1] is not None:
            line |= _exception(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)


def _event(record: logging.LogRecord) -> str:
    if record.name.split(".", 1)[0] == OURS:
        return record.getMessage()
    first = str(record.msg).split("\n", 1)[0]
    return first if len(first) <= TEMPLATE_MAX and not _repeats(record) else "a message of a library"


def _repeats(record: logging.LogRecord) -> bool:
    """A text that was put together before it came here may hold anything."""
    return record.name == "asyncio" or not isinstance(record.msg, str)


def _exception(error: BaseException) -> dict[str, Any]:
    frames = traceback.extract_tb(error.__traceback__)[-PLACES_MAX:]
    return {
        "exception": type(error).__name__,
        "places": [f"{_short(frame.filename)}:{frame.lineno}" for frame in frames],
    }


def _short(file: str) -> str:
    path = Path(file)
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else path.name


LOG_CONFIG: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"lines": {"()": "app.web.logs.JsonLines"}},
    "handlers": {"lines": {"class": "logging.StreamHandler", "formatter": "lines"}},
    "root": {"level": "WARNING", "handlers": ["lines"]},
    "loggers": {
        OURS: {"level": "INFO", "handlers": ["lines"], "propagate": False},
        "uvicorn.access": {"level": "CRITICAL", "propagate": False},
    },
}
"""For `logging.config` and for uvicorn, which sets it up in each of its processes."""


def set_up_logs() -> None:
    logging.config.dictConfig(LOG_CONFIG)
