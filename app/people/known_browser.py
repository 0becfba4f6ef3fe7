"""A browser in which somebody signed in before: it bears a cookie that opens nothing.

The cookie says where a guess comes from. So a flood of guesses from the same network, or on the same name, does not
hold up whoever signs in at the own desk again (what OWASP calls a device cookie).
"""

import hmac
import secrets

from app.store.secrets import derive

COOKIE = "__Host-urna_browser"
PURPOSE = "urna known browser"


def remember(secret: bytes, name: str) -> str:
    """A cookie for a browser in which `name` signed in just now."""
    browser = secrets.token_urlsafe(16)
    return f"{browser}.{_seal(secret, browser, name)}"


def browser_of(secret: bytes, name: str, cookie: str) -> str:
    """The browser that a cookie speaks of; empty where it was not made here, or for another name."""
    browser, _, seal = cookie.partition(".")
    is_ours = hmac.compare_digest(seal.encode(), _seal(secret, browser, name).encode())
    return browser if is_ours else ""


def _seal(secret: bytes, browser: str, name: str) -> str:
    return hmac.digest(derive(secret, PURPOSE), f"{browser}\n{name}".encode(), "sha256").hex()
