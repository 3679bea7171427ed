"""What the command line hands to the server, and that to the process behind each tab."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from nim_tui.cli import UsageError, run, understood
from nim_tui.config.places import Place, Places
from nim_tui.launch import LaunchOptions, WebOptions
from nim_tui.tokens import MemoryVault
from nim_tui.web.page import command, make_app, parse_options


def wish(*arguments: str) -> LaunchOptions:
    return understood(arguments, {}, Places())


def test_what_is_wished_in_a_browser() -> None:
    assert wish().web is None
    assert wish("--web").web == WebOptions(port=0, stored=False)
    assert wish("--web", "--port", "8123", "--web-session").web == WebOptions(
        port=8123, stored=True
    )


@pytest.mark.parametrize(
    "arguments",
    ["--port 80", "--web-session", "--web --port x", "--web --port 70000", "--web --port -1"],
)
def test_what_cannot_be(arguments: str) -> None:
    with pytest.raises(UsageError):
        wish(*arguments.split())


@pytest.mark.parametrize(
    "arguments",
    [
        "--web --hotseat --heaps 7,5,3 --rule normal",
        "--web --practice perfect --data games.db",
        "--web --web-session --server https://nim.example --user ana",
        "--web --aws --region eu-central-1 --profile it's",
    ],
)
def test_a_tab_is_told_all_of_it(arguments: str) -> None:
    wished = wish(*arguments.split())
    assert parse_options(command(wished)[-1]) == wished


def test_a_page_uses_no_stored_session_unless_asked() -> None:
    place = Place(data="unused.db")
    assert isinstance(make_app(LaunchOptions(place=place, web=WebOptions()))._vault, MemoryVault)
    assert make_app(LaunchOptions(place=place, web=WebOptions(stored=True)))._vault is None, (
        "the keyring"
    )


def test_a_port_that_is_taken_is_said_in_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert run(["--web", "--port", port, "--data", str(tmp_path / "games.db")]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == f"nim-tui: port {port} cannot be had. Choose another with --port.\n"
