"""Critical incident reports of the demo: filed beside the report whose answer was critical. Pure."""

from typing import Any

from app.demo.choices import key_of
from app.demo.scene import Scene, context_of, wall
from app.demo.texts import text_of
from app.forms.answers import effective
from app.forms.model import Checklist, Item

KINDS = {
    "tension": ("violence", "threats", "tension"),
    "pressure": ("violence", "pressure", "pressure"),
    "stuffing": ("voting", "stuffing", "stuffing"),
    "proxy_multiple": ("voting", "multiple", "signatures"),
    "boxes_empty": ("conditions", "boxes", "bad"),
    "adjusted": ("count", "figures", "figures"),
    "presigned_protocol": ("count", "presigned", "figures"),
    "blank": ("count", "presigned", "tabulation"),
    "changed_here": ("count", "tabulation", "tabulation"),
    "access": ("observers", "removed", "access"),
}
"""Key of the critical question -> category, detail, topic of the narrative."""


def incident_of(form: Checklist, cause: Item, scene: Scene) -> dict[str, Any]:
    """Answers of form E about what a critical answer to `cause` means."""
    category, detail, topic = KINDS[key_of(cause)]
    dice = scene.dice(f"incident {cause.code}")
    drawn = {
        "e13_team_safe": "yes" if dice.random() < 0.96 else "no",
        "e14_help": dice.choice(("none", "none", "none", "call_me")),
        "e12_injuries": "no",
        "e04_category": category,
        f"e05_{category}": ["refused"] if scene.access == "refused" and category == "observers" else [detail],
        "e19_narrative": text_of(dice, topic, scene.language),
        "e07_how_known": dice.choice(("saw", "saw", "saw", "traces", "told_observer", "told_voter")),
        "e06_severity": dice.choice(("serious", "serious", "urgent", "note")),
        "e08_ongoing": dice.choice(("yes", "no", "no")),
        "e01_event_time": wall(scene.visit.arrived),
        "e02_place_type": "visited" if scene.visit.station else "commission",
        "e09_who": [dice.choice(("commission", "chair", "officials", "unknown", "voters"))],
        "e10_affected": [dice.choice(("voters", "our_team", "other_observers"))],
        "e15_police": dice.choice(("absent", "absent", "passive", "acted")),
        "e17_complaint": dice.choice(("no", "no", "yes")),
        "e18_obs_restricted": "yes" if scene.access != "full" else "no",
        "e22_witness": "no",
    }
    return effective(form, drawn, context_of(scene.visit))
