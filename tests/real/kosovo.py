"""The 1,143 paper forms of Kosovo's local elections of 3 November 2013 as a mission: three checklists, their reports.

Exactly as shared/method.md section 7 says, mechanically: `N/A` is not_observed, empty is missing, numbers stay raw.
"""

import csv
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from app.forms.model import Checklist
from tests.sending import Hand

Row = dict[str, str]
MISSION, DAY, ZONE = "XK-2013", "2013-11-03", "Europe/Belgrade"
STAGES = {"opening": "OPENING", "voting": "VOTING", "counting": "COUNTING"}
"""Stage of the codebook -> code of its checklist."""
NOT_ON_LIST = "N/A"
YES_NO = {"PO": "yes", "JO": "no"}
TICK = {"TRUE": "yes", "FALSE": "no"}
FREQUENCY = {"Gjithmonë": "always", "Nganjëherë": "sometimes", "Rrallë Herë": "rarely", "Aspak": "never"}
CHOICES = {"yes_no": YES_NO, "missing_material": TICK, "party_observer": TICK, "frequency": FREQUENCY}
BANDS = {
    "P01KA": ("6:00 - 7:00", "7:00 - 7:30", "7:30 - 8:00", "8:00 +"),
    "P03Perg": ("para orës 5:00", "5:00 - 5:30", "5:30 - 6:00", "6:00 - 7:00", "7:00 +"),
    "PV1KHV": ("6:00 - 7:00", "7:00 - 7:30", "7:30 - 8:00", "8:00 +"),
    "PM01PPV": ("18:00 - 18:30", "18:30 - 19:00", "19:00 - 19:30", "19:30 +"),
    "PM04NUM": ("19:00 -20:00", "20:00 - 21:00", "22:00 +"),
    "PNR03": ("deri 19:30", "19:30 - 20:00", "20:00 - 23:00", "23:00 +"),
}
"""The list of times printed on the form; whatever else was written there stays the text that it is."""


@dataclass(frozen=True)
class Kosovo:
    """The forms as typed, and the codebook."""

    rows: list[Row]
    columns: list[Row]

    @classmethod
    def read(cls, shared_data: Path) -> "Kosovo":
        folder = shared_data / "kosovo-2013-round1"
        return cls(_read(folder / "reports.csv"), _read(folder / "codebook.csv"))

    def of_stage(self, stage: str) -> list[Row]:
        return [column for column in self.columns if column["stage"] == stage]

    @property
    def municipalities(self) -> list[str]:
        return sorted({row["Komuna"] for row in self.rows})


def _read(file: Path) -> list[Row]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def checklists(kosovo: Kosovo) -> list[Checklist]:
    """Opening, voting and counting, from the codebook. No question skips another."""
    return [_checklist(stage, code, kosovo.of_stage(stage)) for stage, code in STAGES.items()]


def _checklist(stage: str, code: str, columns: list[Row]) -> Checklist:
    label = {"en": stage.capitalize()}
    sections = [{"code": "all", "label": label, "items": [_item(column) for column in columns]}]
    head = {"code": code, "stage": stage, "version": 1, "languages": ["en"], "title": label, "place": "station"}
    return Checklist.model_validate({**head, "sections": sections})


def _item(column: Row) -> dict[str, Any]:
    head = {"code": column["code"], "id": column["column"], "label": {"en": column["label_en"]}}
    match column["type"]:
        case "integer":
            message = {"en": "0 often means that the line was left blank."}
            doubt = {"constraint": ". > 0", "constraint_message": message}
            return {**head, "type": "integer", "measure": "count", **doubt}
        case "text":
            return {**head, "type": "text", "measure": "text"}
        case "time_band":
            offered = {label: band_code(label) for label in BANDS[column["column"]]}
            return {**head, "type": "single", "measure": "nominal", "options": _options(offered)}
        case kind:
            measure = "frequency" if kind == "frequency" else "yes_no"
            return {**head, "type": "single", "measure": measure, "options": _options(CHOICES[kind])}


