"""Serves the built phone app and the desk. Hashed files for ever, pages asked again each time."""

from pathlib import Path

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from app.web import reference

STATIC = Path(__file__).parent / "static"
FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"


class Pages(StaticFiles):
    """Files of the build; a path without a file is the desk's or the app itself, which finds its own screen."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        try:
            response = await super().get_response(path, scope)
        except HTTPException as error:
            if error.status_code != 404 or path.startswith("v1") or "." in path.rsplit("/", 1)[-1]:
                raise
            page = "desk.html" if path.split("/", 1)[0] == "desk" else "index.html"
            response = await super().get_response(page, scope)
        response.headers["Cache-Control"] = FOR_EVER if path.startswith("assets/") else ASK_AGAIN
        return response


def install(app: FastAPI) -> None:
    """The page of the API; and mount the build, where there is one: the API runs without."""
    reference.install(app)
    if (STATIC / "index.html").is_file():
        packed = GZipMiddleware(Pages(directory=STATIC, html=True), minimum_size=1000)
        app.mount("/", packed, name="pages")
