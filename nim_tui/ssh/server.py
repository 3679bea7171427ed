"""The ssh server: it listens, admits, and ends everything within five seconds."""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncssh

from nim_tui import __version__
from nim_tui.options import UsageError
from nim_tui.ssh.admission import MOST_OF_A_NETWORK, MOST_SESSIONS, Admission, Refusals, Starts
from nim_tui.ssh.host_key import host_key
from nim_tui.ssh.line import LOGIN_SECONDS, Doorkeeper, SshLine
from nim_tui.ssh.session import RESTARTING, SshSession
from nim_tui.ssh.visit import Hosting, RunCommand, SharedPlace

log = logging.getLogger(__name__)

_VERSION = f"nim-tui_{__version__}"
_BACKLOG = 512
# Input that waits in a channel; a hand needs less.
_WINDOW = 16_384
# Apps get so long to leave their terminals as they were, and then connections to close.
LEAVE_SECONDS = 2.0
CLOSE_SECONDS = 1.0
CUT_SECONDS = 0.2
PLACE_SECONDS = 1.0
# After an error of the system's, such as too many open files.
_ACCEPT_PAUSE = 0.1
# A dead line, whose other end never says so, is noticed after about two minutes.
_PROBES = (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4))
_SEND_BUFFER = 65_536
_FILES_BESIDES = 200
# What screens and commands import when they are first used, which would hold up everybody else.
_USED_LATER = (
    "account.choose_session", "account.login", "account.register", "board.screen", "games.screen",
    "help", "lessons", "board_options", "palette", "review.screen", "review.why", "settings",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerOptions:
    """Where to listen, and how many may come."""

    host: str = "127.0.0.1"
    port: int = 2222
    host_key: Path
    sessions: int = MOST_SESSIONS
    of_a_network: int = MOST_OF_A_NETWORK


@dataclass(frozen=True, slots=True)
class Listening:
    """A server that takes connections: its address, and its key's fingerprint."""

    host: str
    port: int
    fingerprint: str


class SshServer:
    """All sessions of one process.

    Args:
        place: the place that they play on; it is started and closed here.
        run_command: runs what comes as `ssh HOST COMMAND`.

    """

    def __init__(self, options: ServerOptions, place: SharedPlace, run_command: RunCommand) -> None:
        self._options = options
        self._place = place
        self._run_command = run_command
        self._admission = Admission(options.sessions, options.of_a_network)
        self._refusals = Refusals(_VERSION.encode())
        self._lines: dict[SshLine, str] = {}
        self._sessions: set[SshSession] = set()
        self._accepting: asyncio.Task[None] | None = None
        self._hosting: Hosting | None = None
        # Set whenever a session or a line has ended.
        self._fewer = asyncio.Event()

    async def start(self) -> Listening:
        """Listen.

        Raises:
            UsageError: the address or the host key cannot be used.
            CannotOpen, Unavailable: the place cannot.

        """
        key = await asyncio.to_thread(host_key, self._options.host_key)
        await asyncio.to_thread(_import_all)
        listening = listen(self._options.host, self._options.port)
        try:
            await self._place.start()
        except BaseException:
            listening.close()
            raise
        self._hosting = Hosting(self._place, self._run_command, Starts())
        options = self._connection_options(key)
        self._accepting = asyncio.create_task(self._accept(listening, options))
        host, port = listening.getsockname()[:2]
        return Listening(host, port, key.get_fingerprint())

    async def stop(self) -> None:
        """Tell everybody, and end all sessions."""
        if self._accepting is not None:
            self._accepting.cancel()
            await asyncio.wait([self._accepting])
        self._refusals.close()
        for session in tuple(self._sessions):
            session.restart()
        await self._until(lambda: not self._sessions, LEAVE_SECONDS)
        # Clients close once they have read to the end, which a disconnection would cut off.
        await self._until(lambda: not self._lines, CLOSE_SECONDS)
        for line in tuple(self._lines):
            line.disconnect(asyncssh.DISC_BY_APPLICATION, RESTARTING)
        await self._until(lambda: not self._lines, CUT_SECONDS)
        with suppress(TimeoutError):
            async with asyncio.timeout(PLACE_SECONDS):
                await self._place.close()

    @property
    def sessions(self) -> int:
        """How many sessions there are."""
        return len(self._sessions)

    @property
    def lines(self) -> int:
        """How many connections there are, those that still shake hands included."""
        return len(self._lines)

    def _connection_options(self, key: asyncssh.SSHKey) -> asyncssh.SSHServerConnectionOptions:
        """What connections may do. Algorithms are asyncssh's current defaults, and none older."""
        return asyncssh.SSHServerConnectionOptions(
            server_factory=lambda: Doorkeeper(self._session, self._line_ended),
            server_host_keys=[key],
            server_version=_VERSION,
            config=None,
            gss_host=None,
            agent_forwarding=False,
            x11_forwarding=False,
            allow_scp=False,
            sftp_factory=None,
            line_editor=False,
            encoding=None,
            window=_WINDOW,
            # A little that is sent would become much that is held.
            compression_algs=None,
            login_timeout=LOGIN_SECONDS,
            utf8_decode_errors="replace",
        )

    async def _accept(
        self, listening: socket.socket, options: asyncssh.SSHServerConnectionOptions
    ) -> None:
        loop = asyncio.get_running_loop()
        with listening:
            while True:
                try:
                    connection, address = await loop.sock_accept(listening)
                except OSError as error:
                    log.warning("cannot accept a connection: %s", type(error).__name__)
                    await asyncio.sleep(_ACCEPT_PAUSE)
                    continue
                await self._take(connection, address, options)

    async def _take(
        self,
        connection: socket.socket,
        address: Any,
        options: asyncssh.SSHServerConnectionOptions,
    ) -> None:
        network = str(address[0])
        if (why := self._admission.enter(network)) is not None:
            self._refusals.refuse(connection, why)
            return
        loop = asyncio.get_running_loop()
        line = SshLine(loop, options)
        self._lines[line] = network
        try:
            connection.setblocking(False)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
            for name, value in _PROBES:
                if hasattr(socket, name):
                    connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
            await loop.create_connection(lambda: line, sock=connection)
        except OSError:  # it has gone already
            connection.close()
            self._line_ended(line)
            line.abort()

    def _line_ended(self, line: SshLine) -> None:
        if (network := self._lines.pop(line, None)) is not None:
            self._admission.leave(network)
            self._fewer.set()

    def _session(self, line: SshLine) -> SshSession:
        assert self._hosting is not None
        return SshSession(line, self._hosting, self._sessions.add, self._session_ended)

    def _session_ended(self, session: SshSession) -> None:
        self._sessions.discard(session)
        self._fewer.set()

    async def _until(self, done: Callable[[], bool], seconds: float) -> None:
        """Wait until it is so, as sessions and lines end one by one, or for so long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not done():
                    self._fewer.clear()
                    await self._fewer.wait()


def _import_all() -> None:
    for name in (
        "matches",
        "account",
        "client.http",
        "ssh.keys_screen",
        *(f"screens.{one}" for one in _USED_LATER),
    ):
        importlib.import_module(f"nim_tui.{name}")


def listen(host: str, port: int) -> socket.socket:
    """A socket: the one that systemd has opened, or else one of our own. Raises: UsageError."""
    if os.environ.get("LISTEN_PID") == str(os.getpid()) and os.environ.get("LISTEN_FDS") == "1":
        listening = socket.socket(fileno=3)
        listening.setblocking(False)
        return listening
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, address = min(found, key=lambda entry: entry[0] != socket.AF_INET)
        listening = socket.create_server(address, family=family, backlog=_BACKLOG)
    except (OSError, UnicodeError, OverflowError):
        raise UsageError(
            f"port {port} of {host} is in use, or you may not use it. Choose another --port."
        ) from None
    listening.setblocking(False)
    return listening


def allow_open_files(sessions: int) -> None:
    """Raise the limit of open files: each session has one."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = sessions + _FILES_BESIDES
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):  # then the old limit stays
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


async def serve(server: SshServer, ready: Callable[[Listening], None]) -> None:
    """Serve until SIGTERM or SIGINT; `ready` is called once connections are taken.

    Raises:
        UsageError, CannotOpen, Unavailable: as `SshServer.start`.

    """
    stop = asyncio.Event()
    if sys.platform != "win32":
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    listening = await server.start()
    try:
        ready(listening)
        await stop.wait()
    finally:
        await server.stop()
        if server.sessions:
            # Taking hundreds of apps apart would take longer than anybody waits: all have been
            # told, and everything is stored.
            logging.shutdown()
            os._exit(0)
