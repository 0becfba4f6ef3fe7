"""Headers that every answer carries, a request id, and one log line a request without personal data."""

import logging
import re
import time
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import UrnaError
from app.store.audit import REQUEST_ID
from app.web.problems import problem

logger = logging.getLogger("urna.request")
PORT = re.compile(r":\d+$")  # and not the end of an IPv6 address, which stands in brackets

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "manifest-src 'self'; worker-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types urna"
)
SECURITY = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=()",
}
HSTS = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}


class Envelope:
    """Around every answer: request id, security headers, host check, one line of log."""

    def __init__(self, app: ASGIApp, hosts: str = "*", https: bool = False) -> None:
        self._app = app
        self._hosts = frozenset(host.strip().lower() for host in hosts.split(","))
        self._headers = {**SECURITY, **(HSTS if https else {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        request_id, status = uuid4().hex, 0
        scope.setdefault("state", {})["request_id"] = request_id
        REQUEST_ID.set(request_id)

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._dress(MutableHeaders(scope=message), request_id, scope["path"])
            await send(message)

        try:
            inner = self._app if self._is_ours(scope) else problem(UrnaError("bad_host"))
            await inner(scope, receive, send_with_headers)
        except Exception:
            # Named here and not passed on: outside there are no headers, and the words of an exception repeat input.
            logger.exception("unexpected")
            if not status:
                await problem(UrnaError("internal"))(scope, receive, send_with_headers)
        finally:
            _log(scope, request_id, status, started)

    def _is_ours(self, scope: Scope) -> bool:
        return "*" in self._hosts or PORT.sub("", Headers(scope=scope).get("host", "").lower()) in self._hosts

    def _dress(self, headers: MutableHeaders, request_id: str, path: str) -> None:
        headers["X-Request-Id"] = request_id
        for name, value in self._headers.items():
            headers[name] = value
        if path.startswith("/v1/") and "cache-control" not in headers:
            headers["Cache-Control"] = "no-store"


def _log(scope: Scope, request_id: str, status: int, started: float) -> None:
    """The route's template, never the path: ids and codes stay out of logs. `code` is that of the problem answered."""
    route = getattr(scope.get("route"), "path", "-")
    ms = round((time.perf_counter() - started) * 1000, 1)
    fields = {"request_id": request_id, "route": route, "method": scope["method"], "status": status, "ms": ms}
    fields |= {"code": scope["state"].get("code", "")}
    logger.info("request", extra={"fields": fields})
