"""An example for every operation of the OpenAPI, as a mission under test answered it (`python -m tests.api_examples`).

Each has a line for curl; each that answers JSON has an answer; each that takes JSON has a body.
"""

import json
from pathlib import Path
from typing import Any

from fastapi import FastAPI

FILE = Path(__file__).parent / "examples.json"
JSON = "application/json"
Example = dict[str, Any]
"""`query`, `request` and `response`, where there are any."""


def examples() -> dict[str, Example]:
    """ "GET /v1/results" -> its example."""
    found: dict[str, Example] = json.loads(FILE.read_text("utf-8"))
    return found


def show(app: FastAPI) -> None:
    """Lay the examples into the OpenAPI."""
    describe, known = app.openapi, examples()

    def described() -> dict[str, Any]:
        description = describe()
        for path, operations in description["paths"].items():
            for method, operation in operations.items():
                _lay(operation, method.upper(), path, known.get(f"{method.upper()} {path}", {}))
        return description

    app.openapi = described  # type: ignore[method-assign]


def _lay(operation: dict[str, Any], method: str, path: str, example: Example) -> None:
    operation["x-codeSamples"] = [{"lang": "curl", "source": curl(method, path, example)}]
    body = operation.get("requestBody", {}).get("content", {}).get(JSON)
    if body is not None and "request" in example:
        body["example"] = example["request"]
    for status, answer in operation.get("responses", {}).items():
        content = answer.get("content", {}).get(JSON)
        if status.startswith("2") and content is not None and "response" in example:
            content["example"] = example["response"]


def curl(method: str, path: str, example: Example) -> str:
    """The call as a line of a shell; `$URNA_KEY` is a key, a session or a device's token."""
    query = f"?{example['query']}" if example.get("query") else ""
    parts = ["curl", '-H "Authorization: Bearer $URNA_KEY"', f'"$URNA_URL{path}{query}"']
    parts += [f"-X {method}"] if method != "GET" else []
    if "request" in example:
        said = json.dumps(example["request"], ensure_ascii=False).replace("'", "'\\''")
        parts += ["-H 'Content-Type: application/json'", f"-d '{said}'"]
    return " ".join(parts)
