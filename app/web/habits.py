"""What every answer to a program does: says how many requests are left, is packed, and says when a door will close.

For the doors of analysts and staff; the phones' doors have limits of their own. Headers as in RFC 9745 (Deprecation),
RFC 8594 (Sunset), RFC 9111 and the draft of RateLimit headers (draft-ietf-httpapi-ratelimit-headers-10).
"""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import sha256
from typing import Any

from fastapi import FastAPI, Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import UrnaError
from app.web.limits import Bucket
from app.web.problems import problem

POLICY, BURST, PER_S = "reader", 600, 20.0
"""Requests at once, and a second after that: fifty boards that poll every five seconds need half of it."""
FOR_PHONES = ("/v1/sync/", "/v1/blobs/", "/v1/enrol", "/v1/grant", "/v1/staff/session")
PACKED_ALREADY = (
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.apache.parquet",
)
SMALLEST_BYTES, LEVEL = 1000, 4


@dataclass(frozen=True)
class Closing:
    """A door that is to be left: since when, until when it answers at least, and which one to take instead."""

    since: datetime
    sunset: datetime
    instead: str

    @property
    def headers(self) -> dict[str, str]:
        return {
            "Deprecation": f"@{int(self.since.timestamp())}",
            "Sunset": format_datetime(self.sunset.astimezone(UTC), usegmt=True),
            "Link": f'<{self.instead}>; rel="successor-version"',
        }


CLOSING: Mapping[str, Closing] = {}
"""Path of a route, as it is written in its room -> when it closes. Half a year lies between the two times at least."""


class Habits:
    """Around the doors; `closing` and `bucket` for tests."""

    def __init__(self, app: ASGIApp, closing: Mapping[str, Closing] = CLOSING, bucket: Bucket | None = None) -> None:
        packed = (*DEFAULT_EXCLUDED_CONTENT_TYPES, *PACKED_ALREADY)
        self._plain = app
        self._packing = GZipMiddleware(app, SMALLEST_BYTES, LEVEL, exclude_content_types=packed)
        self._closing, self._bucket = closing, bucket or Bucket(BURST, PER_S)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _is_for_programs(scope["path"]):
            await self._plain(scope, receive, send)
            return
        reader = _reader(Headers(scope=scope))
        try:
            if reader is not None:
                self._bucket.take(reader)
            inner: ASGIApp = self._packing
        except UrnaError as error:
            inner = problem(error)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._say(MutableHeaders(scope=message), scope, reader)
            await send(message)

        await inner(scope, receive, send_with_headers)

    def _say(self, headers: MutableHeaders, scope: Scope, reader: str | None) -> None:
        if reader is not None:
            left, full_s = self._bucket.left(reader)
            headers["RateLimit-Policy"] = f'"{POLICY}";q={BURST};w={round(BURST / PER_S)}'
            headers["RateLimit"] = f'"{POLICY}";r={left};t={full_s}'
        closing = self._closing.get(getattr(scope.get("route"), "path", ""))
        for name, value in closing.headers.items() if closing else ():
            headers.append(name, value)


def takes_packed(request: Request, media_type: str) -> bool:
    """Whether a caller takes gzip, and the content is of a kind that it makes smaller."""
    return "gzip" in request.headers.get("accept-encoding", "") and media_type not in PACKED_ALREADY


def packed(content: bytes) -> bytes:
    """The content as these habits pack it, for an answer that many take: it is packed once. Equal bytes, equal pack."""
    return gzip.compress(content, LEVEL, mtime=0)


def describe(app: FastAPI, closing: Mapping[str, Closing] = CLOSING) -> None:
    """Mark closing doors in the OpenAPI."""
    inner = app.openapi

    def described() -> dict[str, Any]:
        description = inner()
        for path, until in closing.items():
            for operation in description["paths"].get(path, {}).values():
                operation.update({"deprecated": True, "x-sunset": until.sunset.isoformat()})
        return description

    app.openapi = described  # type: ignore[method-assign]


def _is_for_programs(path: str) -> bool:
    return path.startswith("/v1/") and not path.startswith(FOR_PHONES)


def _reader(headers: Headers) -> str | None:
    """Whose requests are counted together: the credential, never the address. A stranger is refused anyway."""
    credential = headers.get("authorization") or headers.get("cookie")
    return sha256(credential.encode("latin-1", "replace")).hexdigest() if credential else None
