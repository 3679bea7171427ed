"""`nim-backend serve`: the API on a socket, until a signal stops it."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from types import FrameType

import uvicorn

from backend.bootstrap import Backend
from backend.domain.errors import Unavailable
from backend.entrypoints.http_protocol import KEEP_ALIVE_SECONDS, LimitedProtocol

# Held requests are answered at once; this is for running ones. Stopping takes less than 5 s in all.
FINISH_SECONDS = 3
_BACKLOG = 2048
# Each waiting client is a connection.
_WANTED_FILES = 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenAddress:
    """Where to listen. `trusted_proxies` may set a client's address in `X-Forwarded-For`."""

    host: str = "127.0.0.1"
    port: int = 8000
    trusted_proxies: Sequence[str] = ()
    options: str = "--host or --port"
    """The options that name another address."""


def listen(place: ListenAddress) -> socket.socket:
    """A listening socket. Raises: Unavailable, if the address cannot be used."""
    try:
        found = socket.getaddrinfo(
            place.host, place.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        # IPv4 first: `localhost` has both, and friends type the address that is printed.
        family, _, _, _, address = min(found, key=lambda entry: entry[0] != socket.AF_INET)
        return socket.create_server(address, family=family, backlog=_BACKLOG)
    except (OSError, UnicodeError, OverflowError) as error:
        raise Unavailable(
            f"Cannot listen on {place.host} port {place.port}: {_reason(error)}. "
            f"Choose another {place.options}."
        ) from error


def run(
    place: ListenAddress,
    make: Callable[[], Backend],
    announce: Callable[[socket.socket], None],
    *,
    beside: Callable[[], AbstractAsyncContextManager[None]] = nullcontext,
) -> None:
    """Serve until SIGTERM or SIGINT.

    Then held requests are answered, running ones finish, and the store is closed.

    Args:
        make: creates the backend, on the event loop that it will run on.
        announce: called with the socket once requests are answered.
        beside: entered while requests are answered.

    Raises:
        Unavailable: the address or the database cannot be used.

    """
    _allow_many_files()
    listening = listen(place)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_serve(place, make, listening, announce, beside))


async def _serve(
    place: ListenAddress,
    make: Callable[[], Backend],
    listening: socket.socket,
    announce: Callable[[socket.socket], None],
    beside: Callable[[], AbstractAsyncContextManager[None]],
) -> None:
    backend = make()
    try:
        await backend.start()
        async with beside():
            announce(listening)
            await HttpServer(place, backend).serve(sockets=[listening])
    finally:
        await backend.close()


class HttpServer(uvicorn.Server):
    """uvicorn with our limits; it answers held requests when it stops."""

    def __init__(self, place: ListenAddress, backend: Backend) -> None:
        super().__init__(
            uvicorn.Config(
                backend.app,
                http=LimitedProtocol,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=bool(place.trusted_proxies),
                forwarded_allow_ips=list(place.trusted_proxies),
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=FINISH_SECONDS,
                backlog=_BACKLOG,
            )
        )
        self._backend = backend

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._backend.app.close_soon()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # uvicorn's own version raises the signal again at the end, before the store is closed.
        def stop(number: int, frame: FrameType | None) -> None:
            self.handle_exit(number, frame)

        before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:  # it has no wheels for Windows
        return None
    return uvloop.new_event_loop


def _allow_many_files() -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _WANTED_FILES if hard == resource.RLIM_INFINITY else min(_WANTED_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):  # then the old limit stays
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _reason(error: Exception) -> str:
    return (getattr(error, "strerror", None) or "no such address").lower()
