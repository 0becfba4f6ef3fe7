"""Real phones for tests of the server: the phone's own core, running in Node, told what to do."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

FRONTEND = Path(__file__).resolve().parents[1] / "frontend"
SOURCE = FRONTEND / "tests" / "remote" / "phone.ts"


def node() -> str:
    """The Node of `make setup`, else the machine's."""
    beside = Path(sys.executable).parent / "node"
    found = str(beside) if beside.exists() else shutil.which("node")
    assert found, "Node is missing: run make setup"
    return found


def build_phone(folder: Path) -> Path:
    """The phone's core as one file for Node."""
    target = folder / "phone.mjs"
    options = ["--bundle", "--platform=node", "--format=esm", "--log-level=error", f"--outfile={target}"]
    command = [node(), str(FRONTEND / "node_modules" / "esbuild" / "bin" / "esbuild"), str(SOURCE), *options]
    subprocess.run(command, cwd=FRONTEND, check=True, timeout=60)
    return target


class RemotePhoneError(Exception):
    """What the phone answered instead; the message is its code."""


class RemotePhone:
    """One phone. Methods that are not written here are commands of frontend/tests/remote/phone.ts."""

    def __init__(self, program: Path, url: str) -> None:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self._process = subprocess.Popen([node(), str(program), url], text=True, **pipes)  # type: ignore[call-overload]

    def __getattr__(self, command: str) -> Any:
        def ask(*given: Any) -> Any:
            self._process.stdin.write(json.dumps([command, *given]) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
            assert line, "the phone died"
            answer = json.loads(line)
            if "error" in answer:
                raise RemotePhoneError(answer["error"])
            return answer["ok"]

        return ask

    def end(self) -> None:
        self._process.stdin.close()
        self._process.wait(timeout=20)
        self._process.stdout.close()
