"""A mail server and an ntfy server on loopback: real ones, as small as they can be."""

from __future__ import annotations

import asyncio
import email
import email.policy
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope

from tests.support import eventually_async


@dataclass
class Mailbox:
    """What a mail server took, and what it refuses.

    Attributes:
        refused: addresses, with the reply to them.
        reply: to a whole message; None takes it.
        gate: a message is taken once it is set.
    """

    port: int = 0
    messages: list[EmailMessage] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    reply: str | None = None
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, _server: Any, _session: Any, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 (aiosmtpd's name)
        self, _server: Any, _session: Any, envelope: Envelope
    ) -> str:
        await self.gate.wait()
        if self.reply is not None:
            return self.reply
        content = envelope.content
        assert isinstance(content, bytes)
        message = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.messages.append(message)
        return "250 OK"

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def texts(self, to: str) -> list[str]:
        """The first lines of what came for an address."""
        return [
            message.get_content().splitlines()[0]
            for message in self.messages
            if message["To"] == to
        ]

    async def code(self, to: str) -> str:
        """The newest code for an address."""
        await eventually_async(lambda: bool(self.texts(to)))
        found = re.match(r"\d{8}\b", self.texts(to)[-1])
        assert found
        return found[0]


@asynccontextmanager
async def mail_server(port: int = 0) -> AsyncIterator[Mailbox]:
    """A mail server on this loop."""
    box = Mailbox()
    box.gate.set()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(box, enable_SMTPUTF8=False, loop=loop), "127.0.0.1", port
    )
    box.port = server.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        server.close()


@dataclass
class Topics:
    """What an ntfy server took: (path, text), and the status that it answers with."""

    port: int = 0
    kept: list[tuple[str, str]] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    status: str = "200 OK"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        found = re.search(r"content-length: (\d+)", head, re.IGNORECASE)
        body = await reader.readexactly(int(found[1]) if found else 0)
        self.headers.append(head)
        if self.status.startswith("200"):
            self.kept.append((head.split()[1], body.decode()))
        location = f"Location: {self.url}/elsewhere\r\n" if self.status.startswith("3") else ""
        writer.write(f"HTTP/1.1 {self.status}\r\n{location}Content-Length: 0\r\n\r\n".encode())
        writer.close()


@asynccontextmanager
async def ntfy_server() -> AsyncIterator[Topics]:
    """An ntfy server on this loop."""
    topics = Topics()
    server = await asyncio.start_server(topics.answer, "127.0.0.1", 0)
    topics.port = server.sockets[0].getsockname()[1]
    try:
        yield topics
    finally:
        server.close()


Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(serve: Serve) -> AsyncIterator[int]:
    """Whatever else may be behind a port."""
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
