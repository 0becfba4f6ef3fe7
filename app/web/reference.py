"""GET /docs: the API as a page, made of the description that /openapi.json gives. No script, nothing from elsewhere.

The usual viewers load from other hosts, or need a policy that lets scripts write into the page.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response

METHODS = ("get", "post", "put", "patch", "delete")
STYLE_PATH = "/docs.css"
STYLE = Path(__file__).with_name("reference.css")


def install(app: FastAPI) -> None:
    """Lay the page and its style beside the API; they are no part of it."""

    async def page(_: Request) -> Response:
        return HTMLResponse(render(app.openapi()))

    async def style(_: Request) -> Response:
        return FileResponse(STYLE, media_type="text/css", headers={"Cache-Control": "no-cache"})

    app.add_route("/docs", page, include_in_schema=False)
    app.add_route(STYLE_PATH, style, include_in_schema=False)


def render(description: Mapping[str, Any]) -> str:
    """The page for an OpenAPI description. Pure."""
    title = escape(f"{description['info']['title']} {description['info']['version']}")
    groups: dict[str, list[str]] = defaultdict(list)
    for path, doors in sorted(description["paths"].items()):
        for method in METHODS:
            if method in doors:
                groups[(doors[method].get("tags") or ["other"])[0]].append(_door(method, path, doors[method]))
    shapes = description.get("components", {}).get("schemas", {})
    return "".join(
        (
            f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}: the API</title>',
            '<meta name="viewport" content="width=device-width">',
            f'<link rel="stylesheet" href="{STYLE_PATH}"></head><body><main><h1>{title}</h1>',
            f"<p>{escape(description['info'].get('summary') or '')}</p>",
            '<p>For programs: <a href="/openapi.json">/openapi.json</a>.</p><nav><ul>',
            *(f'<li><a href="#{escape(name)}">{escape(name)}</a></li>' for name in groups),
            '<li><a href="#shapes">shapes</a></li></ul></nav>',
            *(f'<h2 id="{escape(name)}">{escape(name)}</h2>{"".join(doors)}' for name, doors in groups.items()),
            f'<h2 id="shapes">shapes</h2>{"".join(_shape(name, shapes[name]) for name in sorted(shapes))}',
            "</main></body></html>\n",
        )
    )


def _door(method: str, path: str, door: Mapping[str, Any]) -> str:
    parts = [
        f"<section><h3><b>{method.upper()}</b> {escape(path)}</h3>",
        f"<p>{escape(door.get('description', ''))}</p>",
    ]
    if door.get("parameters"):
        parts += ["<table><tr><th>parameter</th><th>in</th><th>value</th></tr>"]
        parts += [_parameter(one) for one in door["parameters"]]
        parts += ["</table>"]
    body = door.get("requestBody", {}).get("content", {})
    parts += [f"<p>Sends <code>{escape(kind)}</code>: {_kind(one.get('schema', {}))}</p>" for kind, one in body.items()]
    parts += list(_answers(door.get("responses", {})))
    return "".join((*parts, "</section>"))


def _parameter(one: Mapping[str, Any]) -> str:
    needed = ", needed" if one.get("required") else ""
    about = escape(one.get("description", ""))
    value = f"{_kind(one.get('schema', {}))}{needed}{'. ' + about if about else ''}"
    return f"<tr><td><code>{escape(one['name'])}</code></td><td>{escape(one['in'])}</td><td>{value}</td></tr>"


def _answers(responses: Mapping[str, Any]) -> Iterator[str]:
    for status, answer in responses.items():
        for kind, one in answer.get("content", {}).items():
            if status[0] == "2":
                yield f"<p>{escape(status)} <code>{escape(kind)}</code>: {_kind(one.get('schema', {}))}</p>"


def _shape(name: str, schema: Mapping[str, Any]) -> str:
    def needed(field: str) -> str:
        return "" if field in schema.get("required", ()) else " (may be absent)"

    rows = "".join(
        f"<tr><td><code>{escape(field)}</code>{needed(field)}</td><td>{_kind(one)}</td></tr>"
        for field, one in schema.get("properties", {}).items()
    )
    about = escape(schema.get("description", ""))
    head = f'<section id="shape-{escape(name)}"><h3>{escape(name)}</h3><p>{about}</p>'
    return f"{head}<table>{rows}</table></section>" if rows else f"{head}<p>{_kind(schema)}</p></section>"


def _kind(schema: Mapping[str, Any]) -> str:
    """A schema in a word or two; a shape of its own as a link."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rsplit("/", 1)[-1])
        return f'<a href="#shape-{name}">{name}</a>'
    for word in ("anyOf", "oneOf", "allOf"):
        if word in schema:
            return " or ".join(_kind(one) for one in schema[word])
    if "enum" in schema or "const" in schema:
        return ", ".join(f"<code>{escape(str(one))}</code>" for one in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    return escape(_plain(schema))


def _plain(schema: Mapping[str, Any]) -> str:
    kind = schema.get("type", "any value")
    bounds = [f"{word} {schema[key]}" for key, word in BOUNDS.items() if key in schema]
    given = [f"by default {schema['default']}"] if schema.get("default") not in (None, "") else []
    return ", ".join([str(kind if isinstance(kind, str) else " or ".join(kind)), *bounds, *given])


BOUNDS = {
    "format": "as",
    "minimum": "from",
    "maximum": "to",
    "maxLength": "characters up to",
    "maxItems": "items up to",
    "pattern": "like",
}
