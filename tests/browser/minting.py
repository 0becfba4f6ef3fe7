"""Operations of a phone's own, minted inside its page by a script: with its key, in its chain, on its disk."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

SCRIPT = Path(__file__).with_suffix(".js").read_text("utf-8")


def _run(page: Page, name: str, given: Any) -> Any:
    return page.evaluate(f"(given) => {{ {SCRIPT}; return minting.{name}(given) }}", given)


def mint(page: Page, count: int, place: str, made_at: str = "2022-11-20T04:00:00.000Z", version: int = 1) -> list[str]:
    """Finished voting reports of this phone that nobody has sent; the ids of their operations. Reload to see them."""
    form = {"form": "B", "form_version": version}
    minted: list[str] = _run(page, "mint", {"count": count, "made_at": made_at, "place": place, "form": form})
    return minted


def rot(page: Page, op_id: str, body: str) -> None:
    """One operation on this disk is no longer what was hashed."""
    _run(page, "rot", [op_id, body])


def stored(page: Page, store: str) -> list[Any]:
    """Everything in a store of the outbox, as far as it can leave the page."""
    found: list[Any] = _run(page, "stored", store)
    return found
