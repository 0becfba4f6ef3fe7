"""Judges operations: what counts, what a person must look at, what is worth a flag. Pure.

Nothing is refused here. `Known` brings what the mission knows; the order of the reasons is the order in which a person
would ask: can it be read, whose is it, who brought it, does it fit the mission.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from app.forms.report import SNAPSHOTS
from app.store.bodies import BodyError, decode
from app.store.log import Draft
from app.sync.runs import Verdict, gaps, verdicts
from app.sync.wire import Sent

MAPPINGS = ("answers", "notes", "seen", "place")
PLACE_KINDS = ("station", "commission", "none")


@dataclass(frozen=True)
class DeviceFacts:
    mission: str
    team: str
    state: str
    key: ec.EllipticCurvePublicKey | None
    link: str | None


@dataclass(frozen=True)
class Known:
    """What the mission knows of all that a push names."""

    mission: str
    carrier: str
    """The device whose credential brought the push."""
    missions: frozenset[str] = frozenset()
    devices: Mapping[str, DeviceFacts] = field(default_factory=dict)
    links: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Device -> links stored that a `prev` may name."""
    owners: Mapping[str, str | None] = field(default_factory=dict)
    """Report -> the team whose it is."""
    versions: frozenset[tuple[str, int]] = frozenset()
    stations: frozenset[str] = frozenset()
    commissions: frozenset[str] = frozenset()
    signatures_required: bool = False


@dataclass(frozen=True)
class Content:
    """A body as read, and why it cannot be read."""

    body: Mapping[str, Any]
    code: str | None = None


def read_bodies(operations: Sequence[Sent]) -> list[Content]:
    return [_read(operation.body) for operation in operations]


def places_named(contents: Sequence[Content]) -> tuple[frozenset[str], frozenset[str]]:
    """Codes of stations and of other places that bodies name, to be looked up before judging."""
    places = [place for content in contents if (place := content.body.get("place"))]
    named = [(place["kind"], place["id"]) for place in places if place.get("id") is not None]
    stations = frozenset(code for kind, code in named if kind == "station")
    return stations, frozenset(code for kind, code in named if kind != "station")


def judge(operations: Sequence[Sent], contents: Sequence[Content], known: Known) -> list[Draft]:
    """Each operation as an entry for the log of `known.mission`, in the order given. `contents` are their bodies."""
    signed, broken = _of_devices(operations, known)
    return [
        _draft(op, content, known, signed[id(op)], op.link in broken)
        for op, content in zip(operations, contents, strict=True)
    ]


def _of_devices(operations: Sequence[Sent], known: Known) -> tuple[dict[int, Verdict], set[str]]:
    runs: dict[str, list[Sent]] = defaultdict(list)
    for operation in operations:
        runs[operation.device_id].append(operation)
    signed: dict[int, Verdict] = {}
    broken: set[str] = set()
    for device_id, run in runs.items():
        device = known.devices.get(device_id)
        signed.update(zip(map(id, run), verdicts(device.key if device else None, run), strict=True))
        broken |= gaps(run, known.links.get(device_id, ()))
    return signed, broken


def _draft(operation: Sent, content: Content, known: Known, signed: Verdict, is_gap: bool) -> Draft:
    body = content.body
    code = _why_held(operation, known, signed) or content.code or _misfit(operation, body, known)
    device = known.devices.get(operation.device_id)
    flags = {*operation.flags, *(["unsigned"] if signed == "unsigned" else [])}
    flags |= {"chain_gap"} if is_gap else set()
    flags |= {"place_unlisted"} if _is_unlisted(body.get("place")) else set()
    return Draft(
        op_id=operation.op_id,
        kind=operation.kind,
        author_kind="device",
        author=operation.device_id or known.carrier,
        made_at=operation.made_at,
        body=operation.body,
        link=operation.link,
        hash=operation.hash,
        team=device.team if device and device.mission == known.mission else None,
        number=operation.number,
        report_id=operation.report_id,
        tz_min=operation.tz_min,
        prev=operation.prev,
        sig=operation.sig,
        state="held" if code else "accepted",
        code=code,
        flags=" ".join(sorted(flags)),
        carried_by=None if operation.device_id == known.carrier else known.carrier,
    )


def _read(raw: bytes) -> Content:
    try:
        body = decode(raw)
    except BodyError as error:
        return Content({}, error.code)
    return Content(body) if _has_shape(body) else Content({}, "body_shape")


def _why_held(operation: Sent, known: Known, signed: Verdict) -> str | None:
    if operation.odd == "malformed":
        return "malformed"
    if operation.mission != known.mission:
        return "other_mission"
    who = _carried_wrongly(operation, known)
    if who is not None:
        return who
    if signed == "failed":
        return "bad_signature"
    if signed == "unsigned" and known.signatures_required:
        return "unsigned"
    return operation.odd


def _carried_wrongly(operation: Sent, known: Known) -> str | None:
    device, carrier = known.devices.get(operation.device_id), known.devices.get(known.carrier)
    if device is None or carrier is None or (device.mission, device.team) != (carrier.mission, carrier.team):
        return "carrier_upload"
    if device.mission != operation.mission:
        return "other_mission"
    return "device_lost" if "lost" in (device.state, carrier.state) else None


def _misfit(operation: Sent, body: Mapping[str, Any], known: Known) -> str | None:
    """Why a report's operation does not fit the mission."""
    if not operation.kind.startswith("report."):
        return None
    team, owner = known.devices[operation.device_id].team, known.owners.get(str(operation.report_id))
    if owner is not None and owner != team:
        return "other_team"
    return _unknown_form(operation, body, known) or _unknown_place(body.get("place"), known)


def _unknown_form(operation: Sent, body: Mapping[str, Any], known: Known) -> str | None:
    """A void may leave the form out: it says nothing of it."""
    form, version = body.get("form"), body.get("form_version")
    if (form is None and operation.kind not in SNAPSHOTS) or (form, version) in known.versions:
        return None
    return "unknown_version" if any(code == form for code, _ in known.versions) else "unknown_form"


def _unknown_place(place: Any, known: Known) -> str | None:
    code = place.get("id") if place else None
    if code is None:
        return None
    if place["kind"] == "station":
        return None if code in known.stations else "unknown_station"
    return None if code in known.commissions else "unknown_place"


def _is_unlisted(place: Any) -> bool:
    return bool(place) and place["kind"] != "none" and place.get("id") is None


def _has_shape(body: Mapping[str, Any]) -> bool:
    """The shape of what the fold and the judge read; what else a body holds is kept and left alone."""
    get = body.get
    return (
        all(value is None or isinstance(value, dict) for value in map(get, MAPPINGS))
        and _are_texts(get("confirmed", ()))
        and _are_texts(get("settled", ()))
        and (not get("seen") or all(map(_is_whole, body["seen"].values())))
        and (get("place") is None or _is_place(body["place"]))
        and isinstance(get("form"), str | None)
        and (get("form_version") is None or _is_whole(body["form_version"]))
    )


def _is_place(place: Mapping[str, Any]) -> bool:
    return place.get("kind") in PLACE_KINDS and isinstance(place.get("id"), str | None)


def _are_texts(value: Any) -> bool:
    return value == () or (isinstance(value, list) and all(isinstance(part, str) for part in value))


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
