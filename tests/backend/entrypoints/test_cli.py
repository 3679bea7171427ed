"""The command line of `nim-backend`: exit statuses, and one plain line that says why."""

from __future__ import annotations

import socket
import sqlite3
import subprocess
import sys
from argparse import Namespace
from contextlib import closing
from pathlib import Path

import pytest

from backend.entrypoints import cli


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """`nim-backend` with these arguments, as a person starts it."""
    return subprocess.run(
        [sys.executable, "-m", "backend", *arguments],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def error_line(done: subprocess.CompletedProcess[str], status: int) -> str:
    """The one line on standard error of a command that failed with `status`."""
    assert done.returncode == status, done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("nim-backend")
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("play",),
        ("serve", "--port", "70000"),
        ("serve", "--port", "-1"),
        ("serve", "--port", "\u0663"),
        ("serve", "--store", "mongodb"),
        ("serve", "--store", "dynamodb:table"),
        ("serve", "--trusted-proxy", "proxy.example"),
        ("serve", "--trusted-proxy", "192.0.2.1/8"),
        ("serve", "--no-limits", "--host", "0.0.0.0"),
        ("serve", "--unknown"),
    ],
)
def test_wrong_usage_is_status_2(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        status = cli.main(arguments)
    except SystemExit as leaving:
        status = int(str(leaving.code))
    said = capsys.readouterr()
    assert (status, said.out) == (cli.USAGE, "")
    assert said.err.startswith("nim-backend")
    assert said.err.count("\n") == 1


def test_a_fault_of_its_own_is_one_line_and_a_record_in_the_log(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(_: object) -> int:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr("argparse.ArgumentParser.parse_args", lambda *_: Namespace(run=fail))
    assert cli.main(["users", "list"]) == cli.REFUSED
    said = "nim-backend: stopped by an internal error (ZeroDivisionError). Start it again.\n"
    assert capsys.readouterr() == ("", said)
    assert caplog.records[-1].exc_info is not None


@pytest.mark.parametrize("arguments", [("--help",), ("serve", "--help"), ("--version",)])
def test_help_succeeds(arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert "nim-backend" in done.stdout
    if "serve" in arguments:
        for option in ("--host", "--port", "--store", "--closed-registration", "--no-limits"):
            assert option in done.stdout


def test_a_port_in_use_is_reported(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        line = error_line(run("serve", "--port", port, "--store", f"sqlite:{tmp_path / 'x.db'}"), 4)
    assert port in line
    assert "--port" in line


def test_an_address_of_another_machine_is_reported(tmp_path: Path) -> None:
    error_line(run("serve", "--host", "192.0.2.1", "--store", f"sqlite:{tmp_path / 'x.db'}"), 4)


def test_a_file_that_is_not_a_database_is_reported_before_serving(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("Dear diary, today I lost at Nim again. " * 50)
    assert "notes.txt" in error_line(run("serve", "--port", "0", "--store", f"sqlite:{path}"), 4)
    assert path.read_text().startswith("Dear diary")


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("CREATE TABLE notes (text)")
    other.close()
    error_line(run("serve", "--port", "0", "--store", f"sqlite:{path}"), 4)


def test_an_impossible_path_is_reported(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("no folder")
    error_line(run("serve", "--port", "0", "--store", f"sqlite:{file / 'games.db'}"), 4)


QUIET = """
import asyncio, sys, httpx
from backend.bootstrap import embedded

async def main():
    backend = embedded(sys.argv[1])
    transport = httpx.ASGITransport(backend.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://api.invalid") as http:
        form = {"username": "Anna", "password": "Password1", "email": "a@example.com"}
        assert (await http.post("/users", json=form)).status_code == 503
    await backend.close()

asyncio.run(main())
"""


def test_a_backend_inside_a_client_writes_nothing_over_the_screen(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    path.write_text("no database")
    done = subprocess.run(
        [sys.executable, "-c", QUIET, str(path)], capture_output=True, timeout=30, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
