"""The OpenAPI has an example for every operation, and each is what it says it is."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from app.main import create_app
from app.settings import Settings
from app.web.examples import JSON, curl, examples

NO_BODY = {"204", "304"}


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("examples")
    app = create_app(Settings(database_url=f"sqlite:///{folder / 'urna.db'}", data_dir=folder))
    found = app.openapi()
    app.state.ground.engine.dispose()
    return found


def operations(described: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def contents(operation: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The JSON of a body and of answers that are no faults."""
    body = operation.get("requestBody", {}).get("content", {}).get(JSON)
    if body is not None:
        yield "body", body
    for status, answer in operation["responses"].items():
        if status.startswith("2") and JSON in answer.get("content", {}):
            yield status, answer["content"][JSON]


def test_every_operation_has_its_example_and_no_other_has_one(described: dict[str, Any]) -> None:
    assert {name for name, _ in operations(described)} == set(examples())
    lacking = [
        (name, part)
        for name, operation in operations(described)
        for part, content in contents(operation)
        if "example" not in content
    ]
    assert lacking == []
    assert all(operation["x-codeSamples"] for _, operation in operations(described))


def test_every_example_has_the_shape_that_the_description_says(described: dict[str, Any]) -> None:
    faults = [
        (name, part, fault.json_path, fault.message[:100])
        for name, operation in operations(described)
        for part, content in contents(operation)
        for fault in validator(content["schema"], described).iter_errors(content["example"])
    ]
    assert faults == []


def validator(schema: dict[str, Any], described: dict[str, Any]) -> Draft202012Validator:
    return Draft202012Validator({**schema, "components": described["components"]})


def test_no_example_holds_a_secret() -> None:
    text = (Path(__file__).parents[1] / "app" / "web" / "examples.json").read_text()
    assert "urnad_..." in text
    assert not [word for word in text.split('"') if word.startswith(("urnad_", "urnak_", "urnas_")) and len(word) > 9]


def test_a_line_for_the_shell_quotes_what_it_sends() -> None:
    line = curl("POST", "/v1/x", {"request": {"a": "it's"}, "query": "form=B"})
    assert line.endswith("""-X POST -H 'Content-Type: application/json' -d '{"a": "it'\\''s"}'""")
    assert '"$URNA_URL/v1/x?form=B"' in line
