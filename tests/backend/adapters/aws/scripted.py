"""A server that answers as it is scripted, byte by byte, and a transport that asks it."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Serve: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

JSON = "application/x-amz-json-1.0"


@dataclass
class Request:
    """What was asked."""

    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def answer(
    body: bytes | dict[str, Any], status: int = 200, headers: Sequence[str] = (), kind: str = JSON
) -> bytes:
    """A whole answer."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [
        f"HTTP/1.1 {status} X",
        f"Content-Type: {kind}",
        f"Content-Length: {len(content)}",
        *headers,
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def refused(code: str, status: int = 400, headers: Sequence[str] = (), **more: Any) -> bytes:
    """An error as DynamoDB answers it."""
    kind = f"com.amazonaws.dynamodb.v20120810#{code}"
    return answer({"__type": kind, "message": "in its words", **more}, status, headers)


@dataclass
class Server:
    """What was asked so far, and what will be answered; the last answer is given again."""

    port: int = 0
    asked: list[Request] = field(default_factory=list)
    answers: list[bytes] = field(default_factory=list)
    close_after: bool = False
    connections: int = 0
    was_asked: asyncio.Event = field(default_factory=asyncio.Event)

    def script(self, *answers: bytes, close_after: bool = False) -> None:
        """Answer so from now on; an empty answer closes the connection."""
        self.answers = list(answers)
        self.asked.clear()
        self.close_after = close_after

    def next_answer(self) -> bytes:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with suppress(asyncio.IncompleteReadError):
            while True:
                request = await read_request(reader)
                self.asked.append(request)
                self.was_asked.set()
                content = self.next_answer()
                writer.write(content)
                await writer.drain()
                if self.close_after or not content:
                    break


async def read_request(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(first.split()[1], headers, body)


@asynccontextmanager
async def scripted(port: int = 0, tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    """A running server, on a free port where none is given."""
    server = Server()
    async with listening(server.serve, port, tls) as server.port:
        yield server


@asynccontextmanager
async def listening(
    serve: Serve, port: int = 0, tls: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    """The port that `serve` answers on; its connections end with the block."""
    under_way: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        under_way.add(task)
        # The end of the block cancels; asyncio's own server would make a noise about it.
        with suppress(ConnectionError, asyncio.CancelledError):
            await serve(reader, writer)
        writer.close()
        with suppress(ConnectionError, ssl.SSLError):
            await writer.wait_closed()

    server = await asyncio.start_server(connected, "127.0.0.1", port, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
