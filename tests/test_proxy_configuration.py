"""deploy/nginx.conf, run by the nginx of Debian: on PATH, else its package unpacked into `var/`; skipped without."""

import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import yaml  # type: ignore[import-untyped]
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID

from app.__main__ import KEEP_ALIVE_S
from app.store.database import connect
from tests.cast import AMA
from tests.conftest import new_database
from tests.debian import program
from tests.loading import ENVIRONMENT, PUSH, Load
from tests.sending import Hand, uuid
from tests.serving import Server, serving
from tests.test_kills import set_out_at, wait_until
from tests.test_metrics import free_port

ROOT = Path(__file__).resolve().parents[1]
HOST = "urna.example.org"
SHIPPED_TIMEOUT_S, HEADER_TIMEOUT_S = 10, 1
"""How long a caller may take over its headers, as shipped and where a test waits for the end of that time."""


@pytest.fixture(scope="module")
def nginx() -> str:
    return program("nginx", "usr/sbin/nginx")


class Proxy:
    """nginx with the shipped configuration, its ports, paths and one timeout put in for the test."""

    def __init__(self, program: str, folder: Path, upstreams: list[str], timeout_s: int) -> None:
        self.port, self.plain_port, self.folder = free_port(), free_port(), folder
        self.url = f"https://127.0.0.1:{self.port}"
        self.trust = ssl.create_default_context(cafile=str(certificate(folder)))
        self.trust.check_hostname = False
        (folder / "urna.conf").write_text(self._configured(upstreams, timeout_s))
        (folder / "nginx.conf").write_text(self._around())
        self._command = [program, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
        self._process: subprocess.Popen[bytes] | None = None

    def _configured(self, upstreams: list[str], timeout_s: int) -> str:
        shipped = (ROOT / "deploy" / "nginx.conf").read_text()
        line = "    server 127.0.0.1:8000 max_fails=2 fail_timeout=5s;\n"
        servers = "".join(line.replace("127.0.0.1:8000", one.removeprefix("http://")) for one in upstreams)
        for ours, theirs in {
            line: servers,
            "listen 80;": f"listen 127.0.0.1:{self.plain_port};",
            "listen 443 ssl;": f"listen 127.0.0.1:{self.port} ssl;",
            "/etc/ssl/urna/": f"{self.folder}/",
            "/var/log/nginx/": f"{self.folder}/",
            f"client_header_timeout {SHIPPED_TIMEOUT_S}s;": f"client_header_timeout {timeout_s}s;",
        }.items():
            assert ours in shipped, f"deploy/nginx.conf no longer says: {ours}"
            shipped = shipped.replace(ours, theirs)
        return shipped

    def _around(self) -> str:
        user = "user root;" if os.geteuid() == 0 else ""
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        paths = "".join(f"{kind}_temp_path {self.folder}/{kind};" for kind in kinds)
        return (
            f"{user} daemon off; pid {self.folder}/pid; events {{ worker_connections 1024; }}\n"
            f"http {{ access_log off; {paths} include {self.folder}/urna.conf; }}\n"
        )

    def check(self) -> str:
        return subprocess.run([*self._command, "-t"], capture_output=True, text=True).stderr

    def start(self) -> "Proxy":
        self._process = subprocess.Popen(self._command)
        wait_until(lambda: is_open(self.port))
        return self

    def stop(self) -> None:
        assert self._process is not None
        self._process.terminate()
        self._process.wait(10)

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, verify=self.trust, headers={"Host": HOST}, timeout=20, trust_env=False)


