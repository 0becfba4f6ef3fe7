"""The day played against a running server, by the protocol that real phones speak."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx

from app.demo.phone import VERSION, Phone, key_of, public_jwk
from app.demo.rounds import Round, rounds_of
from app.demo.steps import day_steps, second_phones
from app.demo.teams import teams
from app.errors import UrnaError
from app.forms.model import Checklist

TIMEOUT_S = 30.0
RETRIES_MAX = 8
ROUNDS_AT_ONCE = 8

Phones = Mapping[tuple[str, int], Phone]
Told = Callable[[str], None]


@dataclass
class Played:
    """What came of the day."""

    reports: int = 0
    operations: int = 0
    rounds: int = 0
    resent: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)

    def as_json(self) -> dict[str, Any]:
        return {**vars(self), "outcomes": dict(sorted(self.outcomes.items()))}


def play_day(url: str, codes: Mapping[tuple[str, int], str], tell: Told) -> Played:
    """Enrol a phone with each code, read the checklists, send what these phones say in the day.

    Raises UrnaError `not_ready` where no server answers, or one that refuses.
    """
    with httpx.Client(base_url=url, timeout=TIMEOUT_S, headers={"User-Agent": "urna-demo"}) as client:
        try:
            client.get("/healthz").raise_for_status()
        except httpx.HTTPError:
            raise UrnaError(
                "not_ready", f"No server answers at {url}: start it with urna serve, or name it with --url."
            ) from None
        phones = {phone: _enrol(client, *phone, code) for phone, code in codes.items()}
        tell(f"{len(phones)} phones are enrolled.")
        forms = _forms(client, next(iter(phones.values())))
        rounds = rounds_of(day_steps(forms, {team for team, _ in phones}))
        return _send_all(client, phones, [one for one in rounds if one.phone in phones], tell)


def refuse_silence(client: httpx.Client) -> None:
    """Raises UrnaError `not_ready` where no server answers."""
    try:
        client.get("/healthz").raise_for_status()
    except httpx.HTTPError:
        address = client.base_url
        raise UrnaError(
            "not_ready", f"No server answers at {address}: run urna serve, or name one with --url."
        ) from None


def phones_needed() -> list[tuple[str, int]]:
    """Team and number of every phone of the day."""
    codes = [line["team"] for line in teams()]
    return [(team, 1) for team in codes] + [(team, 2) for team in sorted(second_phones())]


def label(team: str, number: int) -> str:
    """What a phone of the day is called in the mission's list."""
    return f"Demo {team}/{number}"


def _enrol(client: httpx.Client, team: str, number: int, code: str) -> Phone:
    key = key_of(team, number)
    asked = {"code": code, "label": label(team, number), "public_key": public_jwk(key), "app": {"version": VERSION}}
    answer = _answer(client.post("/v1/enrol", json=asked))
    client.cookies.clear()
    return Phone(answer["mission"], answer["device_id"], answer["token"], key)


def _forms(client: httpx.Client, phone: Phone) -> dict[str, Checklist]:
    """The newest version of each checklist, as a phone gets it."""
    changes = _answer(client.get("/v1/sync/pull", params={"limit": 1000}, headers=_bearer(phone)))["changes"]
    newest = {change["data"]["code"]: change["data"]["hash"] for change in changes if change["type"] == "form"}
    blobs = {code: client.get(f"/v1/blobs/{digest}", headers=_bearer(phone)) for code, digest in newest.items()}
    return {code: Checklist.model_validate_json(blob.raise_for_status().content) for code, blob in blobs.items()}


def _send_all(client: httpx.Client, phones: Phones, rounds: Sequence[Round], tell: Told) -> Played:
    played, hour = Played(), ""
    reports: set[str] = set()
    with ThreadPoolExecutor(ROUNDS_AT_ONCE) as threads:
        for wave in waves(rounds):
            if (now := f"{wave[0].at:%d %H:00} UTC") != hour:
                hour = now
                tell(f"{now}  {len(reports):,} reports")
            sent = [(phones[one.phone], _minted(phones, one), one.resent) for one in wave]
            for outcomes in threads.map(lambda job: _send(client, *job), sent):
                played.outcomes.update(outcomes)
            reports.update(step.report_id for one in wave for step in one.steps)
    played.rounds, played.reports = len(rounds), len(reports)
    played.operations = sum(len(one.steps) for one in rounds)
    played.resent = sum(one.resent for one in rounds)
    return played


def waves(rounds: Sequence[Round]) -> Iterator[list[Round]]:
    """Rounds that may run at once: neighbours in time, of teams that are all different."""
    wave: list[Round] = []
    for one in rounds:
        if len(wave) == ROUNDS_AT_ONCE or one.phone[0] in {other.phone[0] for other in wave}:
            yield wave
            wave = []
        wave.append(one)
    if wave:
        yield wave


def _minted(phones: Phones, one: Round) -> list[dict[str, Any]]:
    team, number = one.phone
    return [phones[one.phone].mint(step, phones.get((team, 3 - number))) for step in one.steps]


def _send(client: httpx.Client, phone: Phone, operations: Sequence[dict[str, Any]], resent: bool) -> list[str]:
    """The outcome of each operation, and once more of each where the first answer got lost."""
    outcomes = _push(client, phone, operations)
    return outcomes + _push(client, phone, operations) if resent else outcomes


def _push(client: httpx.Client, phone: Phone, operations: Sequence[dict[str, Any]]) -> list[str]:
    """The outcome of each operation."""
    body = {
        "protocol": 1,
        "attempt_id": str(uuid4()),
        "device_id": phone.device_id,
        "app": {"version": VERSION},
        "sent_at": datetime.now(UTC).isoformat(),
        "known": phone.known,
        "queue": {"ops": 0, "oldest_at": None, "drafts": 0},
        "ops": operations,
    }
    answer = _answer(_patiently(client, body, _bearer(phone)))
    phone.known = answer["receipt"] or phone.known
    return [result["outcome"] for result in answer["results"]]


def _patiently(client: httpx.Client, body: dict[str, Any], headers: dict[str, str]) -> httpx.Response:
    """Waits as long as a busy server asks."""
    for _ in range(RETRIES_MAX):
        response = client.post("/v1/sync/push", json=body, headers=headers)
        if response.status_code not in (429, 503):
            return response
        time.sleep(float(response.headers.get("Retry-After", "1")))
    return response


def _bearer(phone: Phone) -> dict[str, str]:
    return {"Authorization": f"Bearer {phone.token}"}


def _answer(response: httpx.Response) -> dict[str, Any]:
    if response.is_error:
        raise UrnaError(
            "not_ready", f"{response.request.url.path} answered {response.status_code}: {response.text[:200]}"
        )
    answer = response.json()
    assert isinstance(answer, dict)
    return answer
