"""The servers that the operator names for notices: a mail server, and an ntfy server."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from urllib.parse import SplitResult, unquote, urlsplit

from backend.domain.credentials import email_problem
from backend.domain.errors import BadRequest

_SMTP_PORT, _SMTPS_PORT = 587, 465


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """The operator's mail server (`NIM_SMTP_URL`, `NIM_EMAIL_FROM`).

    Attributes:
        sender: the address that messages come from, perhaps with a name.
        implicit_tls: whether TLS begins with the connection (smtps), not by STARTTLS.
        on_loopback: whether it is on this machine, where TLS is not required.
        url: as it was given.
    """

    host: str
    port: int
    sender: str
    implicit_tls: bool
    on_loopback: bool
    url: str = field(default="", repr=False)
    user: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class NtfyServer:
    """The operator's ntfy server (`NIM_NTFY_URL`); `credentials` are `user:password`.

    Attributes:
        url: as it was given.
    """

    host: str
    port: int | None
    path: str
    tls: bool
    url: str = field(default="", repr=False)
    credentials: str | None = field(default=None, repr=False)


def smtp_server(values: Mapping[str, str]) -> SmtpServer | None:
    """The mail server of the settings; None if there is none. Raises: BadRequest."""
    text, sender = values.get("NIM_SMTP_URL"), values.get("NIM_EMAIL_FROM")
    if text is None:
        return None
    parts = _parts(text, ("smtp", "smtps"))
    if parts is None or parts.path not in ("", "/"):
        raise BadRequest(
            "NIM_SMTP_URL must be like smtp://user:password@mail.example.com:587, or smtps://."
        )
    if sender is None or email_problem(parseaddr(sender)[1]) or not sender.isprintable():
        raise BadRequest(
            "NIM_EMAIL_FROM must be the address that messages come from, like nim@example.com."
        )
    tls, host = parts.scheme == "smtps", parts.hostname or ""
    return SmtpServer(
        host=host,
        port=parts.port or (_SMTPS_PORT if tls else _SMTP_PORT),
        sender=sender,
        implicit_tls=tls,
        on_loopback=_is_loopback(host),
        url=text,
        user=None if parts.username is None else unquote(parts.username),
        password=None if parts.password is None else unquote(parts.password),
    )


def ntfy_server(values: Mapping[str, str]) -> NtfyServer | None:
    """The ntfy server of the settings; None if there is none. Raises: BadRequest."""
    text = values.get("NIM_NTFY_URL")
    if text is None:
        return None
    parts = _parts(text, ("http", "https"))
    if parts is None:
        raise BadRequest("NIM_NTFY_URL must be an address like https://ntfy.example.com.")
    credentials = None
    if parts.username is not None:
        credentials = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return NtfyServer(
        host=parts.hostname or "",
        port=parts.port,
        path=parts.path.rstrip("/"),
        tls=parts.scheme == "https",
        url=text,
        credentials=credentials,
    )


def _parts(text: str, schemes: tuple[str, ...]) -> SplitResult | None:
    """The parts of a URL with one of these schemes and a host; None if it is not one."""
    try:
        parts = urlsplit(text)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    plain = text.isascii() and text.isprintable() and not any(mark in text for mark in " ?#\\")
    return parts if parts.scheme in schemes and usable and plain else None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
