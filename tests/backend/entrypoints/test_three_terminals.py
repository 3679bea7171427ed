"""One `nim-backend serve` and two `nim-tui --server`, each a process on a terminal of its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

pytest.importorskip("pty", reason="needs a terminal of its own")

from tests.backend.entrypoints.running import PASSWORD, Running
from tests.nim_tui.terminal.pty import Terminal, started

_ESCAPES = re.compile(rb"\x1b\[[0-9;?<>$=]*[a-zA-Z]|\x1b\][^\x07\x1b]*(\x07|\x1b\\)|\x1b[=>78]")
CTRL_Q = "\x11"


class Player:
    """Somebody at a terminal, and what has appeared there since they last looked."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self._seen = 0

    def sees(self, words: str) -> None:
        """Wait until the words are drawn; what was drawn before does not count again."""

        def drawn(written: bytes) -> bool:
            return words.encode() in _ESCAPES.sub(b"", written[self._seen :])

        self._seen = len(self.terminal.read_until(drawn))

    def presses(self, keys: str) -> None:
        self.terminal.press(keys)

    def leaves(self) -> None:
        self.presses(CTRL_Q)
        assert self.terminal.end() == 0


@pytest.mark.reliability  # contract/test_two.py plays such a game without terminals
@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "places",
    [[()], [(), ("--server", "127.0.0.1")]],
    ids=["used last", "by name"],
)
def test_two_people_play_through_a_server(tmp_path: Path, places: Sequence[Sequence[str]]) -> None:
    with Running(tmp_path / "games.db") as server, ExitStack() as stack:

        def sits_down(name: str, *options: str) -> Player:
            home = tmp_path / name
            config = str(home / "config")
            terminal = started(["-m", "nim_tui", *options], home=home, XDG_CONFIG_HOME=config)
            player = Player(stack.enter_context(terminal))
            player.sees("Practice")
            return player

        anna, bert = (sits_down(name, "--server", server.url) for name in ("anna", "bert"))
        for player, name in ((anna, "anna"), (bert, "bert")):
            player.presses(f"r{name}\t{PASSWORD}\t{name}@example.com\r")
            player.sees("No games yet")
        anna.presses("nbert\r")
        anna.sees("bert's turn")
        bert.sees("invites you")
        bert.presses("\r")
        bert.sees("Your turn")
        bert.presses("a5\r")
        bert.sees("anna's turn")
        anna.sees("Your turn")
        anna.presses("b4\r")
        anna.sees("bert's turn")
        bert.sees("Your turn")
        bert.presses("c5\r")
        bert.sees("You lost")
        anna.sees("You won")
        anna.leaves()
        bert.leaves()

        # Remembered: as the place used last, and by its name.
        for options in places:
            again = sits_down("bert", *options)
            again.presses("s")
            again.sees("Password")
            again.presses(f"bert\t{PASSWORD}\r")
            again.sees("FINISHED")
            again.leaves()
