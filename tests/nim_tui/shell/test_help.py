"""The help: what it names, what it fits into, and examples that do what they say."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

pytest.importorskip("pty", reason="needs a terminal of its own")

from nim_tui.cli import _parser
from nim_tui.shell.arguments import VALUED, parser_of
from nim_tui.shell.command import Command
from nim_tui.shell.table import COMMANDS, GROUPS
from tests.nim_tui.shell.stage import PASSWORD, Result, Shell
from tests.nim_tui.terminal.pty import started
from tests.support import require


def test_the_help_fits_a_small_terminal_and_names_everything() -> None:
    text = _parser().format_help()
    lines = text.splitlines()
    assert len(lines) < 24, "a row is left for the prompt"
    assert max(map(len, lines)) <= 80
    for option in _parser().long_options:
        assert option in text
    for group, commands in GROUPS:
        line = next(line for line in lines if line.startswith(f"  {group} "))
        assert {command.name.split()[0] for command in commands} <= set(line.split())


def test_the_help_of_two_words(tmp_path: Path) -> None:
    found = Shell(tmp_path).run("places", "--help")
    assert found.status == 0
    for name in ("list", "add", "rename", "remove"):
        assert f"nim-tui places {name}" in found.out


def test_which_options_have_values() -> None:
    parsers = [_parser(), *(parser_of(command) for command in COMMANDS.values())]
    valued = {
        name
        for parser in parsers
        for action in parser._actions
        if action.nargs is None
        for name in action.option_strings
    }
    assert valued - {"--version"} == VALUED


@pytest.mark.parametrize("command", COMMANDS.values(), ids=lambda command: command.name)
def test_each_help_has_two_examples_and_says_what_each_option_does(command: Command) -> None:
    parser = parser_of(command)
    text = parser.format_help()
    assert len(command.examples) == 2
    assert text.rstrip().endswith("\n".join(f"  {example}" for example in command.examples))
    assert all(f"nim-tui {command.name}" in example for example in command.examples)
    for action in parser._actions:
        assert action.help or action.dest in ("old", "new", "name")


# -- the examples are run ------------------------------------------------------------------------

IDS = {
    "k3f": "open",
    "q7x": "done",
    "w2m": "invited",
    "w3n": "invited",
    "t5n": "late",
    "t6p": "late",
}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a player with a game of each kind, under the ids in the examples."""
    folder = tmp_path_factory.mktemp("examples")
    home = Shell(folder, {"NIM_DATA": str(folder / "games.db")})
    home.register("alice", "bert")
    alice, bert = home.as_player("alice"), home.as_player("bert")
    for beginning, kind in IDS.items():
        inviting, invited = (bert, "alice") if kind in ("open", "invited") else (alice, "bert")
        days = ("--days", "1") if kind == "late" else ()
        game_id = inviting.run("new", invited, *days, "--json").json["gameId"]
        if kind == "open":
            alice.run("move", game_id, "a1")
            bert.run("move", game_id, "a1")
        if kind == "done":
            bert.run("move", game_id, "a1")
            bert.run("resign", game_id)
        with closing(sqlite3.connect(folder / "games.db")) as connection, connection:
            connection.execute(
                "UPDATE games SET game_id = ? WHERE game_id = ?",
                (f"{beginning}456789abcdef", game_id),
            )
            if kind == "late":
                connection.execute(
                    "UPDATE games SET waiting_since = waiting_since / 2 WHERE game_id = ?",
                    (f"{beginning}456789abcdef",),
                )
    bert.run("invite")
    with closing(sqlite3.connect(folder / "games.db")) as connection, connection:
        connection.execute("UPDATE invitations SET code = 'k3v9x2ma4q'")
    return folder


@pytest.fixture
def folder(template: Path, tmp_path: Path) -> Path:
    """A copy of it, with the programs that the examples call."""
    folder = tmp_path / "copy"
    shutil.copytree(template, folder)
    programs = {
        "nim-tui": f'exec "{sys.executable}" -m nim_tui "$@"',
        "notify-send": "echo notified",
        "pass": f"echo {PASSWORD}",
    }
    (folder / "bin").mkdir()
    for name, line in programs.items():
        (folder / "bin" / name).write_text(f"#!/bin/sh\n{line}\n")
        (folder / "bin" / name).chmod(0o755)
    config = folder / "nim-tui"
    config.mkdir()
    (config / "places.toml").write_text('[servers]\nwork = "https://work.example.com"\n')
    return folder


