"""A phone in Firefox, driven over its own remote protocol (Marionette): no driver is needed beside it."""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

START_TIMEOUT_S, WAIT_S, POLL_S = 90, 20, 0.05
PREFERENCES = {
    "app.update.disabledForTesting": True,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "browser.aboutwelcome.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "intl.accept_languages": "en-GB",
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.dns.disablePrefetch": True,
    "services.settings.server": "data:,#remote-settings-dummy/v1",
    "toolkit.telemetry.reportingpolicy.firstRun": False,
    "extensions.getAddons.cache.enabled": False,
}
BY_NAME = """
  const [name, exact] = arguments
  const said = (one) => (one.getAttribute('aria-label') ?? one.textContent).replace(/\\s+/g, ' ').trim()
  const fits = (one) => (exact ? said(one) === name : said(one).includes(name))
  const found = [...document.querySelectorAll('button, label')].find((one) => fits(one) && one.getClientRects().length)
  if (!found) return false
  found.click()
  return true
"""


class Firefox:
    """Firefox on a profile in `folder`. `kill` leaves it no moment to write anything."""

    def __init__(self, executable: Path, folder: Path, private: bool = False) -> None:
        self._executable, self._folder, self._private = executable, folder, private
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._number = 0

    def start(self) -> "Firefox":
        port = _free_port()
        self._folder.mkdir(exist_ok=True)
        private = {"browser.privatebrowsing.autostart": True} if self._private else {}
        lines = {**PREFERENCES, **private, "marionette.port": port}.items()
        text = "".join(f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in lines)
        (self._folder / "user.js").write_text(text)
        command = [str(self._executable), "--headless", "--marionette", "--no-remote", "--profile", str(self._folder)]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        environment = {**os.environ, "TZ": "Asia/Almaty", "MOZ_HEADLESS_WIDTH": "360", "MOZ_HEADLESS_HEIGHT": "740"}
        self._process = subprocess.Popen(command, env=environment, start_new_session=True, **quiet)  # type: ignore[call-overload]
        self._socket = _connect(port)
        self._read()
        self.ask("WebDriver:NewSession", {"capabilities": {"alwaysMatch": {"acceptInsecureCerts": False}}})
        return self

    def kill(self) -> None:
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(timeout=30)
        self._process = None
        if self._socket is not None:
            self._socket.close()
        for lock in ("lock", ".parentlock"):
            (self._folder / lock).unlink(missing_ok=True)

    def ask(self, command: str, given: dict[str, Any]) -> Any:
        assert self._socket is not None
        self._number += 1
        text = json.dumps([0, self._number, command, given]).encode()
        self._socket.sendall(f"{len(text)}:".encode() + text)
        _, _, error, answer = self._read()
        assert error is None, f"{command}: {error}"
        return answer

    def _read(self) -> Any:
        assert self._socket is not None
        length = b""
        while not length.endswith(b":"):
            length += self._socket.recv(1)
        content = b""
        while len(content) < int(length[:-1]):
            content += self._socket.recv(int(length[:-1]) - len(content))
        return json.loads(content)

    def goto(self, url: str) -> None:
        self.ask("WebDriver:Navigate", {"url": url})

    def run(self, script: str, *given: Any) -> Any:
        """What a script of the page gives."""
        return self.ask("WebDriver:ExecuteScript", {"script": script, "args": list(given)})["value"]

    def promise(self, expression: str, *given: Any) -> Any:
        """What a promise of the page gives."""
        script = f"const done = arguments[arguments.length - 1]; ({expression}).then(done, (e) => done(String(e)))"
        return self.ask("WebDriver:ExecuteAsyncScript", {"script": script, "args": list(given)})["value"]

    def new_tab(self) -> None:
        handle = self.ask("WebDriver:NewWindow", {"type": "tab"})["handle"]
        self.ask("WebDriver:SwitchToWindow", {"handle": handle})

    def first_tab(self) -> None:
        handle = self.ask("WebDriver:GetWindowHandles", {})[0]
        self.ask("WebDriver:SwitchToWindow", {"handle": handle})

    def until(self, look: Callable[[], Any], what: str) -> Any:
        until = time.monotonic() + WAIT_S
        while not (found := look()):
            assert time.monotonic() < until, f"never came: {what}; the screen says: {self.text()[:300]}"
            time.sleep(POLL_S)
        return found

    def click(self, name: str, exact: bool = True) -> None:
        """The first button or choice of that name that can be seen, once it is there."""
        self.until(lambda: self.run(BY_NAME, name, exact), name)

    def type(self, selector: str, text: str) -> None:
        script = """
          const field = document.querySelector(arguments[0])
          if (!field) return false
          field.focus()
          field.value = arguments[1]
          field.dispatchEvent(new Event('input', { bubbles: true }))
          return true
        """
        self.until(lambda: self.run(script, selector, text), selector)

    def text(self) -> str:
        said: str = self.run("return document.body ? document.body.innerText : ''")
        return said

    def sees(self, text: str) -> None:
        self.until(lambda: text in self.text(), text)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _connect(port: int) -> socket.socket:
    until = time.monotonic() + START_TIMEOUT_S
    while True:
        try:
            connected = socket.create_connection(("127.0.0.1", port), 5)
            connected.settimeout(60)
            return connected
        except OSError:
            assert time.monotonic() < until, "Firefox did not start"
            time.sleep(0.1)


def phones_in(executable: Path, folder: Path) -> Iterator[Callable[..., Firefox]]:
    """Makes phones by name; all are gone in the end."""
    made: list[Firefox] = []

    def make(name: str, private: bool = False) -> Firefox:
        made.append(Firefox(executable, folder / name, private))
        return made[-1].start()

    yield make
    for phone in made:
        phone.kill()