def is_open(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def certificate(folder: Path) -> Path:
    """Self-signed, with its key beside, as the configuration names them."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(issuer_name=name, subject_name=name, public_key=key.public_key(), serial_number=1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "fullchain.pem").write_bytes(made.public_bytes(pem))
    plain = serialization.NoEncryption()
    (folder / "privkey.pem").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    return folder / "fullchain.pem"


@contextmanager
def proxied(nginx: str, folder: Path, *servers: Server, timeout_s: int = SHIPPED_TIMEOUT_S) -> Iterator[Proxy]:
    folder.mkdir(exist_ok=True)
    proxy = Proxy(nginx, folder, [server.url for server in servers], timeout_s)
    assert "test is successful" in proxy.check(), proxy.check()
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()


@pytest.fixture
def server(sqlite_template: Path, tmp_path: Path) -> Iterator[Server]:
    shutil.copy(sqlite_template, tmp_path / "urna.db")
    url = f"sqlite:///{tmp_path / 'urna.db'}"
    set_out_at(url)
    with serving(url, tmp_path, **ENVIRONMENT, URNA_PUBLIC_URL=f"https://{HOST}") as running:
        yield running


def test_the_server_keeps_an_idle_line_longer_than_the_proxy_does() -> None:
    """Else a report is sent on a line that the server closes at that moment, and the phone is answered 502."""
    upstream = (ROOT / "deploy" / "nginx.conf").read_text().split("server {")[0]
    [proxy_s] = re.findall(r"keepalive_timeout (\d+)s;", upstream)
    assert int(proxy_s) + 10 <= KEEP_ALIVE_S


def test_phones_work_through_it_and_slow_or_silent_callers_are_let_go(
    nginx: str, server: Server, tmp_path: Path
) -> None:
    through = proxied(nginx, tmp_path / "nginx", server, timeout_s=HEADER_TIMEOUT_S)
    with through as proxy, proxy.client() as client:
        hand = Hand(AMA)
        body = {"protocol": 1, "attempt_id": "a", "ops": [hand.finish(report_id=uuid("x"))]}
        said = client.post(PUSH, json=body, headers=AMA.headers)
        assert (said.status_code, said.json()["results"][0]["outcome"]) == (200, "accepted")
        assert "strict-transport-security" in said.headers
        assert "nginx/" not in said.headers.get("server", "")

        large = client.post(PUSH, content=b" " * (3 * 1024 * 1024), headers=AMA.headers)
        assert (large.status_code, large.json()["code"]) == (413, "body_too_large")

        plain = httpx.get(f"http://127.0.0.1:{proxy.plain_port}/desk", headers={"Host": HOST}, trust_env=False)
        assert (plain.status_code, plain.headers["location"]) == (301, f"https://{HOST}/desk")

        lines = [proxy.trust.wrap_socket(socket.create_connection(("127.0.0.1", proxy.port))) for _ in range(50)]
        for line in lines[:25]:
            line.sendall(b"POST /v1/sync/push HTT")
        time.sleep(HEADER_TIMEOUT_S + 1.5)
        assert client.get("/healthz").status_code == 200
        assert [is_closed(line) for line in lines] == [True] * 50

        server.kill()
        away = client.post(PUSH, json=body, headers=AMA.headers)
        assert (away.status_code, away.json()["code"], away.headers["retry-after"]) == (503, "busy", "5")
        assert away.headers["content-type"] == "application/problem+json"
    assert AMA.token not in "".join(file.read_text() for file in (tmp_path / "nginx").glob("*.log"))


def is_closed(line: ssl.SSLSocket) -> bool:
    line.settimeout(1)
    try:
        while line.recv(4096):
            pass
    except TimeoutError:
        return False
    except OSError:
        return True
    finally:
        line.close()
    return True


def test_codes_are_not_guessed_faster_than_the_limit(nginx: str, server: Server, tmp_path: Path) -> None:
    with proxied(nginx, tmp_path / "nginx", server) as proxy, proxy.client() as client:
        asked = {"mission": "KZ", "user": "nobody", "password": "x"}
        with ThreadPoolExecutor(100) as threads:
            answers = [*threads.map(lambda _: client.post("/v1/staff/session", json=asked), range(300))]
    limited = [answer for answer in answers if "x-request-id" not in answer.headers]
    assert limited, "all of them came through to Urna"
    assert {(answer.status_code, answer.json()["code"], answer.headers["retry-after"]) for answer in limited} == {
        (429, "rate_limited", "5")
    }


def test_of_two_servers_on_one_postgresql_one_may_die_under_load(
    nginx: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Several hosts: each its own data folder, one secret, one database."""
    (tmp_path / "secret").write_text("one secret for all of them, longer than 32 bytes")
    shared = {**ENVIRONMENT, "URNA_SECRET_FILE": str(tmp_path / "secret")}
    with ExitStack() as stack:
        url = stack.enter_context(new_database(request, "postgresql", tmp_path))
        set_out_at(url)
        folders = [tmp_path / name for name in ("one", "two")]
        for folder in folders:
            folder.mkdir()
        one, two = (stack.enter_context(serving(url, folder, **shared)) for folder in folders)
        proxy = stack.enter_context(proxied(nginx, tmp_path / "nginx", one, two))
        load = stack.enter_context(Load(proxy.url, verify=proxy.trust))
        wait_until(lambda: load.answers[200] > 20)
        one.kill()
        answered = load.answers[200]
        wait_until(lambda: load.answers[200] > answered + 20)
        one.start()
        load.settle()
        engine = connect(url)
        load.check_all(engine)
        engine.dispose()
    assert load.answers.keys() <= {200, 503}, load.answers


def test_the_containers_run_the_configuration_that_is_tested_and_two_workers() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    assert services.keys() == {"proxy", "urna", "database"}
    [changed] = re.findall(r"sed 's/(.+?)/urna:8000/'", services["proxy"]["command"][2])
    assert len(re.findall(changed, (ROOT / "deploy" / "nginx.conf").read_text())) == 1
    assert "--workers 2" in services["urna"]["command"][2]
    assert "ports" not in services["urna"]
