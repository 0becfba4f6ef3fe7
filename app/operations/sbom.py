"""The bill of materials: everything that is locked, as CycloneDX 1.6. Pure; the same locks give the same bytes."""

import base64
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_OID, uuid5

PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)")
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
SHIPPED, BUILDING = "required", "excluded"
"""CycloneDX's words for what runs in production, and for what only builds and tests."""


def bill(version: str, shipped: str, building: str, lock: str) -> dict[str, Any]:
    """The bill of Urna `version`: Python locks of what ships and of what builds beside it, and the package-lock."""
    parts = {part["bom-ref"]: part for part in _python(building, BUILDING)}
    parts |= {part["bom-ref"]: part for part in _python(shipped, SHIPPED)}
    parts |= {part["bom-ref"]: part for part in _javascript(json.loads(lock))}
    components = [parts[ref] for ref in sorted(parts)]
    serial = uuid5(NAMESPACE_OID, json.dumps([version, components], sort_keys=True))
    root = {"type": "application", "bom-ref": "urna", "name": "urna", "version": version}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {"component": root},
        "components": components,
        "dependencies": [
            {"ref": "urna", "dependsOn": [one["bom-ref"] for one in components if one["scope"] == SHIPPED]}
        ],
    }


def _python(lock: str, scope: str) -> Iterator[dict[str, Any]]:
    """A pin and the hashes below it, which are of its files for the platforms."""
    for block in re.split(r"\n(?=\S)", lock):
        if (pin := PIN.match(block)) is not None:
            name, version = pin[1].lower(), pin[2]
            hashes = [{"alg": "SHA-256", "content": digest} for digest in sorted(set(HASH.findall(block)))]
            yield _component(f"pkg:pypi/{name}@{version}", name, version, scope, hashes)


def _javascript(lock: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for place, package in lock["packages"].items():
        if not place or package.get("link"):
            continue
        name, version = place.rpartition("node_modules/")[2], package["version"]
        kind, _, digest = package.get("integrity", "").partition("-")
        hashes = [{"alg": "SHA-512", "content": base64.b64decode(digest).hex()}] if kind == "sha512" else []
        scope = BUILDING if package.get("dev") or package.get("devOptional") else SHIPPED
        yield _component(f"pkg:npm/{quote(name, safe='/')}@{version}", name, version, scope, hashes)


def _component(ref: str, name: str, version: str, scope: str, hashes: list[dict[str, str]]) -> dict[str, Any]:
    known = {"type": "library", "bom-ref": ref, "name": name, "version": version, "scope": scope}
    return {**known, **({"hashes": hashes} if hashes else {}), "purl": ref}
