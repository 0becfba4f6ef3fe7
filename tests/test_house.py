"""The walls: who may import of app, read from the import statements themselves."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
APP = ROOT / "app"
GROUND = {"errors", "forms", "store", "web", "settings", "main", "__main__"}
FILES = sorted(path.relative_to(ROOT) for path in APP.rglob("*.py"))


def is_routes(file: Path) -> bool:
    """A room's doors: routes.py, and <topic>_routes.py where one file would be too long."""
    return file.name == "routes.py" or file.name.endswith("_routes.py")


def rooms() -> set[str]:
    return {path.name for path in APP.iterdir() if path.is_dir() and (path / "__init__.py").exists()} - GROUND


def imports(file: Path) -> set[str]:
    """Dotted names of the modules a file imports, wherever in it the statement stands."""
    found: set[str] = set()
    for node in ast.walk(ast.parse((ROOT / file).read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: write imports from the top (app.…), not relative ones"
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {str(node.module)}
    return found


def of_app(file: Path) -> set[str]:
    """First steps below app that a file imports: {"store", "errors"}."""
    return {name.split(".")[1] for name in imports(file) if name.startswith("app.")}


def allowed(file: Path) -> set[str]:
    """The table of the design, as a function of where a file stands."""
    place = file.parts[1].removesuffix(".py")
    if place in ("main", "__main__"):
        return GROUND | rooms()
    if place in ("errors", "__init__"):
        return set()
    if place == "settings":
        return {"errors"}
    if place == "forms":
        return {"errors", "forms"}
    if place == "store":
        return {"errors", "forms", "store"}
    if place == "web":
        return {"errors", "store", "settings", "web"}
    if is_routes(file):
        return {place, "web", "forms", "errors"}
    return {place, "forms", "store", "errors"}


@pytest.mark.parametrize("file", FILES, ids=str)
def test_a_file_imports_only_what_its_place_may(file: Path) -> None:
    assert of_app(file) <= allowed(file)


@pytest.mark.parametrize("file", FILES, ids=str)
def test_only_doors_know_http(file: Path) -> None:
    is_door = is_routes(file) or file.parts[1] in ("web", "main.py", "__main__.py")
    http = {name for name in imports(file) if name.split(".")[0] in ("fastapi", "starlette", "uvicorn")}
    assert is_door or not http


@pytest.mark.parametrize("file", [f for f in FILES if is_routes(f)], ids=str)
def test_routes_do_not_reach_for_tables(file: Path) -> None:
    assert not {name for name in imports(file) if name.startswith("app.store.tables")}


@pytest.mark.parametrize("file", [f for f in FILES if f.parts[1] == "forms"], ids=str)
def test_the_engine_reads_no_clock_no_disk_no_chance_and_evaluates_no_text(file: Path) -> None:
    """Pure: the catalogue alone reads its own JSON files."""
    forbidden = {"time", "random", "secrets", "os", "socket", "subprocess", "sqlalchemy", "sqlmodel", "httpx"}
    assert not {name.split(".")[0] for name in imports(file)} & forbidden
    calls = {
        node.func.id
        for node in ast.walk(ast.parse((ROOT / file).read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not calls & {"eval", "exec", "compile", "__import__"}


def test_errors_stand_alone() -> None:
    assert of_app(Path("app/errors.py")) == set()


def test_every_room_has_a_reason_written_at_its_door() -> None:
    for room in rooms():
        assert ast.get_docstring(ast.parse((APP / room / "__init__.py").read_text())), f"app/{room} says nothing"
