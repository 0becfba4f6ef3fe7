"""The road between a phone and its mission, on which everything happens that a network does."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PORTAL = b"<!doctype html><title>Sign in to the cafe</title><h1>Welcome to the cafe</h1>"
HOP_BY_HOP = {"connection", "transfer-encoding", "keep-alive", "content-length"}
Answer = tuple[int, dict[str, str], bytes]


def portal() -> Answer:
    """A page with status 200, as of a hotel."""
    return 200, {"Content-Type": "text/html"}, PORTAL


def problem(status: int, code: str, **headers: str) -> Answer:
    """A refusal in the server's own shape."""
    body = {"type": f"urn:urna:error:{code}", "title": code, "status": status, "code": code, "detail": "", "errors": []}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return status, {"Content-Type": "application/problem+json", **named}, json.dumps(body).encode()


@dataclass
class Request:
    """One request as it passed, and what happened to it."""

    method: str
    path: str
    body: bytes
    at_s: float
    happened: str


Fate = Callable[[Request], "Answer | str"]
"""An answer in the server's place, or a word: `ok`; `drop`, nothing arrives; `lose`, it arrives and the answer does not
come back."""


@dataclass
class Road:
    """A port that leads to the server at `to`. `fate` decides what happens to each request; by default it arrives."""

    to: str
    fate: Fate = field(default=lambda request: "ok")
    passed: list[Request] = field(default_factory=list)
    url: str = ""

    def at(self, path: str) -> list[Request]:
        """The requests for one path, in the order in which they came."""
        return [request for request in self.passed if request.path.split("?")[0] == path]

    def each(self, path: str, *fates: "Answer | str") -> None:
        """The next requests for a path meet these, one each; whatever follows arrives."""
        waiting = list(fates)

        def next_one(request: Request) -> "Answer | str":
            return waiting.pop(0) if waiting and request.path.startswith(path) else "ok"

        self.fate = next_one

    def clear(self) -> None:
        self.fate = lambda request: "ok"


@contextmanager
def road_to(url: str) -> Iterator[Road]:
    road = Road(url)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"road": road}))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    road.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield road
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    road: Road
    protocol_version = "HTTP/1.1"

    def _pass(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        request = Request(self.command, self.path, body, time.monotonic(), "")
        fate = self.road.fate(request)
        request.happened = fate if isinstance(fate, str) else str(fate[0])
        self.road.passed.append(request)
        if fate == "drop":
            return self._cut()
        try:
            answer = self._forward(body) if isinstance(fate, str) else fate
        except OSError:
            return self._cut()
        if fate == "lose":
            return self._cut()
        return self._answer(*answer)

    do_GET = do_POST = do_DELETE = do_HEAD = _pass

    def _forward(self, body: bytes) -> Answer:
        """Host and Origin go on as they are: the server must see one address in both."""
        host, port = self.road.to.removeprefix("http://").split(":")
        onward = http.client.HTTPConnection(host, int(port), timeout=30)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
        onward.request(self.command, self.path, body or None, {**headers, "Connection": "close"})
        answer = onward.getresponse()
        content = answer.read()
        onward.close()
        kept = {name: value for name, value in answer.getheaders() if name.lower() not in HOP_BY_HOP}
        return answer.status, kept, content

    def _answer(self, status: int, headers: dict[str, str], content: bytes) -> None:
        """Each on a connection of its own: a browser repeats by itself what was cut on one that it had used before."""
        with suppress(OSError):
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(content)
        self.close_connection = True

    def _cut(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_: Any) -> None:
        pass
