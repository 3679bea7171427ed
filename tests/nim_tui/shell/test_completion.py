"""Completion: what a tab offers, and the scripts in the shells themselves."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nim_tui.shell.completing import complete
from nim_tui.shell.table import COMMANDS
from tests.nim_tui.shell.stage import Shell
from tests.support import require


def offered(*words: str) -> list[str]:
    return complete(words, ["--hotseat", "--practice", "--place"])


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["mo"], ["move"]),
        (["re"], ["review", "resign", "rematch", "register"]),
        (["--user", "alice", "who"], ["whoami"]),
        (["--ho"], ["--hotseat"]),
        (["games", "--d"], ["--done", "--data"]),
        (["--json", "wait", "--t"], ["--timeout"]),
        (["places", ""], ["list", "add", "rename", "remove"]),
        (["places", "re"], ["rename", "remove"]),
        (["new", "bob", "--rule", ""], ["misere", "normal"]),
        (["--practice", "p"], ["perfect"]),
        (["completion", ""], ["bash", "zsh"]),
        (["completion", "bash", ""], []),
        (["--data", ""], []),
        (["nonsense", ""], list(dict.fromkeys(name.split()[0] for name in COMMANDS))),
    ],
)
def test_words_that_need_no_backend(words: list[str], expected: list[str]) -> None:
    assert offered(*words) == expected


@pytest.fixture
def alice(players: tuple[Shell, Shell]) -> tuple[Shell, str, str]:
    """alice, an open game of hers, and a finished one."""
    mine, _ = players
    (mine.folder / "nim-tui").mkdir()
    (mine.folder / "nim-tui" / "places.toml").write_text(
        '[servers]\nclub = "https://a"\n"$(touch x)" = "https://b"\n'
    )
    shell = Shell(mine.folder, mine.environ | {"XDG_CONFIG_HOME": str(mine.folder)})
    ids = [shell.run("new", "bobby", "--json").json["gameId"] for _ in range(2)]
    shell.run("resign", ids[1])
    return shell, ids[0], ids[1]


def test_ids_names_and_places(alice: tuple[Shell, str, str]) -> None:
    shell, is_open, done = alice
    data = shell.environ["NIM_DATA"]
    for words, expected in (
        (["show", ""], is_open),
        (["move", is_open[:2]], is_open),
        (["--data", data, "review", ""], done),
        (["new", ""], "bobby"),
        (["games", "--place", ""], "club"),
        (["places", "remove", ""], "club"),
        (["show", "zzzz"], ""),
        (["move", is_open, ""], ""),
        (["show", "--data", "/nowhere/at/all", ""], ""),
    ):
        found = shell.run("_complete", *words)
        assert (found.status, found.out, found.err) == (0, f"{expected}\n" if expected else "", "")


def _program(folder: Path) -> str:
    """A folder with `nim-tui` in it."""
    place = folder / "bin"
    place.mkdir()
    script = place / "nim-tui"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m nim_tui "$@"\n')
    script.chmod(0o755)
    return f"{place}{os.pathsep}{os.environ['PATH']}"


def test_in_bash(alice: tuple[Shell, str, str]) -> None:
    shell, is_open, _ = alice
    require(shutil.which("bash"), "needs bash")
    script = """
eval "$(nim-tui completion bash)"
ask() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _nim_tui nim-tui; echo "${COMPREPLY[@]}"; }
ask nim-tui mo
ask nim-tui show ''
ask nim-tui --json games --place ''
complete -p nim-tui
"""
    found = subprocess.run(
        ["bash", "-c", script],
        env=shell.variables | {"PATH": _program(shell.folder)},
        capture_output=True, text=True, check=True, timeout=50,
    )  # fmt: skip
    *said, registered = found.stdout.splitlines()
    assert said == ["move", is_open, "club"]
    assert "-F _nim_tui nim-tui" in registered
    assert found.stderr == ""


def test_in_zsh(alice: tuple[Shell, str, str]) -> None:
    shell, is_open, _ = alice
    require(shutil.which("zsh"), "needs zsh")
    script = """
compdef() { echo "compdef $@"; }
compadd() { shift; echo "$@"; }
_files() { echo files; }
eval "$(nim-tui completion zsh)"
ask() { words=("$@"); CURRENT=$#; _nim_tui; }
ask nim-tui mo
ask nim-tui show ''
ask nim-tui --data ''
"""
    found = subprocess.run(
        ["zsh", "-f", "-c", script],
        env=shell.variables | {"PATH": _program(shell.folder)},
        capture_output=True, text=True, check=True, timeout=50,
    )  # fmt: skip
    assert found.stdout.splitlines() == ["compdef _nim_tui nim-tui", "move", is_open, "files"]
    assert found.stderr == ""
