"""Links and signatures, held to the vectors that the phone is held to."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.store.chain import body_hash, link, link_text
from app.store.seal import public_key, verifies

FILE = json.loads((Path(__file__).parent / "vectors" / "links.json").read_text())
FIELDS = ("mission", "device_id", "device_seq", "op_id", "kind", "report_id", "made_at", "tz_min", "prev", "hash")


@pytest.mark.parametrize("vector", FILE["vectors"], ids=lambda vector: vector["name"])
def test_the_server_links_what_a_phone_minted_as_the_phone_did(vector: dict[str, Any]) -> None:
    fields = [vector["op"][name] for name in FIELDS]
    assert body_hash(vector["body"].encode()) == vector["op"]["hash"]
    assert link_text(fields) == vector["lines"].encode()
    assert link(*fields) == vector["link"]
    assert verifies(public_key(FILE["key"]), vector["lines"].encode(), vector["sig"])
