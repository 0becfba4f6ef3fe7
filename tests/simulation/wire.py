"""What goes over the simulated network, and the shapes of what phones and the server say."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from fastapi.responses import Response

from app.errors import UrnaError
from app.web.problems import problem

Json = dict[str, Any]
MORNING = datetime(2022, 11, 20, 6, tzinfo=UTC)
"""When every world begins."""


@dataclass(frozen=True)
class Request:
    """What a phone sent and waits for. `key` names it among those of its phone."""

    phone: str
    key: int
    method: str
    path: str
    body: str | None = None
    etag: str | None = None


@dataclass(frozen=True)
class Reply:
    """An answer over HTTP; `is_json` is what its media type promises."""

    status: int
    body: str
    is_json: bool = True
    retry_after: str | None = None

    @property
    def json(self) -> Any:
        """None for a page, for nothing, and for what does not parse."""
        try:
            return json.loads(self.body) if self.is_json else None
        except ValueError:
            return None


Came = Reply | Literal["nothing", "timeout"]
PAGE = "<!doctype html><p>Sign in to go on"


def refusal(error: UrnaError) -> Reply:
    return as_reply(problem(error))


def as_reply(response: Response) -> Reply:
    return Reply(response.status_code, bytes(response.body).decode(), True, response.headers.get("retry-after"))


def page(status: int = 200, retry_after: str | None = None) -> Reply:
    return Reply(status, PAGE, is_json=False, retry_after=retry_after)
