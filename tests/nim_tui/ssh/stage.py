"""A server in this process, and OpenSSH's own client on a terminal."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import asyncssh

from nim_tui.client.client import NimClient
from nim_tui.client.transports import SharedBackend
from nim_tui.shell.remote import run_remote
from nim_tui.ssh.server import Listening, ServerOptions, SshServer
from nim_tui.ssh.visit import RunCommand, SharedPlace
from tests.nim_tui.terminal.pty import Terminal, started
from tests.support import require

PASSWORD = "Passw0rd"
SECONDS = 15.0

T = TypeVar("T")


async def off_loop(call: Callable[..., T], *given: Any, **named: Any) -> T:
    """Wait for a client without keeping the server, which is on this loop, from answering it."""
    return await asyncio.to_thread(call, *given, **named)


@dataclass(frozen=True, slots=True)
class Stage:
    """A running server.

    Attributes:
        folder: for keys and known hosts.

    """

    server: SshServer
    listening: Listening
    place: SharedPlace
    folder: Path

    def command(self, *words: str, key: Path | None = None, user: str = "anybody") -> list[str]:
        """The client's command line; `words` are options and what follows the host's name."""
        options = [word for word in words if word.startswith("-")]
        identity = ["-i", str(key)] if key else ["-o", "IdentityFile=none"]
        return [
            "ssh", "-F", "none", "-p", str(self.listening.port), "-l", user,
            "-o", f"UserKnownHostsFile={self.folder / 'known_hosts'}",
            "-o", "GlobalKnownHostsFile=/dev/null", "-o", "StrictHostKeyChecking=accept-new",
            "-o", "IdentityAgent=none", "-o", "IdentitiesOnly=yes", "-o", "UpdateHostKeys=no",
            *identity, *options, "127.0.0.1", *(word for word in words if word not in options),
        ]  # fmt: skip

    @contextmanager
    def terminal(
        self,
        *words: str,
        key: Path | None = None,
        size: tuple[int, int] = (24, 80),
        user: str = "anybody",
        lang: str = "en_US.UTF-8",
    ) -> Iterator[Terminal]:
        """`ssh` on a terminal."""
        command = self.command(*words, key=key, user=user)
        with started(command[1:], program=command[:1], size=size, LANG=lang) as terminal:
            yield terminal

    async def run(
        self, *words: str, key: Path | None = None, stdin: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """`ssh` without a terminal, to its end."""
        command = self.command(*words, key=key)
        return await off_loop(
            subprocess.run, command, input=stdin, capture_output=True, text=True, timeout=SECONDS
        )

    def player(self) -> NimClient:
        """Another client of the same backend."""
        return NimClient(self.place.transport("192.0.2.1"))

    async def register(self, *names: str) -> None:
        """Accounts, with the same password."""
        for name in names:
            client = self.player()
            await client.register(name, PASSWORD, f"{name}@example.com")
            await client.close()

    def make_key(self, name: str = "id") -> Path:
        """A key of a client's."""
        path = self.folder / name
        key = asyncssh.generate_private_key("ssh-ed25519")
        key.write_private_key(path)
        path.chmod(0o600)
        return path

    async def remembered(self, username: str, name: str = "id") -> Path:
        """A key that opens this player's games."""
        path = self.make_key(name)
        fingerprint = asyncssh.read_private_key(path).get_fingerprint()
        assert self.place.keys is not None
        await self.place.keys.remember(username, fingerprint, "laptop")
        return path


@asynccontextmanager
async def serving(
    folder: Path,
    *,
    sessions: int = 20,
    place: SharedPlace | None = None,
    run_command: RunCommand = run_remote,
    **options: Any,
) -> AsyncIterator[Stage]:
    """A server on a free port, until the block ends."""
    require(shutil.which("ssh"), "needs OpenSSH's client (Debian: openssh-client)")
    place = place or SharedBackend(folder / "games.db")
    given = ServerOptions(port=0, host_key=folder / "host_key", sessions=sessions, **options)
    server = SshServer(given, place, run_command)
    listening = await server.start()
    try:
        yield Stage(server, listening, place, folder)
    finally:
        await server.stop()
