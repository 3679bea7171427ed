"""The examples of docs/shell.md, testing.md and accessible.md, run as they stand there."""

from __future__ import annotations

import asyncio
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from backend.domain.game import Game
from backend.domain.nim import Heaps, Rule, computer_move
from nim_tui.client import NimClient
from tests.aws_engines import Cloud
from tests.nim_tui.shell.stage import PASSWORD, ROOT, Shell, served
from tests.support import require


def blocks(page: str, language: str) -> list[str]:
    """The fenced code of a page in one language."""
    text = (ROOT / "docs" / page).read_text("utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


def with_program(shell: Shell) -> dict[str, str]:
    """The environment in which `nim-tui` is a command."""
    folder = shell.folder / "bin"
    folder.mkdir()
    program = folder / "nim-tui"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m nim_tui "$@"\n')
    program.chmod(0o755)
    return shell.variables | {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


def run_script(shell: Shell, lines: str) -> str:
    for program in ("bash", "jq"):
        require(shutil.which(program), f"needs {program}")
    found = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", lines],
        cwd=shell.folder, env=with_program(shell),
        capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert (found.returncode, found.stderr) == (0, ""), found.stdout
    return found.stdout


@pytest.fixture(params=["embedded", pytest.param("served", marks=pytest.mark.reliability)])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shell]:
    if request.param == "embedded":
        yield Shell(tmp_path, {"NIM_DATA": str(tmp_path / "games.db")})
        return
    with served(tmp_path) as url:
        yield Shell(tmp_path, {"BASE_URL": url})


@pytest.fixture
def on_aws(cloud: Cloud, tmp_path: Path) -> Shell:
    """A local engine behind AWS_ENDPOINT_URL, as the place used last."""
    assert cloud.table
    places = tmp_path / "config" / "nim-tui" / "places.toml"
    places.parent.mkdir(parents=True)
    places.write_text("[last]\naws = true\nregion = 'us-east-1'\n")
    return Shell(tmp_path, {"XDG_CONFIG_HOME": str(tmp_path / "config")})


@pytest.mark.timeout(150)  # about twenty processes
@pytest.mark.parametrize("page", ["shell.md", "testing.md", "accessible.md"])
def test_what_bash_runs(home: Shell, page: str) -> None:
    shell = home.with_keyring() if page == "shell.md" else home
    printed = run_script(shell, "\n".join(blocks(page, "bash")))
    if page == "shell.md":
        assert printed.splitlines()[-3:] == ["bobby: good", "alice: lost", "carol"]


@pytest.mark.reliability
@pytest.mark.timeout(300)  # each process imports boto3
def test_the_game_of_the_page_on_aws(on_aws: Shell) -> None:
    printed = run_script(on_aws.with_keyring(), "\n".join(blocks("shell.md", "bash")))
    assert printed.splitlines()[-2:] == ["bobby: good", "alice: lost"]


async def test_what_the_pilot_runs(tmp_path: Path) -> None:
    (program,) = blocks("testing.md", "python")
    names: dict[str, Any] = {}
    exec(program, names)
    await names["test_the_computer_replies"](tmp_path)


def test_the_bot_has_ten_lines() -> None:
    (program,) = blocks("shell.md", "python")
    assert len([line for line in program.splitlines() if line]) <= 11, "and the import"


@contextmanager
def bot(shell: Shell) -> Iterator[subprocess.Popen[str]]:
    """The bot of the page, playing."""
    (program,) = blocks("shell.md", "python")
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=shell.folder, env=with_program(shell), stderr=subprocess.PIPE, text=True,
        process_group=0,
    )  # fmt: skip
    try:
        yield process
    finally:
        assert process.poll() is None, process.communicate()
        os.killpg(process.pid, 9)
        process.communicate()


WON: list[tuple[Heaps, Rule]] = [((1, 1, 3), "misere"), ((1, 2, 4), "normal")]


@pytest.fixture
def robots(tmp_path: Path) -> Shell:
    """Where alice and the robot have accounts."""
    home = Shell(tmp_path, {"NIM_DATA": str(tmp_path / "games.db")})
    home.register("alice", "robot")
    return home


@pytest.mark.timeout(200)  # three processes for each move of the bot
@pytest.mark.parametrize(
    "positions", [WON[:1], pytest.param(WON[1:], marks=pytest.mark.reliability)], ids=["", "more"]
)
async def test_the_bot_beats_perfect_play_from_won_positions(
    robots: Shell, tmp_path: Path, positions: list[tuple[Heaps, Rule]]
) -> None:
    client = NimClient.embedded(tmp_path / "games.db")
    await client.sign_in("alice", PASSWORD)
    games = [await client.new_game("robot", heaps=heaps, rule=rule) for heaps, rule in positions]
    dice = random.Random(1)
    with bot(robots.as_player("robot")):
        for game in games:
            async with asyncio.timeout(100), aclosing(client.watch_game(game.game_id)) as seen:
                async for now in seen:
                    assert isinstance(now, Game)
                    if now.turn is None:
                        assert now.winner == "robot", now
                        break
                    if now.turn == "alice":
                        move = computer_move(now.board, "perfect", dice)
                        await client.move(now, move.heap, move.left)
    await client.close()
