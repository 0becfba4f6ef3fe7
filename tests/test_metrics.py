"""/metrics: on a port of its own, counted by templates, and silent about everybody."""

import re
import socket
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.store.backup import back_up
from app.store.database import connect
from tests.cast import AMA, MISSION
from tests.sending import Hand, set_out
from tests.serving import Server

ROOT = Path(__file__).resolve().parents[1]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def scraped(port: int) -> dict[str, float]:
    """`name{label="value"}` -> value."""
    answer = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=20)
    found = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
            found[f"{sample.name}[{labels}]"] = sample.value
    return found


@pytest.mark.parametrize("workers", [1, 2])
def test_requests_operations_logs_and_phones_are_counted(database_url: str, tmp_path: Path, workers: int) -> None:
    if workers > 1 and database_url.startswith("sqlite"):
        pytest.skip("SQLite has one worker")
    engine = connect(database_url)
    set_out(engine)
    back_up(engine, tmp_path / "backups", "", datetime.now(UTC))
    engine.dispose()
    port, hand = free_port(), Hand(AMA)
    server = Server(database_url, tmp_path, {"URNA_METRICS_PORT": str(port)}, workers).start()
    try:
        first, second = hand.finish(), hand.finish()
        for ops in ([first], [first, second], [{**second, "hash": "0" * 64}]):
            body = {"protocol": 1, "attempt_id": "a", "ops": ops, "queue": {"ops": 3, "oldest_at": None, "drafts": 0}}
            assert httpx.post(f"{server.url}/v1/sync/push", json=body, headers=AMA.headers).status_code == 200
        assert httpx.request("PROPFIND", f"{server.url}/v1/stations/canary-7c1f").status_code in (404, 405)
        time.sleep(0.3)
        found = scraped(port)
        assert "urna_requests" not in httpx.get(f"{server.url}/metrics").text
    finally:
        server.stop()
    assert found["urna_requests_total[method=POST,route=/v1/sync/push,status=200]"] == 3
    assert found["urna_request_seconds_count[route=/v1/sync/push]"] == 3
    assert {o: found.get(f"urna_operations_total[outcome={o}]") for o in ("accepted", "duplicate", "rejected")} == {
        "accepted": 2,
        "duplicate": 1,
        "rejected": 1,
    }
    assert found[f"urna_log_number[mission={MISSION}]"] == 2
    assert (found[f"urna_phones[mission={MISSION}]"], found[f"urna_phones_silent[mission={MISSION}]"]) == (3, 2)
    assert found[f"urna_unsent[mission={MISSION}]"] == 3
    assert found["urna_database_up[]"] == 1
    assert 0 < found["urna_backup_age_seconds[]"] < 600
    assert found["urna_disk_free_bytes[]"] > 0
    named = " ".join(found)
    assert not re.search(f"canary|PROPFIND|{AMA.device_id}|{AMA.token}", named)


def test_every_figure_that_alerts_and_dashboard_ask_for_is_one_that_is_given(tmp_path: Path) -> None:
    source = (ROOT / "app" / "web" / "metrics.py").read_text()
    given = set(re.findall(r'"(urna_[a-z_]+)"', source)) | {"urna_phones", "urna_phones_silent", "urna_unsent"}
    asked = set()
    for file in ("deploy/alerts.yaml", "deploy/dashboard.json"):
        asked |= set(re.findall(r"urna_[a-z_]+", (ROOT / file).read_text()))
    plain = {re.sub(r"_(total|bucket|count|sum)$", "", name) for name in asked}
    assert len(plain) >= 8
    assert plain <= given


def test_the_run_book_says_what_to_do_at_each_alert() -> None:
    names = re.findall(r"- alert: (\w+)", (ROOT / "deploy" / "alerts.yaml").read_text())
    book = (ROOT / "docs" / "operations.md").read_text()
    assert len(names) >= 6
    assert [name for name in names if f"`{name}`" not in book] == []
