"""Addresses of servers: checked at the start, before anything is imported that could use them."""

from __future__ import annotations

import ipaddress
from urllib.parse import SplitResult, urlsplit

from nim_tui.client.errors import BadAddress


def server_url(text: str, *, insecure: bool = False) -> str:
    """The canonical URL of a server, without a trailing slash.

    The default scheme is https, and http for this machine.

    Raises:
        BadAddress: it is not a valid address, or plain http to another machine and not `insecure`.

    """
    text = text.strip()
    try:
        if "://" not in text:
            host = urlsplit(f"//{text}").hostname or ""
            text = f"{'http' if on_this_machine(host) else 'https'}://{text}"
        parts = urlsplit(text)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError as error:
        raise BadAddress from error
    _refuse_malformed(text, parts, host)
    if parts.scheme == "http" and not insecure and not on_this_machine(host):
        raise BadAddress(
            "Plain http would send passwords unencrypted. "
            "Use https, or --insecure if you trust the network."
        )
    shown = f"[{host}]" if ":" in host else host
    if port is not None and port != {"http": 80, "https": 443}[parts.scheme]:
        shown = f"{shown}:{port}"
    return f"{parts.scheme}://{shown}{parts.path.rstrip('/')}"


def _refuse_malformed(text: str, parts: SplitResult, host: str) -> None:
    if parts.scheme not in ("http", "https") or not host or not text.isascii():
        raise BadAddress
    if parts.username is not None or parts.query or parts.fragment or not text.isprintable():
        raise BadAddress
    if any(char in text for char in " \\<>\"'`{}|^"):
        raise BadAddress


def on_this_machine(host: str) -> bool:
    """Whether what is sent to this host stays on this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
