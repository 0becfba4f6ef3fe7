"""Which addresses a webhook may have. A server that calls where anybody tells it to is a door into its own network."""

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

from app.errors import UrnaError

Address = IPv4Address | IPv6Address
TRANSLATED = IPv6Network("64:ff9b::/96")
"""NAT64 (RFC 6052): an address of another net in disguise."""
URL_MAX = 2000


class Target(NamedTuple):
    """Where a message goes: the name that the certificate must bear, and the address that was looked up once."""

    scheme: str
    host: str
    port: int
    path: str
    address: str

    @property
    def url(self) -> str:
        at = f"[{self.address}]" if ":" in self.address else self.address
        return f"{self.scheme}://{at}:{self.port}{self.path}"


def check_url(url: str, private: bool) -> None:
    """Raises UrnaError `webhook_address` for what no webhook's address can be, whatever its name stands for."""
    _split(url, private)


def resolve(url: str, private: bool) -> Target:
    """Look the name up, once: what is called is the address that was looked at.

    Raises UrnaError `webhook_address` where any of its addresses is private, OSError where the name has none.
    """
    scheme, host, port, path = _split(url, private)
    found = {str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    if not private and not all(is_public(ip_address(address)) for address in found):
        raise UrnaError("webhook_address")
    return Target(scheme, host, port, path, min(found))


def is_public(address: Address) -> bool:
    """Whether an address is one of the open net, also where it carries another one in itself."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if inner is not None:
            return is_public(inner)
        if address in TRANSLATED:
            return False
    return address.is_global and not address.is_multicast


def _split(url: str, private: bool) -> tuple[str, str, int, str]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise UrnaError("webhook_address") from None
    allowed = ("https", "http") if private else ("https",)
    if parts.scheme not in allowed or not parts.hostname or parts.username or parts.password or len(url) > URL_MAX:
        raise UrnaError("webhook_address")
    if not parts.hostname.isascii() or any(sign.isspace() for sign in url):
        raise UrnaError("webhook_address")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return parts.scheme, parts.hostname, port or (443 if parts.scheme == "https" else 80), path
