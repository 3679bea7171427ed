"""A server: whether it answers, its version, its clock, its certificate."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import msgspec

from backend.domain.errors import NimError
from nim_tui.client.http import HttpExchange
from nim_tui.client.transports import ServerTransport
from nim_tui.shell.checks.base import MOST_SKEW, Check, broken, from_message, ok, warning
from nim_tui.text.sanitize import clean

SERVER_SECONDS = 5.0
SOON = 14
"""Days before its end that a certificate is worth a warning."""

_WIDTH = 80
_MOST_REASONS = 5


class _Health(msgspec.Struct):
    """What `GET /health` says, as far as it matters here; `code` is an error's."""

    reasons: list[str] = []
    code: str = ""


async def checks(transport: ServerTransport, suffix: str) -> AsyncIterator[Check]:
    """Look at a server."""
    name = f"place{suffix}"
    try:
        opened = await transport.open()
    except NimError as error:
        yield from_message(name, error.message)
        return
    try:
        exchange = HttpExchange(opened.http, transport.name)
        began = time.time()
        health = await exchange.send(
            "GET", "/health", headers={}, params={}, seconds=SERVER_SECONDS
        )
        now = (began + time.time()) / 2
        version, tls = await _description(opened.http)
    except NimError as error:
        yield from_message(name, error.message)
        return
    finally:
        await opened.http.aclose()
    url = clean(transport.url, _WIDTH)
    yield _health(name, url, version, health.status, health.body)
    yield clock(f"clock{suffix}", health.headers.get("date", ""), now)
    if tls is not None:
        yield _certificate(f"tls{suffix}", tls)
    elif not transport.private:
        yield warning(
            f"tls{suffix}", "Passwords go there unencrypted.", "Ask its operator for https."
        )


def _health(name: str, url: str, version: str, status: int, body: bytes) -> Check:
    try:
        said = msgspec.json.decode(body, type=_Health)
    except msgspec.MsgspecError:
        said = _Health()
    if status == 200 and said.reasons:
        reasons = ", ".join(clean(reason, _WIDTH) for reason in said.reasons[:_MOST_REASONS])
        return warning(
            name,
            f"{url} answers: nim-tui {version}, degraded ({reasons}).",
            "You can play. Tell its operator, who finds these words in docs/server.md.",
        )
    if status == 200:
        return ok(name, f"{url} answers: nim-tui {version}.")
    if status == 503 and said.code:
        return broken(
            name,
            f"{url} answers, but cannot use its database.",
            "Tell its operator, who has a log.",
        )
    return warning(
        name,
        f"{url} answers with status {status}, which no backend of nim-tui does.",
        "Check the address, or ask its operator.",
    )


def clock(name: str, date: str, now: float) -> Check:
    """Compare the `Date` of an answer with the time here."""
    try:
        skew = now - parsedate_to_datetime(date).timestamp()
    except (ValueError, TypeError, OverflowError):
        return warning(name, "The server does not tell the time.", "Check this computer's clock.")
    if abs(skew) <= MOST_SKEW:
        return ok(name, "The two clocks agree.")
    way = "ahead of" if skew > 0 else "behind"
    return warning(
        name,
        f"This computer's clock is {abs(skew):.0f} seconds {way} the server's.",
        "Set it by the network (timedatectl set-ntp true), so that deadlines are right.",
    )


async def _description(http: httpx.AsyncClient) -> tuple[str, Mapping[str, Any] | None]:
    """The version that the server says it is, and its certificate, if it has shown one."""
    try:
        async with asyncio.timeout(SERVER_SECONDS), http.stream("GET", "/openapi.json") as response:
            stream = response.extensions.get("network_stream")
            secured = stream.get_extra_info("ssl_object") if stream is not None else None
            certificate = secured.getpeercert() if secured is not None else None
            document = msgspec.json.decode(await response.aread())
        return clean(str(document["info"]["version"]), _WIDTH), certificate
    except (TimeoutError, httpx.HTTPError, msgspec.MsgspecError, KeyError, TypeError):
        return "of an unknown version", None


def _certificate(name: str, certificate: Mapping[str, Any]) -> Check:
    try:
        days = int((ssl.cert_time_to_seconds(certificate["notAfter"]) - time.time()) // 86400)
    except (KeyError, ValueError):
        return ok(name, "The certificate is accepted.")
    if days < SOON:
        return warning(name, f"The certificate ends in {days} days.", "Tell its operator.")
    return ok(name, f"The certificate is accepted, and good for {days} days.")
