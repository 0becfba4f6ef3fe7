"""The frontend compiles against the server's own description of the phones' doors."""

import json
import subprocess
from pathlib import Path

from app.main import create_app
from app.settings import Settings

FRONTEND = Path(__file__).parents[1] / "frontend"


def test_the_types_of_the_phones_doors_are_those_of_the_server(tmp_path: Path) -> None:
    app = create_app(Settings(database_url=f"sqlite:///{tmp_path / 'urna.db'}", data_dir=tmp_path))
    node = ["node", "build/wire.mjs"]
    made = subprocess.run(
        node, input=json.dumps(app.openapi()), capture_output=True, text=True, cwd=FRONTEND, check=True
    )
    assert made.stdout == (FRONTEND / "src" / "wire.ts").read_text(), "a door of phones changed: make openapi"
