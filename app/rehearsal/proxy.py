"""A network that fails on purpose: an HTTP proxy on the loopback, between phones and a server.

One request a connection. The fortune of each is drawn when it came whole, in the order in which they come, so that one
phone alone meets the same weather in each run. Answers that never end, as of event streams, do not get through.
"""

import asyncio
import socket
import struct
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from random import Random
from urllib.parse import urlsplit

from app.rehearsal.weather import CALM, Fate, Fortune, Weather, fortune

HEAD_BYTES_MAX = 64 * 1024
BODY_BYTES_MAX = 16 * 1024 * 1024
PATIENCE_S = 60.0
AGAIN_AFTER_S = 0.3
PIECE_BYTES = 1400
PAGE = b"<!doctype html><title>Wi-Fi</title><p>Sign in to go on"
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER on, 0 s: close sends RST

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class FaultProxy:
    """Between phones and the server at `upstream`, a http address. `weather` may be changed at any time; `met` counts
    the fates that requests met, and under `unreached` those for which there was no server."""

    def __init__(self, upstream: str, weather: Weather = CALM, seed: int = 1) -> None:
        parts = urlsplit(upstream)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self.weather = weather
        self.met: Counter[Fate | str] = Counter()
        self.url = ""
        self._dice = Random(seed)  # noqa: S311  weather, not a secret
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> str:
        """Listen on a free port of the loopback; the address to give to phones."""
        self._server = await asyncio.start_server(self._meet, "127.0.0.1", 0, limit=HEAD_BYTES_MAX)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self.url

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in [*self._tasks]:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            request = await _read_request(reader)
            if request is not None:
                drawn = fortune(self.weather, self._dice)
                self.met[drawn.fate] += 1
                await self._undergo(request, writer, drawn)
        except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            self.met["unreached"] += 1
        except asyncio.CancelledError:
            pass  # a proxy that stops leaves its callers without an answer, and says nothing of it
        finally:
            writer.close()
            self._tasks.discard(task)

    async def _undergo(self, request: bytes, writer: asyncio.StreamWriter, drawn: Fortune) -> None:
        await asyncio.sleep(drawn.before_s)
        match drawn.fate:
            case "drop":
                return
            case "reset":
                _reset(writer)
                return
            case "portal" | "redirect" | "refuse":
                await self._pour(_page(drawn), writer)
                return
            case "cut_request":
                await self._ask(request[: _part(request, drawn)], 1.0)
                return
        answer = await self._ask(request)
        if drawn.fate == "twice":
            answer = await self._ask(request)
        await asyncio.sleep(drawn.after_s)
        if drawn.fate != "lose":
            await self._pour(answer[: _part(answer, drawn)] if drawn.fate == "cut_answer" else answer, writer)
        if drawn.fate == "again_later":
            writer.close()
            await asyncio.sleep(AGAIN_AFTER_S)
            await self._ask(request)

    async def _ask(self, request: bytes, patience_s: float = PATIENCE_S) -> bytes:
        """The whole answer of the server; whatever came where it closed or was waited for too long."""
        reader, writer = await asyncio.open_connection(self._host, self._port)
        try:
            await self._pour(request, writer)
            with suppress(TimeoutError):
                return await asyncio.wait_for(reader.read(-1), patience_s)
            return b""
        finally:
            writer.close()

    async def _pour(self, content: bytes, writer: asyncio.StreamWriter) -> None:
        speed = self.weather.bytes_per_s
        piece = len(content) or 1 if speed is None else PIECE_BYTES
        for start in range(0, len(content), piece):
            writer.write(content[start : start + piece])
            await writer.drain()
            if speed is not None:
                await asyncio.sleep(piece / speed)


@contextmanager
def proxied(upstream: str, weather: Weather = CALM, seed: int = 1) -> Iterator[FaultProxy]:
    """A proxy that runs on a thread of its own."""
    proxy, loop = FaultProxy(upstream, weather, seed), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="urna-proxy", daemon=True)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(proxy.start(), loop).result(10)
        yield proxy
    finally:
        asyncio.run_coroutine_threadsafe(proxy.stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _read_request(reader: asyncio.StreamReader) -> bytes | None:
    """Head and body, with the word that the connection ends after it; None where nobody asked anything."""
    try:
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE_S)
    except asyncio.IncompleteReadError as left:
        if left.partial:
            raise
        return None
    first, *fields = head[:-4].split(b"\r\n")
    named = {name.strip().lower(): value.strip() for name, _, value in (field.partition(b":") for field in fields)}
    length = int(named.get(b"content-length", b"0"))
    if b"transfer-encoding" in named or length > BODY_BYTES_MAX:
        raise OSError("the proxy takes bodies of a known, bounded length")
    body = await asyncio.wait_for(reader.readexactly(length), PATIENCE_S)
    kept = [field for field in fields if not field.lower().startswith(b"connection:")]
    return b"\r\n".join([first, *kept, b"Connection: close", b"", body])


def _part(content: bytes, drawn: Fortune) -> int:
    """Never the whole."""
    return int(drawn.cut * len(content))


def _page(drawn: Fortune) -> bytes:
    status = {"portal": 200, "redirect": 302}.get(drawn.fate, drawn.status)
    more = b"Location: /login\r\n" if status == 302 else b"Retry-After: 1\r\n" if status in (429, 503) else b""
    head = b"HTTP/1.1 %d Odd\r\nContent-Type: text/html\r\nContent-Length: %d\r\nConnection: close\r\n"
    return head % (status, len(PAGE)) + more + b"\r\n" + PAGE


def _reset(writer: asyncio.StreamWriter) -> None:
    raw: socket.socket = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()
