"""The application held to its OpenAPI by schemathesis: every door, asked by a phone, a key, staff and a stranger."""

import asyncio
import json
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.failures import FailureGroup
from schemathesis.python.asgi import ASGIClient, get_client
from schemathesis.schemas import BaseSchema
from starlette.types import ASGIApp, Receive, Scope, Send

from app.main import create_app
from app.people.staff import sign_in
from app.settings import Settings
from app.store.database import connect
from app.store.schema import migrate
from tests.cast import AMA, MISSION, PASSWORD, add_yaw, esi_key
from tests.sending import set_out

load_all_checks()
EXAMPLES = int(os.environ.get("URNA_SCHEMATHESIS_EXAMPLES", "8"))
"""A door and a caller. `make soak` draws 200, which take half an hour."""
NOT_KEPT = ("positive_data_acceptance",)
"""What fits the description may still name a question, a code or a number of the log that is not there."""
NOT_KEPT_BY = {"/v1/sync/push": ("negative_data_rejection",)}
"""Checks that a door does not keep, by its path: odd words in a push must cost no operation."""


@schemathesis.serializer("application/x-ndjson")
def _lines(_: Any, value: Any) -> bytes:
    """What is drawn for a file of lines is its text."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


@schemathesis.hook
def before_load_schema(_: Any, raw_schema: dict[str, Any]) -> None:
    """A list may name a value twice: it is read as a set, and the description says only what is worth sending."""
    for doors in raw_schema["paths"].values():
        for parameter in (p for door in doors.values() for p in door.get("parameters", ())):
            for bound in ("uniqueItems", "maxItems"):
                parameter["schema"].pop(bound, None)


Everybody = tuple[ASGIClient, dict[str, dict[str, str]]]
"""A client of the running application, and the headers of each kind of caller."""


@pytest.fixture(scope="module")
def everybody(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Everybody]:
    """The application over a mission with checklists and a station, and the credentials of each kind of caller."""
    folder = tmp_path_factory.mktemp("schemathesis")
    url = f"sqlite:///{folder / 'urna.db'}"
    engine = connect(url)
    migrate(engine)
    set_out(engine)
    add_yaw(engine)
    tokens = {"key": esi_key(engine), "staff": sign_in(engine, MISSION, "yaw", PASSWORD, datetime.now(UTC)).token}
    engine.dispose()
    app = create_app(Settings(database_url=url, data_dir=folder, push_burst_per_device=100_000, stream_open_s=0))
    headers = {name: {"Authorization": f"Bearer {token}"} for name, token in tokens.items()}
    with asyncio.Runner() as runner:
        lifespan = app.router.lifespan_context(app)
        runner.run(lifespan.__aenter__())
        with get_client(_running(app)) as client:
            yield client, {"device": AMA.headers, "nobody": {}, **headers}
        runner.run(lifespan.__aexit__(None, None, None))


def _running(app: ASGIApp) -> Any:
    """The application without its start and stop, which schemathesis would repeat for each test."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        await app(scope, receive, send)

    return answer


@pytest.fixture(scope="module")
def described(everybody: Everybody) -> BaseSchema:
    return schemathesis.openapi.from_asgi("/openapi.json", everybody[0].app)


def test_every_reference_of_the_description_leads_somewhere(described: BaseSchema) -> None:
    known = set(described.raw_schema["components"]["schemas"])
    named = re.findall(r"#/components/schemas/(\w+)", json.dumps(described.raw_schema))
    assert set(named) - known == set()
    assert "Problem" in named


@pytest.mark.parametrize(
    ("caller", "mode"),
    [
        ("nobody", GenerationMode.POSITIVE),
        ("staff", GenerationMode.POSITIVE),
        ("device", GenerationMode.POSITIVE),
        ("device", GenerationMode.NEGATIVE),
        ("key", GenerationMode.POSITIVE),
        ("key", GenerationMode.NEGATIVE),
    ],
)
def test_every_door_answers_as_it_is_described(
    described: BaseSchema, everybody: Everybody, caller: str, mode: GenerationMode
) -> None:
    found: Any = described.get_all_operations()
    operations = [result.ok() for result in found]
    faults = {op.label: _faults(op, everybody[0], everybody[1][caller], mode) for op in operations}
    assert {label: found for label, found in faults.items() if found} == {}


def _faults(operation: Any, client: ASGIClient, headers: dict[str, str], mode: GenerationMode) -> list[str]:
    excluded: list[Any] = [CHECKS.get_one(name) for name in (*NOT_KEPT, *NOT_KEPT_BY.get(operation.path, ()))]

    @settings(max_examples=EXAMPLES, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck),
              database=None)  # fmt: skip
    @given(operation.as_strategy(generation_mode=mode))
    def knock(case: schemathesis.Case[Any]) -> None:
        case.call_and_validate(headers=headers, session=client, excluded_checks=excluded)

    try:
        knock()
    except Unsatisfiable:
        return []
    except FailureGroup as group:
        return [f"{fault.title}: {fault.message[:200]}" for fault in group.exceptions]
    return []
