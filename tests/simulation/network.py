"""The virtual network: between clients and servers, and between servers and DynamoDB.

A message takes a little time, of its own, so that messages overtake each other. What is worse comes
from faults: windows of time in which a link loses, doubles or delays messages, or is cut.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx

from backend.api.app import Api
from tests.simulation.dynamodb_engine import Engine, EngineError
from tests.simulation.history import Exchange, Handled, History
from tests.simulation.loop import PROCESS, Process, VirtualLoop

USUAL_SECONDS = (0.001, 0.04)
# The second copy of a doubled message may have taken a long way round.
COPY_SECONDS = 3.0
ENGINE_TIMEOUT_SECONDS = 3.0


@dataclass
class Link:
    """How one link behaves now: chances from 0 to 1 for each message, and the longest delay."""

    lost: float = 0.0
    doubled: float = 0.0
    slowest: float = USUAL_SECONDS[1]
    cut: bool = False
    break_next: bool = False
    """Whether the next change is carried out, and its answer lost with the connection."""


@dataclass
class Answer:
    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


@dataclass
class Server:
    """One address; behind it an application in a process, or nothing."""

    name: str
    process: Process
    app: Api | None = None
    open: dict[asyncio.Future[Answer], None] = field(default_factory=dict)


class Network:
    """Every message of a run."""

    def __init__(self, loop: VirtualLoop, history: History, seed: int) -> None:
        self.loop = loop
        self.history = history
        self.dice = random.Random(f"network {seed}")
        self.links: dict[str, Link] = {}

    def link(self, name: str) -> Link:
        """The link of a client, or of a server to the engine."""
        return self.links.setdefault(name, Link())

    def heal(self) -> None:
        """Every link is as it should be."""
        for link in self.links.values():
            link.lost, link.doubled, link.slowest, link.cut = 0.0, 0.0, USUAL_SECONDS[1], False
            link.break_next = False

    def after(self, seconds: float, resume: Callable[[Any], None]) -> None:
        """Call `resume` after a pause."""
        self.loop.call_later(seconds, resume, None)

    async def send(self, name: str, server: Server, exchange: Exchange) -> Answer:
        """A request to a server and its answer. Raises: httpx's errors; hangs where it is lost."""
        link = self.link(name)
        answer: asyncio.Future[Answer] = self.loop.create_future()
        hung_up = asyncio.Event()
        for copy in range(1 + self._happens(link.doubled)):
            if link.cut or self._happens(link.lost):
                continue
            if copy:
                self.history.repeated(exchange)
            arrive = partial(self._arrive, link, server, exchange, answer, hung_up)
            self._outside(self._delay(link, copy), arrive)
        try:
            return await answer
        finally:
            self._outside(self._delay(link), hung_up.set)

    def to_engine(
        self, engine: Engine, operation: str, asked: dict[str, Any], resume: Callable[[Any], None]
    ) -> None:
        """A request to DynamoDB; `resume` gets the answer, an EngineError or a TimeoutError.

        A request that is late is carried out all the same, after its sender has given up.
        """
        process = PROCESS.get()
        link = self.link(f"{process.name if process else '-'} to engine")
        waiting = True

        def come_back(answer: Any) -> None:
            nonlocal waiting
            if waiting:
                waiting = False
                resume(answer)

        def arrive() -> None:
            self.loop.note(f"engine {operation}")
            answer: dict[str, Any] | EngineError
            try:
                answer = engine.request(operation, asked)
            except EngineError as error:
                answer = error
            breaks = link.break_next and operation in ("UpdateItem", "PutItem")
            link.break_next = link.break_next and not breaks
            if not (breaks or link.cut or self._happens(link.lost)):
                # In the process that asked: where it was killed nobody is left to resume.
                context = process.context if process else None
                self.loop.call_later(self._delay(link), come_back, answer, context=context)

        for copy in range(1 + self._happens(link.doubled)):
            if not (link.cut or self._happens(link.lost)):
                self._outside(self._delay(link, copy), arrive)
        self.loop.call_later(ENGINE_TIMEOUT_SECONDS, come_back, TimeoutError())

    def crash(self, server: Server) -> None:
        """End the connections of a server that was killed: the clients are told, or hang."""
        server.process.alive = False
        server.app = None
        for answer in list(server.open):
            if self._happens(0.7):
                broken = httpx.ReadError("the connection broke off")
                self._outside(self._delay(Link()), partial(_fail, answer, broken))
        server.open.clear()

    def _arrive(
        self,
        link: Link,
        server: Server,
        exchange: Exchange,
        answer: asyncio.Future[Answer],
        hung_up: asyncio.Event,
    ) -> None:
        if server.app is None:
            refused = httpx.ConnectError("nothing listens there")
            self._outside(self._delay(link), partial(_fail, answer, refused))
            return
        server.open[answer] = None
        handled = Handled(exchange, server.process, self.loop.time())
        self.history.handled.append(handled)
        work = _serve(server.app, exchange, hung_up)
        task = self.loop.spawn(server.process, work)
        task.add_done_callback(partial(self._went, handled))
        breaks = link.break_next and exchange.method == "POST"
        if breaks:
            link.break_next = False
        task.add_done_callback(partial(self._answered, link, server, answer, breaks))

    def _went(self, handled: Handled, task: asyncio.Task[Answer]) -> None:
        if not task.cancelled() and task.exception() is None:
            found = task.result()
            handled.went, handled.status = self.loop.time(), found.status
            handled.body = found.body

    def _answered(
        self,
        link: Link,
        server: Server,
        answer: asyncio.Future[Answer],
        breaks: bool,  # noqa: FBT001 - handed over by `partial`
        task: asyncio.Task[Answer],
    ) -> None:
        server.open.pop(answer, None)
        if task.cancelled():
            return
        if breaks:
            broken = httpx.ReadError("the connection broke off")
            self._outside(self._delay(link), partial(_fail, answer, broken))
            return
        found = task.result()
        self.loop.note(f"{found.status} ".encode() + found.body)
        if link.cut or self._happens(link.lost):
            return
        self._outside(self._delay(link), partial(_give, answer, found))

    def _outside(self, seconds: float, callback: Callable[[], Any]) -> None:
        """Call something later that belongs to no process, so that no crash stops it."""
        self.loop.call_later(seconds, callback, context=_NOBODY.context)

    def _happens(self, chance: float) -> bool:
        return chance > 0 and self.dice.random() < chance

    def _delay(self, link: Link, copy: int = 0) -> float:
        return self.dice.uniform(USUAL_SECONDS[0], COPY_SECONDS if copy else link.slowest)


