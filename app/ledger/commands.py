"""urna verify, urna checkpoint."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer
from sqlalchemy import Engine

from app.errors import UrnaError
from app.ledger import source
from app.ledger.keeper import keep_one
from app.ledger.papers import papers_in
from app.ledger.verify import Verdict, Verifies, verify
from app.store.checkpoints import Checkpoint
from app.store.database import reading
from app.store.receipts import Receipt
from app.store.seal import Seal, public_key, verifies

EXIT_FAULTS = 1
UNPROVEN_MAX = 20


def register(
    cli: typer.Typer, engine: Callable[[], Engine], seal: Callable[[], Seal], data_dir: Callable[[], Path]
) -> None:
    """Hang this room's verbs on the command."""

    @cli.command("verify")
    def verify_command(
        mission: list[str] = typer.Option([], help="By default every mission."),
        receipts: list[Path] = typer.Option([], help="Files with receipts of phones: answers, lists, lines."),
        checkpoint: list[Path] = typer.Option([], help="Files with checkpoints: answers, lists, lines."),
        key: Path | None = typer.Option(None, help="The server's public key (JWK), where its secret is not here."),
        as_json: bool = typer.Option(False, "--json"),
    ) -> None:
        """Read log and audit trail from their first entry. Exits 1 where anything was changed, and says which entry."""
        shown = [papers_in(file.read_bytes()) for file in (*receipts, *checkpoint)]
        held = [one for some, _ in shown for one in some], [one for _, some in shown for one in some]
        verdicts = _verdicts(engine(), mission, _verifier(key, seal), *held)
        typer.echo(json.dumps(_plain(verdicts)) if as_json else _told(verdicts))
        if any(verdict.faults for verdict in verdicts):
            raise typer.Exit(EXIT_FAULTS)

    @cli.command()
    def checkpoint(
        mission: str = typer.Option(...),
        as_json: bool = typer.Option(False, "--json"),
    ) -> None:
        """Sign where a mission's log and audit trail stand, keep it and print it: at the close, give it to others."""
        said = signed_now(engine(), seal(), data_dir(), mission)
        made = said["checkpoint"]
        told = f"{mission}: entry {made['server_seq']} is {made['entry']}\n{made['sig']}"
        typer.echo(json.dumps(said) if as_json else told)


def signed_now(engine: Engine, seal: Seal, data_dir: Path, mission: str) -> dict[str, Any]:
    """A fresh checkpoint, kept, with the public key under which it verifies. Raises UrnaError `not_found`."""
    try:
        made = keep_one(engine, seal, data_dir, mission, datetime.now(UTC))
    except LookupError:
        raise UrnaError("not_found", "No such mission: check the spelling.") from None
    return {"checkpoint": asdict(made), "key": seal.public_jwk()}


def _verifier(key: Path | None, seal: Callable[[], Seal]) -> Verifies:
    """Of a JWK in a file, or in an answer that has one under `key`; else of the server's own secret."""
    if key is None:
        return seal().verifies
    try:
        read = json.loads(key.read_text())
        known = public_key(read.get("key", read))
    except (ValueError, AttributeError):
        raise UrnaError("invalid_request", "The file of --key holds no P-256 key as JWK.") from None
    return lambda message, signature: verifies(known, message, signature)


def _verdicts(
    engine: Engine,
    asked: Sequence[str],
    is_ours: Verifies,
    receipts: Sequence[Receipt],
    checkpoints: Sequence[Checkpoint],
) -> list[Verdict]:
    """One a mission, of one snapshot. Raises UrnaError `not_found` for one asked for or shown that is not here."""
    with reading(engine) as connection:
        known = source.missions(connection)
        shown = {one.mission for one in receipts} | {one.mission for one in checkpoints}
        strange = {*asked, *shown} - set(known)
        if strange:
            raise UrnaError("not_found", "A mission that is asked for, or that a receipt speaks of, is not here.")
        return [verify(connection, mission, is_ours, receipts, checkpoints) for mission in asked or known]


def _plain(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    return {"whole": not any(one.faults for one in verdicts), "missions": [asdict(one) for one in verdicts]}


def _told(verdicts: Sequence[Verdict]) -> str:
    return "\n".join(line for verdict in verdicts for line in _lines(verdict)) or "There is no mission."


def _lines(verdict: Verdict) -> list[str]:
    held = f"{verdict.signatures} signatures, {verdict.receipts} receipts, {verdict.checkpoints} checkpoints"
    said = f"{verdict.mission}: {verdict.entries} entries, {verdict.acts} acts, {held}: "
    lines = [said + ("everything holds" if not verdict.faults else f"{len(verdict.faults)} faults")]
    lines += [f"  {fault.chain} {fault.number} {fault.code}: {fault.says}" for fault in verdict.faults]
    if verdict.unproven:
        some = ", ".join(map(str, verdict.unproven[:UNPROVEN_MAX]))
        lines.append(f"  {len(verdict.unproven)} signatures cannot be checked again: {some}")
    return lines
