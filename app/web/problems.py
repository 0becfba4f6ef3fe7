"""Errors as application/problem+json (RFC 9457), one shape for all, never repeating what was sent."""

import logging
from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy.exc import OperationalError, TimeoutError
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from app.errors import Place, UrnaError

logger = logging.getLogger("urna.web")

BY_STATUS = {400: "invalid_request", 404: "not_found", 405: "method_not_allowed", 413: "body_too_large"}
MEDIA_TYPE = "application/problem+json"


class ProblemPlace(BaseModel):
    pointer: str
    code: str


class Problem(BaseModel):
    """The body of every error."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[ProblemPlace]


RESPONSES: dict[int | str, dict[str, Any]] = {
    family: {"description": "A problem", "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    for family in ("4XX", "5XX")
}


class ProblemResponse(JSONResponse):
    """Leaves its code where the line of log finds it."""

    code = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("state", {})["code"] = self.code
        await super().__call__(scope, receive, send)


def problem(error: UrnaError) -> JSONResponse:
    body = Problem(
        type=f"urn:urna:error:{error.code}",
        title=error.fault.title,
        status=error.fault.status,
        code=error.code,
        detail=error.detail,
        errors=[ProblemPlace(pointer=place.pointer, code=place.code) for place in error.errors],
    )
    headers = {"Cache-Control": "no-store", **error.headers}
    answer = ProblemResponse(body.model_dump(), error.fault.status, headers, MEDIA_TYPE)
    answer.code = error.code
    return answer


def install(app: FastAPI) -> None:
    app.add_exception_handler(UrnaError, _urna_error)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(OperationalError, _database)
    app.add_exception_handler(TimeoutError, _database)
    _describe(app)


def _describe(app: FastAPI) -> None:
    """Lay the shape of a problem, which every door's answers refer to, into the OpenAPI."""
    describe = app.openapi

    def described() -> dict[str, Any]:
        description = describe()
        shape = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        parts = shape.pop("$defs")
        description.setdefault("components", {}).setdefault("schemas", {}).update(parts, Problem=shape)
        return description

    app.openapi = described  # type: ignore[method-assign]


async def _urna_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, UrnaError)
    return problem(error)


async def _validation(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    return problem(UrnaError("invalid_request", errors=places(error.errors())))


def places(errors: Sequence[Any]) -> list[Place]:
    """Where pydantic found a fault, by JSON pointer and its kind; at most 20, without input, context or address."""
    return [Place(_pointer(e), str(e["type"])) for e in errors[:20]]


def _pointer(error: Any) -> str:
    """Our own field names; a key that the client made up is not repeated."""
    steps = [str(step) for step in error["loc"]]
    if error["type"] == "extra_forbidden":
        steps[-1] = "-"
    return "/" + "/".join(steps)


async def _http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = BY_STATUS.get(error.status_code, "invalid_request" if error.status_code < 500 else "internal")
    return problem(UrnaError(code, headers=dict(error.headers or {})))


async def _database(_: Request, error: Exception) -> JSONResponse:
    logger.error("the database did not answer: %s", type(error).__name__)
    return problem(UrnaError("busy", headers={"Retry-After": "5"}))
