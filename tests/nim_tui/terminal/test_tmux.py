"""What the terminal around a real tmux gets."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("pty", reason="needs a terminal of its own")

from tests.nim_tui.terminal.pty import started
from tests.support import require

# The app itself: it loses the focus at once, and then announces a turn.
PROGRAM = """
import sys
from pathlib import Path
from textual import events
from nim_tui.app import NimApp
from nim_tui.client import NimClient
from nim_tui.messages import Announcement
from nim_tui.tokens import MemoryVault

class App(NimApp):
    def on_ready(self):
        self.post_message(events.AppBlur())
        news = Announcement("bob moved. Your turn.", "one", urgent=True)
        self.call_later(self.post_message, news)

App(NimClient.embedded(Path("unused.db")), vault=MemoryVault(), start="hotseat").run()
"""
# Runs tmux in the foreground of the terminal that the test reads.
OUTER = "import os, sys; os.execvp('tmux', sys.argv[1:])"


def test_a_notice_reaches_the_terminal_around_tmux(tmp_path: Path) -> None:
    require(shutil.which("tmux"), "needs tmux: apt install tmux")
    (tmp_path / "app.py").write_text(PROGRAM)
    (tmp_path / "tmux.conf").write_text("set -g allow-passthrough on\nset -g status off\n")
    socket = str(tmp_path / "socket")
    command = ["tmux", "-S", socket, "-f", str(tmp_path / "tmux.conf"), "new-session"]
    inner = f"cd {Path(__file__).parents[3]} && PYTHONPATH=. {sys.executable} {tmp_path / 'app.py'}"
    try:
        with started(["-c", OUTER, *command, inner], TERM="xterm-256color") as terminal:
            terminal.read_until(
                lambda written: b"\x1b]777;notify;nim;bob moved. Your turn.\x1b\\" in written
            )
            assert b"Ptmux" not in terminal.written
    finally:
        subprocess.run(["tmux", "-S", socket, "kill-server"], check=False, capture_output=True)
