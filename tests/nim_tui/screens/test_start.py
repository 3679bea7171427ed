from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROBE = """
import asyncio, sys
from nim_tui.app import NimApp
from nim_tui.launch import Place, open_client

loaded = []

class Probe(NimApp):
    def post_display_hook(self):
        if not loaded and self.screen_stack and self.screen.query("#practice, #heap1"):
            loaded.append(set(sys.modules))
            assert (len(self.screen_stack[0].query("MenuItem")) > 0) == (sys.argv[2] == "welcome")

async def main():
    app = Probe(lambda: open_client(Place(data=sys.argv[1])), start=sys.argv[2])
    async with app.run_test() as pilot:
        while not loaded:
            await pilot.pause()

asyncio.run(main())
print(*sorted(loaded[0]))
"""

# What the first frame must not wait for. The rules and the errors of the backend are light.
LATE = {
    "httpx", "keyring", "msgspec", "starlette", "sqlite3", "argon2", "boto3", "jwt", "tomlkit",
    "nim_tui.client.client", "nim_tui.client.models", "nim_tui.screens.games.screen",
    "nim_tui.matches.lesson", "nim_tui.matches.live",
}  # fmt: skip
LIGHT = {
    "backend",
    "backend.domain",
    "backend.domain.nim",
    "backend.domain.errors",
    "backend.user_files",
}
# What a board takes in addition.
BOARD = {
    "backend.domain.clock",
    "backend.domain.game",
    "backend.domain.opponents",
}


@pytest.mark.parametrize("start", ["welcome", "practice"])
def test_the_first_frame_stands_before_backend_httpx_and_keyring_are_imported(
    tmp_path: Path, start: str
) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", PROBE, str(tmp_path / "games.db"), start],
        capture_output=True,
        text=True,
        check=True,
        timeout=50,
    )
    loaded = set(ran.stdout.split())
    assert not LATE & loaded
    known = LIGHT | (BOARD if start == "practice" else set())
    assert {name for name in loaded if name.split(".")[0] == "backend"} <= known
    board = {"nim_tui.screens.board.screen", "nim_tui.matches.practice"}
    assert (board & loaded) == (board if start == "practice" else set())
