"""Serves the app to a browser: textual-serve's WebSocket and script, behind our own guard.

Nothing else of textual-serve is used: its page loads a font from another site, its log shows local
variables, and it has no access control.
"""

from __future__ import annotations

import asyncio
import logging
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from string import Template

import textual_serve
from aiohttp import web
from textual_serve.server import Server

from nim_tui.web.guard import Guard

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

# Their messages about tabs that were closed help nobody.
_LOGS = ("textual-serve", "aiohttp")
_STATIC = Path(textual_serve.__file__).parent / "static"
_PAGE = Template((Path(__file__).parent / "page.html").read_text(encoding="utf-8"))
# How long tabs that are still open may take to end with the server.
END_SECONDS = 3.0


def make_web(command: Sequence[str], guard: Guard) -> web.Application:
    """The application: one page, its WebSocket and its script, for requests that `guard` allows.

    Args:
        command: the program that runs behind each tab.
        guard: checks every request first.

    """
    tabs = Server(_shell_line(command))

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        upgrade = "upgrade" in request.headers or request.path.endswith("/ws")
        status = guard.refuses(request.headers, request.path, socket=upgrade)
        if status is not None:
            return web.Response(status=status, text="Open the address that nim-tui printed.\n")
        return await handler(request)

    async def page(request: web.Request) -> web.Response:
        # The guard has checked it: one of the two names of this computer.
        socket_url = f"ws://{request.host}/{guard.token}/ws"
        return web.Response(text=_PAGE.substitute(socket=socket_url), content_type="text/html")

    async def add_headers(_: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(guard.headers())

    app = web.Application(middlewares=[check])
    app.on_response_prepare.append(add_headers)
    app.add_routes(
        [
            web.get(f"/{guard.token}/", page),
            web.get(f"/{guard.token}/ws", tabs.handle_websocket),
            web.static(f"/{guard.token}/static", _STATIC),
        ]
    )
    return app


def _shell_line(command: Sequence[str]) -> str:
    """The command line for textual-serve's shell, which on POSIX is replaced by the command."""
    if sys.platform == "win32":
        return subprocess.list2cmdline(command)
    return f"exec {shlex.join(command)}"


def serve(command: Sequence[str], port: int, ready: Callable[[str], None]) -> None:
    """Serve on loopback until a signal comes; `ready` is called with the URL.

    Port 0 picks a free one.

    Raises:
        OSError: the port is in use, or not allowed.

    """
    with socket.create_server(("127.0.0.1", port)) as listening:
        guard = Guard(listening.getsockname()[1])
        for name in _LOGS:
            logging.getLogger(name).addHandler(logging.NullHandler())
        asyncio.run(_serve(make_web(command, guard), listening, lambda: ready(guard.url)))


async def _serve(app: web.Application, listening: socket.socket, ready: Callable[[], None]) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        if sys.platform != "win32":
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=END_SECONDS)
    await runner.setup()
    try:
        await web.SockSite(runner, listening).start()
        ready()
        await stop.wait()
    finally:
        await runner.cleanup()
