"""Every door says who may enter. `test_role_matrix.py` knocks at each as everybody who may come."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts

from app.main import create_app
from app.people.keys import SCOPES
from app.settings import Settings
from app.store.database import connect
from app.store.schema import migrate
from app.web.access import ROLE_SCOPES, Rule


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    folder = tmp_path_factory.mktemp("doors")
    settings = Settings(database_url=f"sqlite:///{folder / 'urna.db'}", data_dir=folder)
    engine = connect(settings.database_url)
    migrate(engine)
    engine.dispose()
    return create_app(settings)


def rules(route: RouteContext) -> Iterator[Rule]:
    """The access rules in a route's tree of dependencies."""
    waiting = [route.dependant]
    while waiting:
        dependant = waiting.pop()
        rule = getattr(dependant.call, "rule", None)
        if isinstance(rule, Rule):
            yield rule
        waiting += dependant.dependencies


OPEN = {
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("POST", "/v1/enrol"),
    ("POST", "/v1/grant"),
    ("POST", "/v1/staff/session"),
    ("GET", "/v1/welcome"),
}
"""The doors without credentials. A door that is added here needs a reason that a stranger would accept."""


def api_routes(app: FastAPI) -> list[RouteContext]:
    """Every route of the API, with the dependencies that its router adds."""
    found = [c for c in iter_route_contexts(app.routes) if isinstance(c.original_route, APIRoute)]
    assert len(found) > len(OPEN), "the walk over the routes found none: FastAPI keeps them elsewhere now"
    return found


def doors(app: FastAPI) -> dict[tuple[str, str], list[Rule]]:
    """(method, path) -> its access rules."""
    return {
        (method, str(route.path)): list(rules(route)) for route in api_routes(app) for method in route.methods or ()
    }


def test_every_route_has_exactly_one_access_rule(app: FastAPI) -> None:
    assert {door: len(found) for door, found in doors(app).items() if len(found) != 1} == {}


def test_only_the_named_doors_are_open_to_all(app: FastAPI) -> None:
    assert {door for door, found in doors(app).items() if not any(rule.kinds for rule in found)} == OPEN


def test_every_scope_that_a_door_asks_for_can_be_given_to_keys_and_roles(app: FastAPI) -> None:
    asked = {rule.scope for found in doors(app).values() for rule in found} - {None}
    assert asked == set(SCOPES)
    assert asked <= frozenset().union(*ROLE_SCOPES.values())


def test_every_route_says_in_a_sentence_what_it_is_for(app: FastAPI) -> None:
    assert [route.path for route in api_routes(app) if not (route.description or "").strip()] == []


def test_the_description_of_the_api_is_complete(app: FastAPI) -> None:
    assert set(app.openapi()["paths"]) == {route.path for route in api_routes(app)}


def test_no_page_of_the_api_loads_from_elsewhere(app: FastAPI) -> None:
    assert app.docs_url is None
    assert app.redoc_url is None
