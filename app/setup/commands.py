"""urna mission create, urna import ..., urna form ..."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from sqlalchemy import Engine

from app.errors import Place, UrnaError
from app.forms.catalogue import built_in
from app.forms.check import check_checklist
from app.forms.model import Checklist
from app.setup import imports
from app.setup.book import Book
from app.setup.change import change_settings, close_mission
from app.setup.imports import Order
from app.setup.merge import Report
from app.setup.missions import create_mission
from app.setup.publish import publish, published
from app.store.database import reading, writing

EXIT_REFUSED = 1

GetEngine = Callable[[], Engine]
Importer = Callable[[Book, bytes, Order], Report]
LastCheckpoint = Callable[[str], dict[str, Any]]
"""Signs and keeps where a mission's log and audit trail stand."""

MissionOption = Annotated[str, typer.Option("--mission", help="The mission's code.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
FileArgument = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV or XLSX.")]
MapOption = Annotated[list[str] | None, typer.Option("--map", help="field=header, may be given more than once.")]
SetOption = Annotated[list[str] | None, typer.Option("--set", help="name=value, as in opens_at=07:00; repeatable.")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Say what would happen, write nothing.")]
PartialOption = Annotated[bool, typer.Option("--partial", help="Write the sound lines although others are not.")]
SheetOption = Annotated[str | None, typer.Option(help="The sheet of a workbook, where several hold rows.")]
EncodingOption = Annotated[str | None, typer.Option(help="As in windows-1251, where the file does not tell.")]


def register(cli: typer.Typer, engine: GetEngine, last_checkpoint: LastCheckpoint) -> None:
    """Hang this room's verbs on the command."""
    mission = _register_mission(cli, engine)
    _register_close(mission, engine, last_checkpoint)
    _register_imports(cli, engine)
    _register_forms(cli, engine)


def _register_mission(cli: typer.Typer, engine: GetEngine) -> typer.Typer:
    mission = typer.Typer(help="Missions.", no_args_is_help=True)
    cli.add_typer(mission, name="mission")

    @mission.command()
    def create(
        code: str = typer.Option(..., help="As in KZ-2022; stands in every address and file."),
        name: str = typer.Option(...),
        day: str = typer.Option(..., help="Election day, as in 2024-10-26."),
        zone: str = typer.Option(..., help="IANA time zone, as in Asia/Tbilisi; regions and stations may differ."),
        languages: str = typer.Option("en,ru,kk", help="The first one is the mission's own."),
        no_forms: bool = typer.Option(False, "--no-forms", help="Leave out the built-in checklists."),
        set_: SetOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Create a mission with the built-in checklists."""
        spoken = [language.strip() for language in languages.split(",")]
        forms = [] if no_forms else _built_in_for(spoken)
        with writing(engine()) as connection:
            create_mission(connection, code, name, day, zone, spoken, forms, datetime.now(UTC), _settings(set_ or []))
        typer.echo(json.dumps({"mission": code}) if as_json else f"Mission {code} is created.")

    @mission.command("set")
    def set_command(
        code: Annotated[str, typer.Argument(help="The mission's code.")],
        pairs: Annotated[list[str], typer.Argument(help="name=value, as in embargo_until=2024-10-27T14:00+04:00.")],
        reason: str = typer.Option("", help="Stands in the audit trail."),
        as_json: JsonOption = False,
    ) -> None:
        """Change settings; null takes one out. embargo_until and embargo_roles keep figures back until a time."""
        with writing(engine()) as connection:
            book = Book.open(connection, code, datetime.now(UTC))
            settings = change_settings(book, _settings(pairs), reason=reason)
        typer.echo(json.dumps(settings) if as_json else f"Mission {code}: {json.dumps(settings, ensure_ascii=False)}")

    return mission


def _register_close(mission: typer.Typer, engine: GetEngine, last_checkpoint: LastCheckpoint) -> None:
    @mission.command()
    def close(
        code: Annotated[str, typer.Argument(help="The mission's code.")],
        reason: str = typer.Option("", help="Stands in the audit trail."),
        as_json: JsonOption = False,
    ) -> None:
        """Close a mission and sign its last checkpoint: hand that out. What phones still send is taken as ever."""
        with writing(engine()) as connection:
            closed_at = close_mission(Book.open(connection, code, datetime.now(UTC)), reason=reason)
        signed = last_checkpoint(code)
        told = f"Mission {code} closed at {closed_at}.\n{json.dumps(signed)}"
        typer.echo(json.dumps({"closed_at": closed_at, **signed}) if as_json else told)


def _built_in_for(languages: list[str]) -> list[Checklist]:
    """The built-in checklists; UrnaError where they lack a language, in one sentence instead of one for each text."""
    forms = list(built_in().values())
    missing = sorted({language for language in languages for form in forms if language not in form.languages})
    if missing:
        raise UrnaError(
            "invalid_parameter",
            f"The built-in checklists are not in {', '.join(missing)}. Leave it out; or create the mission with "
            "--no-forms, add the language to what urna form export prints, and urna form publish it.",
        )
    return forms


IMPORTERS: dict[str, tuple[Importer, str]] = {
    "regions": (imports.import_regions, "Regions: code, name (or name_ru, name_kk...), zone."),
    "commissions": (imports.import_commissions, "Commissions: code, name (or name_ru...), region."),
    "teams": (imports.import_teams, "Observer teams: team, region, members, type."),
    "candidates": (imports.import_candidates, "Candidates in the order of the ballot: code, name (or name_ru...)."),
    "plan": (imports.import_plan, "Planned visits in the order of the day: team, stage, station or commission."),
}


def _register_imports(cli: typer.Typer, engine: GetEngine) -> None:
    import_ = typer.Typer(help="Lists of a mission, from CSV or XLSX. All or nothing.", no_args_is_help=True)
    cli.add_typer(import_, name="import")

    @import_.command()
    def stations(
        file: FileArgument,
        mission: MissionOption,
        map: MapOption = None,
        dry_run: DryRunOption = False,
        partial: PartialOption = False,
        code: str = typer.Option("", help="Fields that make up a station's code, as in region,number."),
        sheet: SheetOption = None,
        encoding: EncodingOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Polling stations: code or number; name, address, region, district, commission, settlement, type, voters,
        lat, lon, zone, opens_at, closes_at, sampled, stratum."""
        code_from = tuple(field.strip() for field in code.split(",") if field.strip())

        def importer(book: Book, data: bytes, order: Order) -> Report:
            return imports.import_stations(book, data, order, code_from)

        order = Order(_pairs("--map", map or []), dry_run, partial, sheet, encoding)
        _run(engine(), importer, mission, file, order, as_json)

    for name, (importer, help_text) in IMPORTERS.items():
        import_.command(name, help=help_text)(_import_command(engine, importer))


def _import_command(engine: GetEngine, importer: Importer) -> Callable[..., None]:
    def command(
        file: FileArgument,
        mission: MissionOption,
        map: MapOption = None,
        dry_run: DryRunOption = False,
        partial: PartialOption = False,
        sheet: SheetOption = None,
        encoding: EncodingOption = None,
        as_json: JsonOption = False,
    ) -> None:
        order = Order(_pairs("--map", map or []), dry_run, partial, sheet, encoding)
        _run(engine(), importer, mission, file, order, as_json)

    return command


def _settings(pairs: list[str]) -> dict[str, Any]:
    """Values are JSON, and a text where they are none: 07:00, {"design": "srs"}."""
    settings: dict[str, Any] = {}
    for name, text in _pairs("--set", pairs).items():
        try:
            settings[name] = json.loads(text)
        except ValueError:
            settings[name] = text
    return settings


def _pairs(option: str, pairs: list[str]) -> dict[str, str]:
    if wrong := [pair for pair in pairs if "=" not in pair]:
        raise UrnaError("invalid_parameter", f"{option} {wrong[0]} has no equals sign: write {option} name=value.")
    return dict(pair.split("=", 1) for pair in pairs)


def _run(engine: Engine, importer: Importer, mission: str, file: Path, order: Order, as_json: bool) -> None:
    with writing(engine) as connection:
        report = importer(Book.open(connection, mission, datetime.now(UTC)), file.read_bytes(), order)
    for note in report.notes:
        typer.echo(f"{file.name}, {note}", err=True)
    if as_json:
        typer.echo(json.dumps(report.as_json(), ensure_ascii=False))
    else:
        _tell(file, report, order)
    if report.rejected and not order.partial:
        raise typer.Exit(EXIT_REFUSED)


def _tell(file: Path, report: Report, order: Order) -> None:
    for complaint in report.rejected:
        typer.echo(f"{file.name}, {complaint}", err=True)
    counts = f"{report.created:,} created, {report.updated:,} updated, {report.unchanged:,} unchanged"
    if report.rejected and not order.partial:
        counts = f"Complaints: {len(report.rejected):,}; nothing was imported. Correct them, or import with --partial"
    typer.echo(("Would be: " if order.dry_run else "") + counts + ".")


def _register_forms(cli: typer.Typer, engine: GetEngine) -> None:
    form = typer.Typer(help="Checklists.", no_args_is_help=True)
    cli.add_typer(form, name="form")

    @form.command()
    def check(
        file: Path | None = typer.Argument(None, exists=True, dir_okay=False, help="Default: the built-in ones."),
        as_json: JsonOption = False,
    ) -> None:
        """Name every fault of a checklist; exit 1 where there is one."""
        checklists = [_read(file)] if file else list(built_in().values())
        complaints = [(one.code, complaint) for one in checklists for complaint in check_checklist(one)]
        if as_json:
            typer.echo(json.dumps([{"form": code, **vars(complaint)} for code, complaint in complaints]))
        else:
            for code, complaint in complaints:
                typer.echo(f"{code}: {complaint.where}: {complaint.code}: {complaint.message}")
            typer.echo(f"Complaints about {', '.join(one.code for one in checklists)}: {len(complaints)}.")
        if complaints:
            raise typer.Exit(EXIT_REFUSED)

    @form.command("publish")
    def publish_command(
        file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A checklist as JSON.")],
        mission: MissionOption,
        as_json: JsonOption = False,
    ) -> None:
        """Publish a checklist as the next version of its code."""
        with writing(engine()) as connection:
            done = publish(Book.open(connection, mission, datetime.now(UTC)), _read(file))
        said = f"{done.code} version {done.version} " + ("is published." if done.new else "says the same already.")
        typer.echo(json.dumps(vars(done)) if as_json else said)

    @form.command()
    def export(
        code: Annotated[str, typer.Argument(help="As in B.")],
        mission: Annotated[str, typer.Option(help="Default: the built-in checklist as written.")] = "",
        version: Annotated[int, typer.Option(help="Default: the newest.")] = 0,
    ) -> None:
        """Print a checklist as JSON."""
        if mission:
            with reading(engine()) as connection:
                typer.echo(published(connection, mission, code, version or None))
        elif code in (checklists := built_in()):
            typer.echo(checklists[code].model_dump_json(exclude_defaults=True, indent=1))
        else:
            raise UrnaError("not_found", f"Built in are {', '.join(checklists)}.")


def _read(file: Path) -> Checklist:
    try:
        return Checklist.model_validate_json(file.read_bytes())
    except ValidationError as error:
        places = [Place(".".join(map(str, fault["loc"])), fault["type"], fault["msg"]) for fault in error.errors()]
        raise UrnaError("checklist_invalid", f"{file.name} does not have the shape of a checklist.", places) from None
