"""Clients that do what no client should: each harms nobody but itself."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import asyncssh
import pyte
import pytest

from nim_tui.screens.board.screen import BoardScreen
from nim_tui.ssh import line as lines
from nim_tui.ssh import outlet as outlets
from nim_tui.ssh import session as sessions
from nim_tui.ssh.app import SshApp
from tests.nim_tui.ssh.stage import Stage, off_loop, serving
from tests.nim_tui.terminal.pty import _NOT_PYTES
from tests.support import eventually_async

CTRL_Q = b"\x11"


class Client:
    """A client whose reading and writing a test decides."""

    def __init__(self, connection: asyncssh.SSHClientConnection, process: Any) -> None:
        self.connection, self.process = connection, process
        self.screen = pyte.Screen(80, 24)
        self._emulator = pyte.ByteStream(self.screen)
        self.received = 0

    @classmethod
    async def of(cls, stage: Stage, **options: Any) -> Client:
        connection = await asyncssh.connect(
            "127.0.0.1", stage.listening.port, known_hosts=None, username="x", config=None,
            client_keys=[asyncssh.generate_private_key("ssh-ed25519")], agent_path=None,
        )  # fmt: skip
        given = {"term_type": "xterm-256color", "term_size": (80, 24), "encoding": None} | options
        return cls(connection, await connection.create_process(**given))

    def send(self, data: bytes) -> None:
        self.process.stdin.write(data)

    async def see(self, *words: str) -> str:
        """Read until the screen shows all words."""
        async with asyncio.timeout(15):
            while not all(word in self.shown for word in words):
                await self.read()
        return self.shown

    async def read(self) -> bytes:
        data: bytes = await self.process.stdout.read(65_536)
        assert data, f"the line was closed: {self.shown}"
        self.received += len(data)
        self._emulator.feed(_NOT_PYTES.sub(b"", data))
        return data

    @property
    def shown(self) -> str:
        return "\n".join(self.screen.display)

    async def ended(self) -> None:
        async with asyncio.timeout(10):
            await self.connection.wait_closed()

    def close(self) -> None:
        self.connection.abort()


async def test_who_does_not_read_gets_the_newest_frame_in_the_end(tmp_path: Path) -> None:
    async with serving(tmp_path) as stage:
        client = await Client.of(stage, window=4096)
        await client.see("Practice")
        # Nothing is read while whole screens are drawn, in three themes.
        client.send(b"t" * 12 + b"p")
        (session,) = stage.server._sessions
        app, outlet = session._app, session._outlet
        assert app is not None
        assert outlet is not None
        await eventually_async(lambda: isinstance(app.screen, BoardScreen) and outlet.blocked)
        before = client.received
        await client.see("Your turn", "heap 1")
        assert client.received - before < 150_000, "most frames were dropped"
        client.close()


async def test_who_never_reads_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outlets, "PATIENCE_SECONDS", 0.2)
    async with serving(tmp_path) as stage:
        client = await Client.of(stage, window=1024)
        client.send(b"t" * 12)
        await client.ended()
        await eventually_async(lambda: stage.server.sessions == 0)


@pytest.mark.parametrize(
    "flood", [b"x" * 400_000, b"\x1b[<35;1;1M" * 40_000, b"\x1b[" * 200_000, b"\xff" * 400_000]
)
async def test_a_flood_harms_nobody_else(tmp_path: Path, flood: bytes) -> None:
    async with serving(tmp_path) as stage:
        flooder = await Client.of(stage)
        await flooder.see("Practice")
        flooder.send(flood)
        with stage.terminal() as terminal:
            await off_loop(terminal.see, "Practice")
            terminal.press("\ra")
            await off_loop(terminal.see, "Take 1 from heap 1")
        flooder.close()


async def test_broken_escapes_and_odd_sizes_end_nothing(tmp_path: Path) -> None:
    async with serving(tmp_path) as stage:
        client = await Client.of(stage, term_size=(0, 0))
        await client.see("Practice")
        client.send(b"\x1b]0;\x07\x1b[M\xff\xff\xff\x1bP\x1b\\\x1b[200~odd\xfe\x1b[201~")
        for columns, rows in ((0, 0), (10_000, 10_000), (1, 1), (2**32 - 1, 5), *((80, 24),) * 50):
            client.process.change_terminal_size(columns, rows)
        client.send(b"p")
        await client.see("Your turn")
        client.close()


async def test_one_sessions_crash_is_one_sessions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: SshApp) -> None:
        raise ValueError("secret")

    async with serving(tmp_path) as stage:
        with stage.terminal() as calm, stage.terminal() as unlucky:
            await off_loop(calm.see, "Practice")
            await off_loop(unlucky.see, "Practice")
            monkeypatch.setattr(SshApp, "action_settings", fail)
            unlucky.press(",")
            assert await off_loop(unlucky.end) == 1
            assert b"internal error (ValueError). Your games are safe." in unlucky.written
            assert b"secret" not in unlucky.written
            assert unlucky.modes_on <= {7, 25}
            calm.press("\ra")
            await off_loop(calm.see, "Take 1 from heap 1")


async def test_a_channel_that_asks_for_nothing_and_one_that_sleeps_are_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "IDLE_SECONDS", 0.5)
    async with serving(tmp_path) as stage:
        with stage.terminal() as terminal:
            assert await off_loop(terminal.end) == 0
            assert sessions.ASLEEP.encode() in terminal.written


async def test_many_variables_are_looked_at_in_vain(tmp_path: Path) -> None:
    variables = {f"NIM_{number}": "x" * 100 for number in range(500)}
    async with serving(tmp_path) as stage:
        client = await Client.of(stage, env=variables | {"LANG": "C", "LC_X": "\x1b[2J"})
        shown = await client.see("Practice")
        assert re.search(r"[^\x00-\x7f]", shown) is None
        client.send(CTRL_Q)
        await client.process.wait_closed()
        client.close()


async def test_variables_without_end_close_the_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "MOST_VARIABLES", 50)
    monkeypatch.setattr(lines, "CHECK_BYTES", 1000)
    async with serving(tmp_path) as stage:
        client = await Client.of(stage, env={f"NIM_{number}": "x" for number in range(60)})
        client.send(b" " * 2000)
        await client.ended()


@pytest.mark.parametrize(("column", "drawn"), [(2, True), (3, False)])
async def test_the_terminal_is_asked_how_wide_it_draws(
    tmp_path: Path, column: int, *, drawn: bool
) -> None:
    async with serving(tmp_path) as stage:
        client = await Client.of(stage, env={"LANG": "ja_JP.UTF-8"})
        async with asyncio.timeout(15):
            while b"\x1b[6n" not in await client.read():
                pass
        client.send(f"p\x1b[1;{column}R".encode())
        # What was typed ahead of the answer reaches the app.
        assert ("●" in await client.see("Your turn")) is drawn
        client.close()
