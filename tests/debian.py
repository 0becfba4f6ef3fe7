"""Programs of Debian's packages that tests run: found on PATH, else unpacked into `var/`, where nothing of them starts
by itself and nobody needs to be root."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
UNPACKED = ROOT / "var" / "debian"


def program(package: str, path: str) -> str:
    """The program at `path` of a package; the test is skipped where neither it nor its package is to be had."""
    folder = UNPACKED / package
    found = shutil.which(Path(path).name, path=f"{os.environ['PATH']}:/usr/sbin:{folder / Path(path).parent}")
    if found:
        return found
    folder.mkdir(parents=True, exist_ok=True)
    try:
        subprocess.run(["apt-get", "download", package], cwd=folder, check=True, capture_output=True, timeout=100)
        [archive] = folder.glob(f"{package}_*.deb")
        subprocess.run(["dpkg", "-x", archive.name, "."], cwd=folder, check=True, capture_output=True)
    except (OSError, subprocess.SubprocessError, ValueError):
        pytest.skip(f"{package} is not here, and apt-get cannot download it: apt-get install {package}")
    return str(folder / path)
