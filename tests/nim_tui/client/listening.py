"""A scripted backend on a real local socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import httpx

Handler = Callable[[httpx.Request], httpx.Response]


@asynccontextmanager
async def listening(handler: Handler) -> AsyncIterator[str]:
    """Answer HTTP requests with `handler`; its URL. If that raises, the connection is closed."""
    talks: dict[asyncio.Task[None] | None, asyncio.StreamWriter] = {}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks[asyncio.current_task()] = writer
        with suppress(asyncio.IncompleteReadError, OSError, httpx.HTTPError):
            while True:
                writer.write(_encoded(handler(await _request(reader))))
                await writer.drain()
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for writer in talks.values():
            writer.close()
        await asyncio.gather(*(talk for talk in talks if talk is not None))


async def _request(reader: asyncio.StreamReader) -> httpx.Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ", 2)
    headers = dict(line.split(": ", 1) for line in head[1:] if line)
    length = int(next((v for name, v in headers.items() if name.lower() == "content-length"), "0"))
    content = await reader.readexactly(length)
    return httpx.Request(method, f"http://here{target}", headers=headers, content=content)


def _encoded(response: httpx.Response) -> bytes:
    lines = [f"HTTP/1.1 {response.status_code} {response.reason_phrase}"]
    lines += [f"{name}: {value}" for name, value in response.headers.items()]
    if "content-length" not in response.headers:
        lines.append(f"content-length: {len(response.content)}")
    return "\r\n".join([*lines, "", ""]).encode() + response.content