TYPED = {
    "nim-tui register anna --email anna@example.com": ["Password: ", "again: "],
    "nim-tui login alice": ["Password: "],
    "nim-tui account password": ["Password: ", "New password: ", "again: "],
    "nim-tui account delete": ["[y/N] ", "Password: "],
}
"""The examples at which somebody types, and what they are asked for."""


@pytest.mark.parametrize(
    "processes", [False, pytest.param(True, marks=pytest.mark.reliability)], ids=["", "in bash"]
)
@pytest.mark.parametrize(
    "example", [example for command in COMMANDS.values() for example in command.examples]
)
def test_an_example_works(
    folder: Path, example: str, monkeypatch: pytest.MonkeyPatch, *, processes: bool
) -> None:
    for program in ("bash", "jq"):
        require(shutil.which(program), f"needs {program}")
    home = Shell(folder, {"NIM_DATA": str(folder / "games.db")}).with_keyring()
    if "doctor" in example:
        # A place that cannot be reached is broken.
        (folder / "nim-tui" / "places.toml").unlink()
    if "logout" in example:
        home.run("login", "alice", "--password-stdin", stdin=PASSWORD)
    elif not re.search("nim-tui (login|register)", example):
        home = home.as_player("alice")
    environ = home.variables | {
        "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "XDG_CONFIG_HOME": str(folder),
    }
    if example in TYPED:
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        _typed(example)
        return
    if "serve-ssh" in example:
        _served(example, folder, environ)
        return
    if processes or re.search(r"[&()>$~]", example):
        found = _bash(example, folder, environ)
    else:
        found = _piped(example, home.where(PATH=environ["PATH"], XDG_CONFIG_HOME=str(folder)))
    if re.search("account (confirm|forgot|reset)", example):
        # Nothing here sends a code, and nobody is at a terminal.
        assert "code" in found.err or "typed at a terminal" in found.err
        return
    assert (found.status, found.err) == (0, ""), found.out
    if "jq" in example:
        assert found.out.strip() not in ("", "null")


def _bash(example: str, folder: Path, environ: dict[str, str]) -> Result:
    found = subprocess.run(
        ["bash", "-o", "pipefail", "-c", example],
        cwd=folder, env=environ, capture_output=True, text=True, timeout=50, check=False,
    )  # fmt: skip
    return Result(found.returncode, found.stdout, found.stderr)


def _piped(example: str, home: Shell) -> Result:
    """Run the programs between the pipes one after the other, and ours in this process."""
    last = Result(0, "", "")
    words = shlex.split(example)
    while words:
        end = words.index("|") if "|" in words else len(words)
        (name, *arguments), words = words[:end], words[end + 1 :]
        if name == "nim-tui":
            found = home.run(*arguments, stdin=last.out)
        else:
            found = home.other(name, *arguments, stdin=last.out)
        last = Result(last.status or found.status, found.out, last.err + found.err)
    return last


def _asked(question: bytes, written: bytes) -> bool:
    return question in written


def _served(example: str, folder: Path, environ: dict[str, str]) -> None:
    """Run an example that goes on until it is told to stop, on a port that is free."""
    with subprocess.Popen(
        [*shlex.split(example), "--port", "0"], cwd=folder, env=environ, stdout=subprocess.PIPE
    ) as server:
        assert server.stdout is not None
        assert server.stdout.readline().startswith(b"Nim is served by ssh on ")
        server.terminate()
        assert server.wait(10) == 0


def _typed(example: str) -> None:
    """Run an example that asks for a password, and type it."""
    with started(["-m", *example.replace("nim-tui", "nim_tui", 1).split()]) as terminal:
        for question in TYPED[example]:
            terminal.read_until(partial(_asked, question.encode()))
            terminal.press("y\r" if "y/N" in question else f"{PASSWORD}\r")
        terminal.read_until(lambda written: b"games.db" in written)
