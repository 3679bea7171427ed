"""The command itself, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nim_tui.cli import run
from tests.support import free_port

# Opens a port as systemd does, and becomes the server.
_ACTIVATE = """
import os, socket, sys
listening = socket.create_server(("127.0.0.1", 0))
print(listening.getsockname()[1], flush=True)
os.dup2(listening.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
os.execv(sys.executable, [sys.executable, "-m", "nim_tui", *sys.argv[1:]])
"""


def test_it_takes_systemds_socket_and_ends_at_sigterm(tmp_path: Path) -> None:
    words = ["serve-ssh", "--json", "--data", str(tmp_path / "games.db")]
    with subprocess.Popen(
        [sys.executable, "-c", _ACTIVATE, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        document = json.loads(server.stdout.readline())
        assert document["port"] == port
        assert document["fingerprint"].startswith("SHA256:")
        assert (tmp_path / "ssh_host_ed25519_key").stat().st_mode & 0o777 == 0o600
        began = time.monotonic()
        server.terminate()
        assert server.wait(10) == 0
        assert time.monotonic() - began < 5
        assert server.stderr is not None
        assert server.stderr.read() == ""


@pytest.mark.parametrize(
    ("words", "status", "why"),
    [
        (["--aws"], 2, "not on AWS directly"),
        (["--user", "anna"], 2, "Leave out --user"),
        (["--sessions", "0"], 2, "needs a number from 1"),
        (["--port", "99999"], 2, "needs a number from 0 to 65535"),
        (["--host", "no.such.host.invalid"], 2, "Choose another --port"),
        (["--server", "http://elsewhere.example.com"], 2, "unencrypted"),
        (["--host-key", "/dev/null"], 2, "/dev/null"),
        (["--data", "{folder}/sub/\x00"], 2, "control characters"),
        (["--data", "{folder}"], 4, "cannot be opened"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    words: list[str], status: int, why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["serve-ssh", "--port", str(free_port()), "--host-key", str(tmp_path / "key")]
    given += [word.replace("{folder}", str(tmp_path)) for word in words]
    assert run(given) == status
    complaint = capsys.readouterr().err
    assert why in complaint
    assert complaint.count("\n") == 1


def test_without_the_extra_it_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert run(["serve-ssh"]) == 2
    assert "nim-tui[ssh]" in capsys.readouterr().err
