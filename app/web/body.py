"""Read a request's body: JSON in UTF-8, plain or gzip, never more than a bound of memory."""

import asyncio
import zlib
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import orjson
from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect

from app.errors import UrnaError

READ_TIMEOUT_S = 60
SMALL_BYTES_MAX = 65_536


class JsonRoute(APIRoute):
    """A route that takes one small JSON body: bounded, timed and read strictly before anything looks into it.

    Raises what `read_json_bytes` raises.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        if self.body_field is None:
            return handle

        async def handle_read(request: Request) -> Response:
            raw = await read_json_bytes(request, SMALL_BYTES_MAX)
            return await handle(_Read(request, raw, _strictly(raw)))

        return handle_read


class _Read(Request):
    """A request whose body has been read."""

    def __init__(self, request: Request, raw: bytes, value: Any) -> None:
        super().__init__(request.scope, request.receive)
        self._raw, self._value = raw, value

    async def body(self) -> bytes:
        return self._raw

    async def json(self) -> Any:
        return self._value


def _strictly(raw: bytes) -> Any:
    """No NaN, no infinity, no lone surrogate, no byte order mark, bounded depth: orjson refuses them."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise UrnaError("invalid_json") from None


async def read_json_bytes(request: Request, bytes_max: int) -> bytes:
    """The plain bytes of a JSON body. Raises what `read_bytes` raises."""
    return await read_bytes(request, bytes_max, "application/json")


async def read_bytes(request: Request, bytes_max: int, media_type: str) -> bytes:
    """The body's plain bytes, at most `bytes_max`.

    Raises UrnaError: unsupported_media_type, unsupported_encoding, body_too_large, invalid_json (broken gzip),
    request_timeout.
    """
    _refuse_other_media_type(request, media_type)
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip"):
        raise UrnaError("unsupported_encoding")
    _refuse_by_declared_length(request, bytes_max)
    try:
        async with asyncio.timeout(READ_TIMEOUT_S):
            chunks = request.stream()
            return await (_inflate(chunks, bytes_max) if encoding == "gzip" else _gather(chunks, bytes_max))
    except TimeoutError:
        raise UrnaError("request_timeout") from None
    except ClientDisconnect:
        raise UrnaError("invalid_json", "The body ended early.") from None


def _refuse_other_media_type(request: Request, media_type: str) -> None:
    given, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = parameters.strip().lower().removeprefix("charset=").strip('"')
    if given.strip().lower() != media_type or charset not in ("", "utf-8", "utf8"):
        raise UrnaError("unsupported_media_type")


def _refuse_by_declared_length(request: Request, bytes_max: int) -> None:
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length[:20]) > bytes_max:
        raise UrnaError("body_too_large")


async def _gather(chunks: AsyncIterator[bytes], bytes_max: int) -> bytes:
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > bytes_max:
            raise UrnaError("body_too_large")
    return bytes(body)


async def _inflate(chunks: AsyncIterator[bytes], bytes_max: int) -> bytes:
    """One gzip member, inflated to at most `bytes_max`: a bomb costs no more than an honest body."""
    inflater = zlib.decompressobj(wbits=31)
    body = bytearray()
    try:
        async for chunk in chunks:
            body += inflater.decompress(chunk, bytes_max + 1 - len(body))
            if len(body) > bytes_max or inflater.unconsumed_tail:
                raise UrnaError("body_too_large")
    except zlib.error:
        raise UrnaError("invalid_json", "The body is not gzip.") from None
    if not inflater.eof or inflater.unused_data:
        raise UrnaError("invalid_json", "The gzip body is cut off, or something follows it.")
    return bytes(body)
