"""A network that fails on demand: between a client and a real server, on its own port."""

from __future__ import annotations

import asyncio
from contextlib import suppress


class Proxy:
    """Passes bytes both ways, except as these attributes say.

    Attributes:
        lose: how many responses are dropped, with their connection, after the server has sent
            them: the request has then taken effect.
        deaf: while set, no response arrives and no connection closes: half-open.
        instead: while set, each request gets these bytes and does not reach the server.
        down: while set, connections are closed right after they are made.

    """

    def __init__(self, port: int) -> None:
        self._port = port
        self.lose = 0
        self.deaf = False
        self.down = False
        self.instead = b""
        self.url = ""
        self._talks: set[asyncio.Task[None] | None] = set()
        self._writers: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Proxy:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.cut()
        await asyncio.gather(*(talk for talk in self._talks if talk is not None))

    def cut(self) -> None:
        """Close every connection."""
        for writer in self._writers:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._talks.add(asyncio.current_task())
        self._writers.add(writer)
        with suppress(OSError, asyncio.IncompleteReadError):
            if self.instead:
                await reader.readuntil(b"\r\n\r\n")
                writer.write(self.instead)
                await writer.drain()
            elif not self.down:
                there, back = await asyncio.open_connection("127.0.0.1", self._port)
                self._writers.add(back)
                await asyncio.gather(self._pass(reader, back), self._answer(there, writer))
                back.close()
        writer.close()

    async def _pass(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(65536):
                target.write(data)
                await target.drain()
        target.close()

    async def _answer(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(65536):
                if self.lose:
                    self.lose -= 1
                    break
                if not self.deaf:
                    target.write(data)
                    await target.drain()
        if not self.deaf:
            target.close()
