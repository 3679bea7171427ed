"""What the command line passes to the server, and the server to the process behind each tab."""

from __future__ import annotations

import shlex
import socket
import sys
from pathlib import Path

import pytest

from nim_tui.cli import parse_arguments, run
from nim_tui.config.places import Place, Places
from nim_tui.launch import LaunchOptions, WebOptions
from nim_tui.options import UsageError
from nim_tui.tokens import MemoryVault
from nim_tui.web.page import command, make_app, parse_options


def parsed(*arguments: str) -> LaunchOptions:
    return parse_arguments(arguments, {}, Places())


def test_the_options_for_a_browser() -> None:
    assert parsed().web is None
    assert parsed("--web").web == WebOptions(port=0, stored=False)
    assert parsed("--web", "--port", "8123", "--web-session").web == WebOptions(
        port=8123, stored=True
    )


@pytest.mark.parametrize(
    "arguments",
    ["--port 80", "--web-session", "--web --port x", "--web --port 70000", "--web --port -1"],
)
def test_usage_errors(arguments: str) -> None:
    with pytest.raises(UsageError):
        parsed(*arguments.split())


@pytest.mark.parametrize(
    "arguments",
    [
        "--web --hotseat --heaps 7,5,3 --rule normal",
        "--web --practice perfect --data games.db",
        "--web --web-session --server https://nim.example --user ana",
        "--web --aws --region eu-central-1 --profile it's",
    ],
)
def test_a_tab_gets_every_option(arguments: str) -> None:
    options = parsed(*arguments.split())
    assert parse_options(command(options)[-1]) == options


def test_a_page_uses_no_stored_session_unless_asked() -> None:
    place = Place(data="unused.db")
    assert isinstance(make_app(LaunchOptions(place=place, web=WebOptions()))._vault, MemoryVault)
    assert make_app(LaunchOptions(place=place, web=WebOptions(stored=True)))._vault is None, (
        "the keyring"
    )


def test_a_port_in_use_is_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert run(["--web", "--port", port, "--data", str(tmp_path / "games.db")]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == (
        f"nim-tui: port {port} is in use, or you may not use it. Choose another with --port.\n"
    )


@pytest.mark.parametrize("module", ["aiohttp", "textual_serve"])
def test_without_the_web_extra_it_says_how_to_install_it(
    module: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    assert run(["--web", "--data", "unused.db"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    pip = f"{shlex.quote(sys.executable)} -m pip install 'nim-tui[web]'"
    assert printed.err == f"nim-tui: --web needs the web extra. Install it with: {pip}\n"
