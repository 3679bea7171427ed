"""`serve --metrics HOST:PORT`: the figures of a server, on an address of their own."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from backend.adapters.prometheus import CONTENT_TYPE, PrometheusMetrics
from backend.api.origins import Origins
from backend.domain.errors import NimError
from backend.entrypoints.http_protocol import LimitedProtocol

_FINISH_SECONDS = 1


class MetricsApp:
    """`GET /metrics`, and nothing else."""

    def __init__(self, metrics: PrometheusMetrics, origins: Origins) -> None:
        self._metrics = metrics
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._answer(Request(scope, receive))
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        try:
            self._origins.check(request, b"")
        except NimError as error:
            return PlainTextResponse(error.message, 403)
        if request.url.path != "/metrics":
            return PlainTextResponse("Metrics are at /metrics.", 404)
        if request.method != "GET":
            return PlainTextResponse("Use GET.", 405, {"Allow": "GET"})
        return Response(
            await self._metrics.text(), 200, {"Cache-Control": "no-store"}, CONTENT_TYPE
        )


class _Beside(uvicorn.Server):
    """A server beside another one, which handles the signals."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def exposed(
    listening: socket.socket, metrics: PrometheusMetrics, origins: Origins
) -> AsyncIterator[None]:
    """Answer scrapes on a listening socket meanwhile."""
    config = uvicorn.Config(
        MetricsApp(metrics, origins),
        http=LimitedProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_FINISH_SECONDS,
    )
    server = _Beside(config)
    running = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield
    finally:
        server.should_exit = True
        await running
