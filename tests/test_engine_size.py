"""The phone's engine is small: evaluation, conditions, checks, statuses in at most 4 KiB gzip."""

import gzip
import subprocess
from pathlib import Path

from tests.test_expressions_twins import node

FRONTEND = Path(__file__).parent.parent / "frontend"
BYTES_MAX = 4096
ENTRY = "".join(f'export * from "./src/forms/{name}.ts";' for name in ("evaluate", "answers", "status"))
BUNDLE = f"""
import {{ build }} from 'esbuild'
const stdin = {{ contents: {ENTRY!r}, resolveDir: '.', loader: 'ts' }}
const {{ outputFiles }} = await build({{ stdin, bundle: true, minify: true, write: false, format: 'esm',
  target: ['chrome90', 'safari15'] }})
process.stdout.write(outputFiles[0].contents)
"""


def test_the_engine_weighs_at_most_4_kib_on_the_phone() -> None:
    command = [node(), "--input-type=module", "--eval", BUNDLE]
    bundle = subprocess.run(command, cwd=FRONTEND, check=True, capture_output=True, timeout=60).stdout
    assert b"not_computable" in bundle
    assert b"format-date" in bundle
    weight = len(gzip.compress(bundle, 9))
    assert weight <= BYTES_MAX, f"the engine weighs {weight} bytes"
