"""What a line must not be good for: a shell, files, forwarding; and who is kept out, politely."""

from __future__ import annotations

import asyncio
import socket
import subprocess
from pathlib import Path

import asyncssh
import pytest

from nim_tui.ssh import line as lines
from nim_tui.ssh.admission import FULL
from tests.nim_tui.ssh.stage import Stage, off_loop, serving
from tests.support import eventually_async, free_port


async def connected(stage: Stage, **options: object) -> asyncssh.SSHClientConnection:
    """A client that OpenSSH's would not let us be."""
    return await asyncssh.connect(
        "127.0.0.1",
        stage.listening.port,
        known_hosts=None,
        username="x",
        client_keys=[asyncssh.generate_private_key("ssh-ed25519")],
        agent_path=None,
        config=None,
        **options,
    )


async def test_nothing_is_forwarded(tmp_path: Path) -> None:
    async with serving(tmp_path) as stage, await connected(stage) as connection:
        with pytest.raises(asyncssh.ChannelOpenError):
            await connection.open_connection("127.0.0.1", stage.listening.port)
        with pytest.raises(asyncssh.ChannelOpenError):
            await connection.open_unix_connection("/tmp/x")
        with pytest.raises(asyncssh.ChannelListenError):
            await connection.forward_remote_port("127.0.0.1", free_port(), "127.0.0.1", 1)
        with pytest.raises(asyncssh.ChannelListenError):
            await connection.forward_remote_path("/tmp/x", "/tmp/y")
        with pytest.raises(asyncssh.ChannelOpenError):
            await connection.start_sftp_client()
        with pytest.raises(asyncssh.ChannelOpenError):
            await connection.create_process(subsystem="netconf")


async def test_openssh_is_refused_a_tunnel_and_files(tmp_path: Path) -> None:
    async with serving(tmp_path) as stage:
        forward = f"-R{free_port()}:127.0.0.1:22"
        done = await stage.run("-oExitOnForwardFailure=yes", forward, "games")
        assert done.returncode == 255
        assert "forwarding failed" in done.stderr
        done = await stage.run("-s", "sftp")
        assert done.returncode == 255
        assert "subsystem request failed" in done.stderr


async def test_an_agent_is_not_asked_for_anything(tmp_path: Path) -> None:
    async with serving(tmp_path) as stage:
        done = await stage.run("-A", "whoami")
        assert done.returncode == 3


async def test_none_is_refused_and_a_guest_needs_no_password(tmp_path: Path) -> None:
    async with serving(tmp_path) as stage:
        tried = await off_loop(
            subprocess.run,
            stage.command("-oPreferredAuthentications=none", "games"),
            capture_output=True,
            text=True,
        )
        assert "Permission denied (publickey,keyboard-interactive)" in tried.stderr


async def test_who_asks_for_a_key_has_not_proved_it(tmp_path: Path) -> None:
    """Whoever knows anna's public key may ask whether it is accepted, and then come without it."""
    async with serving(tmp_path) as stage:
        await stage.register("anna")
        key = await stage.remembered("anna")
        # The private half is another one: OpenSSH asks with the public file, and cannot sign.
        public = asyncssh.read_private_key(key).export_public_key()
        stage.make_key("id")
        key.with_suffix(".pub").write_bytes(public)
        done = await stage.run("whoami", key=key)
        assert done.returncode == 3


async def test_a_full_server_says_so_in_one_line(tmp_path: Path) -> None:
    async with serving(tmp_path, sessions=1) as stage:
        with stage.terminal() as terminal:
            await off_loop(terminal.see, "Practice")
            done = await stage.run("games")
            assert done.returncode == 255
            assert FULL in done.stderr
            terminal.press("\x11")
            await off_loop(terminal.end)
        await eventually_async(lambda: not stage.server.lines)
        assert (await stage.run("games")).returncode == 3


async def test_a_thousand_connections_cost_the_others_nothing(tmp_path: Path) -> None:
    async with serving(tmp_path, sessions=30) as stage:
        sockets: list[socket.socket] = []
        try:
            for _ in range(300):
                sockets.append(socket.create_connection(("127.0.0.1", stage.listening.port)))
                await asyncio.sleep(0)
            await eventually_async(lambda: stage.server.lines == 30)
        finally:
            for connection in sockets:
                connection.close()
        await eventually_async(lambda: not stage.server.lines)
        assert (await stage.run("games")).returncode == 3


async def test_whoever_says_nothing_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "HANDSHAKE_SECONDS", 0.1)
    async with serving(tmp_path) as stage:
        reader, writer = await asyncio.open_connection("127.0.0.1", stage.listening.port)
        assert (await reader.readline()).startswith(b"SSH-2.0-nim-tui_")
        writer.write(b"SSH-2.0-slow\r\n")
        async with asyncio.timeout(5):
            while await reader.read(1000):
                pass
        writer.close()
        await eventually_async(lambda: not stage.server.lines)


async def test_only_a_few_channels_are_opened_on_one_connection(tmp_path: Path) -> None:
    async with serving(tmp_path) as stage, await connected(stage) as connection:
        opened = [
            await connection.create_process(term_type="xterm") for _ in range(lines.MOST_CHANNELS)
        ]
        with pytest.raises(asyncssh.ChannelOpenError):
            await connection.create_process(term_type="xterm")
        opened[0].close()
        await opened[0].wait_closed()
        again = await connection.create_process(term_type="xterm")
        again.close()
