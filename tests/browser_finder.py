"""Finds a Chromium for the browser tests, or installs one; a Firefox as well, where the system has one to give.

`make setup-browser` runs it. Exits 0 and prints the path; else exits 1 with the one sentence that says what to do.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

FIREFOX = ("firefox-esr", "firefox")
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
INSTALL_TIMEOUT_S = 600


def find() -> Path | None:
    """A Chromium of the system, else the one that Playwright has downloaded before."""
    for name in NAMES:
        if found := shutil.which(name):
            return Path(found)
    return _of_playwright()


def _of_playwright() -> Path | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    return path if path.exists() else None


def _run(*command: str) -> bool:
    try:
        return subprocess.run(command, timeout=INSTALL_TIMEOUT_S, stdout=sys.stderr).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def install() -> Path | None:
    """Asks Playwright for its own build, then, as root, the system's packages."""
    if _run(sys.executable, "-m", "playwright", "install", "chromium") and (found := find()):
        return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        _run("apt-get", "update", "-qq")
        _run("apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium")
    return find()


def find_firefox() -> Path | None:
    return next((Path(found) for name in FIREFOX if (found := shutil.which(name))), None)


def install_firefox() -> None:
    """Asks the system's packages, as root; the tests say it where there is none."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        _run("apt-get", "update", "-qq")
        _run("apt-get", "install", "-y", "-qq", "--no-install-recommends", "firefox-esr")


def main() -> int:
    found = find() or install()
    if found is None:
        print("No Chromium: install one (on Debian: apt-get install chromium) and run this again.", file=sys.stderr)
        return 1
    print(found)
    if find_firefox() is None:
        install_firefox()
    return 0


if __name__ == "__main__":
    sys.exit(main())
