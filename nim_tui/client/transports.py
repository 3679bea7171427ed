"""How each kind of place is reached; the only module of the client that starts a backend.

A `Transport` costs nothing until it is opened: httpx, and for a backend in this process the whole
backend, are imported then.
"""

from __future__ import annotations

import asyncio
import importlib
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from backend.domain.errors import BadRequest, DatabaseProblem, Unavailable
from nim_tui.client.address import on_this_machine
from nim_tui.client.errors import CannotOpen
from nim_tui.text.place import THIS_COMPUTER

if TYPE_CHECKING:
    import httpx

    from backend.bootstrap import Backend
    from backend.config.settings import BackendSettings
    from nim_tui.client.keys import KeyBook

# This name is never resolved: requests to it do not leave the process.
IN_PROCESS = "http://embedded.invalid"
_NO_PORT = 0


@dataclass(frozen=True, slots=True)
class OpenTransport:
    """A transport that is ready for requests.

    Attributes:
        http: sends them; whoever opened the transport closes it.
        close_backend: then stops a backend in this process.

    """

    http: httpx.AsyncClient
    close_backend: Callable[[], Awaitable[None]]


class Transport(Protocol):
    """How one place to play is reached.

    Attributes:
        place: a stable key of the place for the vault.
        name: what people call the place.
        private: whether nobody on the network can read what is sent.

    """

    @property
    def place(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def private(self) -> bool: ...

    async def open(self) -> OpenTransport:
        """Get ready to send requests. Raises: CannotOpen."""

    async def check(self) -> bool:
        """Find out whether the place can be used, if that costs much less than opening it.

        Returns:
            False where only opening it can tell.

        Raises:
            CannotOpen, Unavailable.

        """


@contextmanager
def _file_problems() -> Iterator[None]:
    try:
        yield
    except DatabaseProblem as error:
        raise CannotOpen(error.message) from error
    except (OSError, ValueError) as error:  # a NUL, a name that is too long
        raise CannotOpen("That file cannot be opened. Choose another with --data.") from error


async def _no_backend_here() -> None:
    """Close nothing: the backend runs elsewhere."""


async def _in_process(backend: Backend, address: str | None = None) -> OpenTransport:
    """The way to a backend in this process; with an `address`, one that others use as well."""
    import httpx

    # An exception in the application becomes a plain 500, as it would over a socket.
    if address is None:
        transport = httpx.ASGITransport(backend.app, raise_app_exceptions=False)
        client = httpx.AsyncClient(transport=transport, base_url=IN_PROCESS)
        return OpenTransport(client, backend.close)
    transport = httpx.ASGITransport(
        backend.app, raise_app_exceptions=False, client=(address, _NO_PORT)
    )
    # Without a look at the environment: proxies cost memory for each session.
    client = httpx.AsyncClient(transport=transport, base_url=IN_PROCESS, trust_env=False)
    return OpenTransport(client, _no_backend_here)


@dataclass(frozen=True, slots=True)
class EmbeddedTransport:
    """A backend in this process on a SQLite file; the file is touched when it is opened."""

    path: Path

    @property
    def place(self) -> str:
        return f"embedded:{self.path}"

    @property
    def name(self) -> str:
        return THIS_COMPUTER

    @property
    def private(self) -> bool:
        return True

    async def open(self) -> OpenTransport:
        """Start the backend. Raises: CannotOpen, Unavailable."""
        bootstrap = await asyncio.to_thread(importlib.import_module, "backend.bootstrap")
        # Also in a thread: it imports the adapters.
        backend: Backend = await asyncio.to_thread(bootstrap.embedded, self.path)
        try:
            with _file_problems():
                # Any read opens and migrates the file: report now what is wrong with it.
                await backend.service.games.get("")
        except BaseException:
            await backend.close()
            raise
        return await _in_process(backend)

    async def check(self) -> bool:
        """Open and migrate the file, and close it again. Raises: CannotOpen, Unavailable."""
        bootstrap = await asyncio.to_thread(importlib.import_module, "backend.bootstrap")
        with _file_problems():
            await bootstrap.check_file(self.path)
        return True


@dataclass(frozen=True, slots=True)
class ServerTransport:
    """A backend on the network. `url` has been through `address.server_url`."""

    url: str

    @property
    def place(self) -> str:
        return self.url

    @property
    def name(self) -> str:
        return self.url.split("://", 1)[1]

    @property
    def private(self) -> bool:
        parts = urlsplit(self.url)
        return parts.scheme == "https" or on_this_machine(parts.hostname or "")

    async def open(self) -> OpenTransport:
        """Make an HTTP client. Raises: CannotOpen."""
        import httpx

        from nim_tui.client import environment

        # Proxies in the environment are for other machines, not for this one.
        local = on_this_machine(urlsplit(self.url).hostname or "")
        # Shorter than servers keep an idle connection (uvicorn: 5 s), so that none is reused
        # just as the server closes it.
        limits = httpx.Limits(keepalive_expiry=4.0)

        def client() -> httpx.AsyncClient:
            transport = httpx.AsyncHTTPTransport(limits=limits) if local else None
            http = httpx.AsyncClient(transport=transport, base_url=self.url, limits=limits)
            _ = http.base_url.host  # decoded, and refused where it cannot be, only when it is read
            return http

        try:
            # It reads the system's certificates, which takes tens of milliseconds.
            http = await asyncio.to_thread(client)
        except Exception as error:  # httpx raises whatever it met
            raise CannotOpen(environment.problem(self.url, os.environ)) from error
        if self.url.startswith("https:") and (wrong := environment.certificate_problem(os.environ)):
            await http.aclose()
            raise CannotOpen(wrong)
        return OpenTransport(http, _no_backend_here)

    async def check(self) -> bool:
        """Only the HTTP client itself can tell."""
        return False


@dataclass(frozen=True, slots=True)
class DirectAwsTransport:
    """DynamoDB and Cognito with the person's own AWS credentials."""

    region: str | None = None
    profile: str | None = None

    @property
    def place(self) -> str:
        settings = self.settings()
        pool = settings.user_pool_id if settings else None
        # Accounts belong to the pool, whichever credentials reach it.
        return f"aws:{self._region(settings)}/{pool or self.profile or ''}"

    @property
    def name(self) -> str:
        region = self._region(self.settings())
        return f"AWS {region}" if region else "AWS"

    @property
    def private(self) -> bool:
        return True

    async def open(self) -> OpenTransport:
        """Start the backend. Raises: CannotOpen."""
        bootstrap = await asyncio.to_thread(importlib.import_module, "backend.bootstrap")
        try:
            backend: Backend = await asyncio.to_thread(
                bootstrap.straight_to_aws, self.region, self.profile
            )
        except (Unavailable, BadRequest) as error:  # of AWS, or of a variable for the backend
            raise CannotOpen(error.message) from error
        return await _in_process(backend)

    async def check(self) -> bool:
        """Only AWS itself can tell."""
        return False

    def _region(self, settings: BackendSettings | None) -> str:
        return self.region or (settings.region if settings else None) or ""

    def settings(self) -> BackendSettings | None:
        """Which table and pool are meant; None where what was saved or set makes no sense."""
        try:
            return self.read_settings()
        except CannotOpen:  # reported when the place is opened
            return None

    def read_settings(self) -> BackendSettings:
        """Which table and pool are meant. Raises: CannotOpen."""
        from backend.config.settings import aws_settings

        try:
            return aws_settings(os.environ)
        except (Unavailable, BadRequest) as error:
            raise CannotOpen(error.message) from error


class SharedBackend:
    """A backend in this process that the sessions of an ssh server share.

    Attributes:
        keys: whose key is whose, once it has started. Only this process reaches them.

    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._backend: Backend | None = None
        self.keys: KeyBook | None = None

    def transport(self, address: str) -> SharedTransport:
        """The way there for one session, whose requests count as those of this address."""
        assert self._backend is not None, "start it first"
        return SharedTransport(self._backend, address)

    async def start(self) -> None:
        """Open and migrate the file. Raises: CannotOpen, Unavailable."""
        bootstrap = await asyncio.to_thread(importlib.import_module, "backend.bootstrap")
        backend: Backend = await asyncio.to_thread(bootstrap.hosted, self._path)
        try:
            with _file_problems():
                await backend.start()
        except BaseException:
            await backend.close()
            raise
        self._backend, self.keys = backend, backend.keys

    async def close(self) -> None:
        """Answer what waits, and close the file."""
        if self._backend is not None:
            await self._backend.close()


@dataclass(frozen=True, slots=True)
class SharedTransport:
    """One session's way to a backend that others use as well, and which outlives it."""

    backend: Backend
    address: str

    @property
    def place(self) -> str:
        return "ssh:shared"

    @property
    def name(self) -> str:
        return "This server"

    @property
    def private(self) -> bool:
        return True

    async def open(self) -> OpenTransport:
        """Make a client of the backend."""
        return await _in_process(self.backend, self.address)

    async def check(self) -> bool:
        """The backend has started, so it can be used."""
        return True


class SharedServer:
    """A backend on the network that the sessions of an ssh server play on. It remembers no keys."""

    keys: KeyBook | None = None

    def __init__(self, url: str) -> None:
        self._url = url

    def transport(self, address: str) -> ServerTransport:
        """The way there; to the server all sessions come from this machine."""
        return ServerTransport(self._url)

    async def start(self) -> None:
        """Each session connects by itself."""

    async def close(self) -> None:
        """Each session has closed its own connections."""
