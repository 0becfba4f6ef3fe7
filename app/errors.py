"""The catalogue of everything that can be wrong, with its way out. Stdlib only.

UrnaError          a fault of the catalogue at a place
  ExpressionError  (forms/expressions.py) an expression that cannot be read or evaluated

A fault has a stable code, an HTTP status and a way out. An error names place and fault; it never repeats input.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Fault:
    code: str
    status: int
    title: str
    way_out: str


@dataclass(frozen=True)
class Place:
    """Where in the input a fault sits: a JSON pointer, or line and column of a file."""

    pointer: str
    code: str
    message: str = ""


class UrnaError(Exception):
    """A fault of the catalogue. `detail` is a plain sentence without input; `errors` name places."""

    def __init__(
        self,
        code: str,
        detail: str = "",
        errors: Sequence[Place] = (),
        headers: dict[str, str] | None = None,
    ) -> None:
        self.fault = CATALOGUE[code]
        self.code = code
        self.detail = detail or self.fault.way_out
        self.errors = tuple(errors)
        self.headers = headers or {}
        super().__init__(f"{code}: {self.detail}")


@dataclass
class _Catalogue:
    faults: dict[str, Fault] = field(default_factory=dict)

    def add(self, code: str, status: int, title: str, way_out: str) -> None:
        assert code not in self.faults, f"{code} stands in the catalogue twice: give one of them another code"
        self.faults[code] = Fault(code, status, title, way_out)


_catalogue = _Catalogue()
_add = _catalogue.add

# What a request can get wrong
_add("invalid_json", 400, "The body is not JSON", "Send one JSON object in UTF-8.")
_add("too_complex", 400, "The body is too complex", "Send less depth, fewer keys or shorter texts.")
_add("invalid_request", 422, "The request has the wrong shape", "Compare it with /openapi.json.")
_add("unknown_parameter", 400, "Unknown query parameter", "Use one of the parameters that the detail lists.")
_add("invalid_parameter", 400, "A query parameter has a value that cannot be", "Use a value that the detail names.")
_add("body_too_large", 413, "The body is too large", "Send fewer operations in one request.")
_add("request_timeout", 408, "The body came too slowly", "Send it again; send fewer operations in one request.")
_add("unsupported_media_type", 415, "Unsupported media type", "Send application/json.")
_add("unsupported_encoding", 415, "Unsupported content encoding", "Send gzip once, or no encoding.")
_add("not_found", 404, "Not found", "Check the address; it may belong to another mission.")
_add("method_not_allowed", 405, "Method not allowed", "Use a method that the Allow header names.")
_add("bad_host", 400, "This host name is not served here", "Use the mission's own address.")

# Who may
_add("invalid_credentials", 401, "No valid credentials", "Enrol again; everything on the phone is kept.")
_add("second_factor", 401, "The second factor is wanted", "Send the six digits of your authenticator app as totp.")
_add("forbidden", 403, "Not yours to read", "Ask the mission for a key with the scope that the detail names.")
_add("bad_origin", 403, "The request comes from another site", "Open the mission's own address.")
_add("device_lost", 403, "This device is marked as lost", "Call the mission; what it sends is still kept.")
_add("embargoed", 403, "Results are under embargo", "Ask the mission for a key with results:embargoed.")
_add("code_unknown", 404, "This code is not known", "Check the letters on the card, or ask for a new card.")
_add("code_used", 410, "This code has been used", "Ask the mission for a new card.")
_add("code_expired", 410, "This code has expired", "Ask the mission for a new card.")
_add("rate_limited", 429, "Too many requests", "Wait for the seconds that Retry-After names.")

# What the server cannot do now
_add("busy", 503, "The server is busy", "Try again after the seconds that Retry-After names.")
_add("storage_full", 507, "The server's disk is full", "Try again later; nothing was lost on the phone.")
_add("internal", 500, "Something failed here", "Try again; tell the mission the request id.")
_add("names_sealed", 503, "Names cannot be opened here", "Start with the secret file under which they were sealed.")
_add("not_ready", 503, "Not ready", "Wait for the start to finish, or run urna doctor.")

# Paging and time travel
_add("cursor_reset", 410, "The cursor belongs to another epoch", "Pull again without a cursor.")
_add("as_of_ahead", 400, "as_of lies ahead of the log", "Use a number up to the head that the detail names.")
_add("snapshot_taken", 409, "The name stands for another number", "Choose another name for the snapshot.")
_add("format_missing", 501, "This server cannot write that format", "Install Urna with its extra: urna[analysis].")
_add("too_many_columns", 400, "The table is too wide for that format", "Ask for fewer columns with fields=.")
_add("webhook_address", 422, "The webhook's address cannot be used", "Use an https address of a public host.")
_add("too_many_streams", 429, "Too many streams are open", "Close another stream, or poll with If-None-Match.")

# What a checklist can get wrong
_add("expression_invalid", 422, "An expression cannot be read", "Correct it at the character that the detail names.")
_add("expression_too_deep", 422, "An expression is nested too deeply", "Split it, or write fewer brackets in brackets.")
_add("expression_too_long", 422, "An expression is too long", "Split it into several checks or conditions.")
_add(
    "regex_not_shared",
    422,
    "A regex that phones and server may read differently",
    "Use the signs that the detail names.",
)
_add("checklist_invalid", 422, "The checklist has faults", "Correct the places that errors names, then publish again.")

CATALOGUE = _catalogue.faults
"""Code -> fault. docs/api.md lists every one; a test compares."""