def _options(offered: dict[str, str]) -> list[dict[str, Any]]:
    return [{"code": code, "label": {"en": label}} for label, code in offered.items()]


def band_code(label: str) -> str:
    """`19:00 -20:00` -> `from_1900_to_2000`, `8:00 +` -> `from_800`, `deri 19:30` -> `until_1930`."""
    clocks = ["".join(c for c in part if c.isdigit()) for part in label.split("-")]
    for word, name in {"para orës": "before", "deri": "until"}.items():
        if word in label:
            return f"{name}_{clocks[0]}"
    return "from_" + "_to_".join(clocks)


def answers(row: Row, columns: Iterable[Row]) -> dict[str, Any]:
    """What a form says of one stage: empty cells say nothing."""
    return {column["code"]: _answer(row[column["column"]], column) for column in columns if row[column["column"]]}


def _answer(cell: str, column: Row) -> Any:
    if cell == NOT_ON_LIST:
        return {"blank": "not_observed"}
    match column["type"]:
        case "integer":
            return int(cell)
        case "text":
            return cell
        case "time_band":
            return band_code(cell) if cell in BANDS[column["column"]] else cell
        case kind:
            return CHOICES[kind][cell]


def station_code(row: Row) -> str | None:
    """Municipality, centre and room; None where the form does not say which station it was."""
    centre, room = ("".join(row[name].split()).upper() for name in ("NrQV", "NRVV"))
    if NOT_ON_LIST in (centre, room):
        return None
    return f"{row['Komuna']}/{centre}/{room.lstrip('0')}"


def stations_csv(kosovo: Kosovo) -> str:
    """The frame: a line for each station that a form names."""
    first: dict[str, Row] = {}
    for row in kosovo.rows:
        code = station_code(row)
        if code is not None:
            first.setdefault(code, row)
    name = {code: row["EQV"] if row["EQV"] != NOT_ON_LIST else "" for code, row in first.items()}
    return _csv(
        ["code", "number", "name", "region"],
        ([code, code.split("/", 1)[1], name[code], row["Komuna"]] for code, row in first.items()),
    )


def teams_csv(kosovo: Kosovo) -> str:
    return _csv(["team", "region"], ([name, name] for name in kosovo.municipalities))


def _csv(header: list[str], lines: Iterable[list[str]]) -> str:
    quoted = ([f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in line] for line in (header, *lines))
    return "\n".join(",".join(line) for line in quoted) + "\n"


def operations(kosovo: Kosovo, hands: dict[str, Hand]) -> dict[str, list[dict[str, Any]]]:
    """Team -> its operations: three reports a form, in the order of the file."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in kosovo.rows:
        made_at = datetime.strptime(row["Time"], "%m/%d/%Y").strftime("%Y-%m-%dT12:00:00+01:00")  # noqa: DTZ007
        for stage, body in bodies(kosovo, row):
            hand, report_id = hands[row["Komuna"]], uuid7(f"report {row['ID']} {stage}")
            odd = {"op_id": uuid7(f"op {report_id}"), "made_at": made_at, "tz_min": 60}
            found[row["Komuna"]].append(hand.mint("report.finish", body, report_id, **odd))
    return found


def bodies(kosovo: Kosovo, row: Row) -> Iterator[tuple[str, dict[str, Any]]]:
    """The three reports of one form, wholly blank ones too."""
    place = {"kind": "station", "id": station_code(row), "text": f"{row['NrQV']} {row['NRVV']}"}
    for stage, form in STAGES.items():
        said = answers(row, kosovo.of_stage(stage))
        yield stage, {"form": form, "form_version": 1, "place": place, "visit_no": 1, "lang": "sq", "answers": said}


def uuid7(name: str) -> str:
    """The same id each time, in the shape of version 7."""
    digest = bytearray(hashlib.sha256(name.encode()).digest()[:16])
    digest[:6] = (1_383_480_000_000).to_bytes(6, "big")  # 3 November 2013, 12:00 UTC
    digest[6], digest[8] = digest[6] & 0x0F | 0x70, digest[8] & 0x3F | 0x80
    return str(UUID(bytes=bytes(digest)))
