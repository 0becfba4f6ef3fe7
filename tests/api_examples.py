"""Ask every door once, as one who may, and keep what it answers: `python -m tests.api_examples` writes the examples of
the OpenAPI anew. Secrets are left out, long lists are cut."""

import asyncio
import json
import re
import tempfile
from pathlib import Path
from typing import Any

from app.main import create_app
from app.settings import Settings
from app.store.database import connect
from app.store.schema import migrate
from app.web.examples import FILE, Example
from tests.doorstep import CALLERS, SECRET, Doorstep, knocking, writer_of
from tests.test_role_matrix import MATRIX, address, knock

ITEMS_MAX, TEXT_MAX = 2, 400
SECRETS = re.compile(r"(urna[dks]_|whsec_)[A-Za-z0-9_+/=-]+")
SLOW = (".sav", ".dta")
BY_HAND: dict[str, Example] = {
    "POST /v1/grant": {
        "request": {"grant": "eyJ..."},
        "response": {"device_id": "00000000-0000-4000-8000-000000000001"},
    },
    "GET /v1/receipts/{short}": {
        "response": {
            "rows": [
                {
                    "short": "7F3A",
                    "report_id": "0190a000-0000-7000-8000-82f3e9c695dc",
                    "team": "0001",
                    "form": "B",
                    "place_id": "KZ-75-0123",
                    "status": "finished",
                    "entries": [
                        {
                            "op_id": "0190a000-0000-7000-8000-0000000000aa",
                            "server_seq": 18234,
                            "kind": "report.finish",
                            "state": "accepted",
                            "code": None,
                            "made_at": "2022-11-20T14:05:12+06:00",
                            "received_at": "2022-11-20T08:05:14Z",
                            "entry": "9f2c1b0a",
                        }
                    ],
                }
            ]
        },
    },
    "GET /v1/webhooks/{webhook_id}/deliveries": {
        "response": {
            "deliveries": [
                {
                    "id": "msg_5a1f0c8e9b7d6a4f3e2c1b0a",
                    "event": "incident.critical",
                    "about": "0190a000-0000-7000-8000-82f3e9c695dc",
                    "made_at": "2022-11-20T09:31:07Z",
                    "state": "delivered",
                    "tries": 2,
                    "next_at": None,
                    "status": 204,
                    "error": None,
                    "delivered_at": "2022-11-20T09:31:13Z",
                }
            ]
        },
    },
}
"""What the mission under test has no case of."""
ORDER = ("head", "results key", *CALLERS)


async def collected() -> dict[str, Example]:
    """ "GET /v1/results" -> its example."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "key").write_bytes(SECRET)
        url = f"sqlite:///{folder / 'urna.db'}"
        engine = connect(url)
        migrate(engine)
        doorstep = Doorstep.of(engine)
        app = create_app(Settings(database_url=url, data_dir=folder, secret_file=folder / "key", stream_open_s=0))
        with writer_of(app):
            async with knocking(app) as client:
                found = {" ".join(door): await _asked(client, doorstep, door) for door in sorted(MATRIX, key=_order)}
        app.state.ground.engine.dispose()
        engine.dispose()
    return dict(sorted({**found, **BY_HAND}.items()))


def _order(door: tuple[str, str]) -> tuple[bool, bool, tuple[str, str]]:
    """What makes things comes before what lists them, what ends them last."""
    return door[0] == "DELETE", door[0] == "GET", door


async def _asked(client: Any, doorstep: Doorstep, door: tuple[str, str]) -> Example:
    method, path = door
    query = address(path, doorstep.ids).partition("?")[2]
    found: Example = {"query": query.replace("form=Z", "form=B")} if query else {}
    if path.endswith(SLOW):
        return found
    for caller in ORDER:
        if method != "GET":
            doorstep.reset()
        answer = await knock(client, doorstep, door, caller)
        if answer.is_success:
            sent = answer.request.content
            if sent and answer.request.headers.get("Content-Type") == "application/json":
                found["request"] = _cut(json.loads(sent))
            if answer.content and answer.headers.get("Content-Type", "").startswith("application/json"):
                found["response"] = _cut(answer.json())
            break
    return found


def _cut(value: Any) -> Any:
    match value:
        case str():
            return SECRETS.sub(r"\1...", value)[:TEXT_MAX]
        case list():
            return [_cut(one) for one in value[:ITEMS_MAX]]
        case dict():
            return {name: _cut(one) for name, one in value.items()}
    return value


if __name__ == "__main__":
    FILE.write_text(json.dumps(asyncio.run(collected()), ensure_ascii=False, indent=1) + "\n", "utf-8")
