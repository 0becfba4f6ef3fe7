"""What other rooms do for the demo. The command hands it in: rooms do not know each other."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from app.forms.model import Checklist


@dataclass(frozen=True)
class Kit:
    set_up: Callable[[Connection, Mapping[str, Any], Mapping[str, bytes], Iterable[Checklist], datetime], None]
    """setup: a mission with its lists and checklists."""
    enrolment: Callable[[Connection, str, str, datetime, timedelta], str]
    """people: a one-time code for a device of a team."""
    link: Callable[[str, str], str]
    """people: the address that enrols, of public address and code."""
    key: Callable[[Connection, str, list[str], int, datetime], str]
    """people: a fresh API key."""
    staff: Callable[[Connection, str, str, str, str, datetime], None]
    """people: a person of staff: mission, name, role, password."""