class ServerTransport(httpx.AsyncBaseTransport):
    """httpx's way to a server over the virtual network."""

    def __init__(self, network: Network, name: str, server: Callable[[], Server]) -> None:
        self._network = network
        self._name = name
        self._server = server

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        exchange = self._network.history.asked(self._name, request, await request.aread())
        found = await self._network.send(self._name, self._server(), exchange)
        self._network.history.answered(exchange, found.status, dict(found.headers), found.body)
        return httpx.Response(found.status, headers=found.headers, content=found.body)


class InProcessTransport(httpx.AsyncBaseTransport):
    """httpx's own transport to an application in the same process, written into the history."""

    def __init__(self, network: Network, name: str, app: Api) -> None:
        self._network = network
        self._name = name
        self._inner = httpx.ASGITransport(app, raise_app_exceptions=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        exchange = self._network.history.asked(self._name, request, await request.aread())
        handled = Handled(exchange, PROCESS.get(), self._network.loop.time())
        self._network.history.handled.append(handled)
        answer = await self._inner.handle_async_request(request)
        body = await answer.aread()
        handled.went, handled.status = self._network.loop.time(), answer.status_code
        handled.body = body
        self._network.loop.note(f"{answer.status_code} ".encode() + body)
        headers = dict(answer.headers.raw)
        self._network.history.answered(exchange, answer.status_code, headers, body)
        return httpx.Response(answer.status_code, headers=answer.headers.raw, content=body)


async def _serve(app: Api, exchange: Exchange, hung_up: asyncio.Event) -> Answer:
    """One request through the application, as a server does it: a hang-up is told, no more."""
    bodies = [exchange.body]
    found = Answer(0, [], b"")

    async def receive() -> dict[str, Any]:
        if bodies:
            return {"type": "http.request", "body": bodies.pop(), "more_body": False}
        await hung_up.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            found.status, found.headers = message["status"], list(message["headers"])
        else:
            found.body += message.get("body", b"")

    url = exchange.url
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": exchange.method,
        "scheme": url.scheme,
        "path": url.path,
        "raw_path": url.raw_path.split(b"?")[0],
        "query_string": url.query,
        "headers": [(name.lower(), value) for name, value in exchange.headers],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    with suppress(asyncio.CancelledError):
        await app(scope, receive, send)
    return found


def _fail(answer: asyncio.Future[Answer], error: Exception) -> None:
    if not answer.done():
        answer.set_exception(error)


def _give(answer: asyncio.Future[Answer], found: Answer) -> None:
    if not answer.done():
        answer.set_result(found)


_NOBODY = Process("network")
