"""A keyring that cannot be used: one sentence, once, and only to somebody who signs in."""

from __future__ import annotations

from pathlib import Path

from nim_tui.client import NimClient
from nim_tui.tokens import MemoryVault, VaultProblem
from tests.nim_tui.screens.stage import register, running

LOCKED = "The system keyring is locked."
NOTE = f"{LOCKED} You'll be signed out when you quit."


class LockedVault(MemoryVault):
    """Refuses everything."""

    def names(self, place: str) -> list[str]:
        raise VaultProblem(LOCKED)

    def load(self, place: str, username: str) -> str | None:
        raise VaultProblem(LOCKED)

    def save(self, place: str, username: str, token: str) -> None:
        raise VaultProblem(LOCKED)


async def test_it_is_said_once_when_somebody_signs_in(tmp_path: Path) -> None:
    client = NimClient.embedded(tmp_path / "games.db")
    async with running(client, vault=LockedVault()) as stage:
        await stage.pilot.app.workers.wait_for_complete()
        assert stage.name == "WelcomeScreen"
        assert stage.toasts == []
        await register(stage)
        assert stage.toasts == [NOTE]
