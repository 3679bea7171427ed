"""What comes from a real terminal: bytes of any kind, and keys and clicks in one burst."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

pytest.importorskip("pty", reason="needs a terminal of its own")

from tests.nim_tui.terminal.pty import Terminal, started
from tests.support import at_length

HELP = "Any key closes this"
PALETTE = "Search for commands"
BOARD = "heap 1"
QUIT = "\x11"
BESIDE = (0, 0)
PAGE_DOWN = "\x1b[6~"


def click(column: int, row: int) -> str:
    """A click on a cell, counted from 0."""
    return "".join(f"\x1b[<0;{column + 1};{row + 1}{end}" for end in "Mm")


def answers(terminal: Terminal, *shows: str) -> None:
    """Whether it still listens: help comes, and goes."""
    terminal.press("?")
    terminal.see(HELP)
    terminal.press("\x1b")
    terminal.see_none_of(HELP)
    terminal.see(*shows)


SHORT = pytest.mark.parametrize("how_many", [2, *at_length(8)], ids=["", "all"])


@SHORT
def test_no_bytes_end_it_or_make_it_deaf(how_many: int) -> None:
    noise = random.Random(7)
    whole = [
        b"\xff",
        b"\xe9x",  # a Latin-1 keyboard
        b"\x1b[M \xff\xff\x1b[M \xe9\xe9",
        b"\x1b[99999999;1u\x1b[55296;1u\x1b[97;1;55296u",
        b"\x1b[48;0;0;0;0t\x1b[<0;1;1M\x1b[48;24;80;0;0t\x1b[<0;1;1m",
        b"\x1b[<0;99999999999;99999999999M\x1b[<35;99999999999;1M",
        b"\x1b[?2026;1$y\x1b[I\x1b[O\x1b[I\x1b[5;1R",
        b"\x1b]11;rgb:ffff/ffff/ffff\x07\x1bP>|xterm(390)\x1b\\\x1b_Gi=1;OK\x1b\\",
        b"\x00\x00\x00\xc3\xc3\xc3\xf0\x9f",
        b"\x1b[200~" + b"x" * 200_000 + b"\xff\x1b[201~",
        *(bytes(noise.choices([0x1B, *range(0x80, 0x100)], k=300)) for _ in range(how_many // 2)),
    ]
    with started(["-m", "nim_tui", "--hotseat"]) as terminal:
        terminal.see(BOARD)
        for each in whole:
            terminal.press(each)
            terminal.settle(0.03)
        answers(terminal)
        halves = (b"\x1b[200~never ended", b"\x1b]never ended", b"\x1b[<0;5")
        for half in halves[: how_many - 1]:
            terminal.press(half)
            terminal.settle(1.2)  # until then a key would be part of it
            answers(terminal)
        terminal.press(QUIT)
        assert terminal.end() == 0


@SHORT
def test_a_burst_of_keys_and_clicks_closes_no_more_than_a_card(how_many: int) -> None:
    with started(["-m", "nim_tui", "--practice"]) as terminal:
        terminal.see(BOARD)
        terminal.press("a\r")
        terminal.see("The computer took")
        terminal.press("\x10" + PAGE_DOWN)
        terminal.see(PALETTE)
        terminal.press("\x1b")
        bursts = (
            ",?" + click(*BESIDE) * 4,
            "n" + click(*BESIDE) * 4,
            "\x10" + click(*BESIDE) * 3,
            "?" + click(*BESIDE) * 2,
            "," + click(*BESIDE) * 3,
            "\x10\x1b[5~" + PAGE_DOWN * 3 + click(*BESIDE) * 2,
            "?\x10,?" + click(*BESIDE) * 5,
            "w" + click(*BESIDE) * 3,
        )
        for burst in bursts[:how_many]:
            terminal.press(burst)
            terminal.settle(0.4)
            terminal.see_none_of(PALETTE, HELP, "Settings")
            terminal.see(BOARD, "The computer took")
        answers(terminal, BOARD, "The computer took")
        terminal.press(QUIT)
        assert terminal.end() == 0


@SHORT
def test_a_burst_on_forms_and_games_ends_nothing(tmp_path: Path, how_many: int) -> None:
    with started(["-m", "nim_tui", "--data", str(tmp_path / "games.db")]) as terminal:
        terminal.see("Practice")
        terminal.press("\x10" + click(*BESIDE) * 3 + "?" + click(*BESIDE) * 3 + "," + "\x1b")
        terminal.settle(0.3)
        terminal.press("\x1b[A\x1b[B" * 3 + PAGE_DOWN)
        terminal.see_none_of(PALETTE, HELP, "Settings")
        terminal.press("ralice\tPassw0rd\ta@example.com\r")
        terminal.see("No games yet")
        bursts = (
            "\x10" + PAGE_DOWN * 2 + click(*BESIDE) * 3,
            "n" + click(*BESIDE) * 4,
            "n\x1b[B\x1b[B\x1b[C" + click(*BESIDE) * 4 + "?" + click(*BESIDE) * 2,
            "?" + click(*BESIDE) * 2 + PAGE_DOWN + "\x1b[5~",
            "," + click(*BESIDE) * 3,
        )
        for burst in bursts[:how_many]:
            terminal.press(burst)
            terminal.settle(0.4)
            terminal.see_none_of(PALETTE, HELP, "Settings")
            terminal.see("No games yet")
        terminal.press(QUIT)
        assert terminal.end() == 0


@pytest.mark.parametrize("delay", ["time.sleep(0.4)", "await asyncio.sleep(0.4)"])
def test_what_is_typed_ahead_waits_for_a_form_however_late_it_comes(
    tmp_path: Path, delay: str
) -> None:
    """A slow machine imports, mounts or lays out for longer than somebody types."""
    program = (
        "import asyncio, time\n"
        "from nim_tui import app, cli\n"
        "push = app.NimApp._open_form\n"
        f"async def late(self, screen):\n    {delay}\n    await push(self, screen)\n    {delay}\n"
        "app.NimApp._open_form = late\n"
        f"raise SystemExit(cli.run(['--data', {str(tmp_path / 'games.db')!r}]))\n"
    )
    with started(["-c", program]) as terminal:
        terminal.see("Practice")
        terminal.press("ralice\tPassw0rd\ta@example.com\r")
        terminal.see("No games yet", "alice")
        assert b"Passw0rd" not in terminal.written


def test_a_fault_in_the_thread_that_reads_is_not_success() -> None:
    program = (
        "from nim_tui import cli\n"
        "from nim_tui.terminal.keyboard import Keyboard\n"
        "def broken(self, data): raise KeyError('sec' + 'ret')\n"
        "Keyboard.feed = broken\n"
        "raise SystemExit(cli.run(['--hotseat']))\n"
    )
    with started(["-c", program]) as terminal:
        terminal.see(BOARD)
        terminal.press("a")
        assert terminal.end() == 1
        assert b"secret" not in terminal.written
        assert b"NoneType" not in terminal.written
