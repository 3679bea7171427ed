from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROBE = """
import asyncio, sys
from nim_tui.app import NimApp
from nim_tui.client import NimClient

loaded = []

class Probe(NimApp):
    def post_display_hook(self):
        if not loaded and self.screen_stack and self.screen.query("#practice"):
            loaded.append(set(sys.modules))

async def main():
    app = Probe(NimClient.embedded(sys.argv[1]))
    async with app.run_test():
        pass

asyncio.run(main())
print(*sorted(loaded[0]))
"""

# What the first frame must not wait for. The rules and the errors of the backend are light.
LATE = {"httpx", "keyring", "msgspec", "starlette", "sqlite3", "argon2", "boto3", "jwt", "tomlkit"}
LIGHT = {
    "backend",
    "backend.domain",
    "backend.domain.nim",
    "backend.domain.game",
    "backend.domain.errors",
    "backend.domain.ids",
    "backend.domain.invitations",
    "backend.domain.opponents",
    "backend.domain.people",
    "backend.user_files",
}


def test_the_first_frame_stands_before_backend_httpx_and_keyring_are_imported(
    tmp_path: Path,
) -> None:
    database = tmp_path / "games.db"
    ran = subprocess.run(
        [sys.executable, "-c", PROBE, str(database)],
        capture_output=True,
        text=True,
        check=True,
        timeout=50,
    )
    loaded = set(ran.stdout.split())
    assert "nim_tui.screens.welcome" in loaded
    assert not LATE & loaded
    assert {name for name in loaded if name.split(".")[0] == "backend"} <= LIGHT
    assert "nim_tui.screens.board.screen" not in loaded
