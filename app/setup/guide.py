"""The pages that a mission adds to Help on its phones: the law in short, its own rules. Pure."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from app.errors import UrnaError

GUIDE = "guide"


class Page(BaseModel):
    """A text, or one for each language."""

    model_config = ConfigDict(extra="forbid", strict=True)
    title: str | dict[str, str]
    text: str | dict[str, str]


_PAGES = TypeAdapter(list[Page])


def refuse_odd_guide(settings: Mapping[str, Any]) -> None:
    """UrnaError `invalid_parameter` where the setting `guide` is no list of pages: phones show it as it is."""
    try:
        _PAGES.validate_python(settings.get(GUIDE) or [])
    except ValidationError as error:
        place = ".".join(map(str, error.errors()[0]["loc"]))
        raise UrnaError(
            "invalid_parameter",
            f"The guide cannot be read at {place or 'its start'}. It is a list of pages: "
            '[{"title": {"en": "..."}, "text": {"en": "..."}}].',
        ) from None
