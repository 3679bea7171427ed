"""A keyring that cannot be used: one calm line, once, and only to somebody who signs in."""

from __future__ import annotations

from pathlib import Path

from nim_tui.client import NimClient
from nim_tui.tokens import MemoryVault, VaultProblem
from tests.nim_tui.screens.stage import register, running

NOTE = (
    "The keyring of this computer cannot be used: it is locked. Signing in lasts until you leave."
)


class LockedVault(MemoryVault):
    """Refuses everything."""

    def names(self, place: str) -> list[str]:
        raise VaultProblem("it is locked")

    def load(self, place: str, username: str) -> str | None:
        raise VaultProblem("it is locked")

    def save(self, place: str, username: str, token: str) -> None:
        raise VaultProblem("it is locked")


async def test_it_is_said_once_when_somebody_signs_in(tmp_path: Path) -> None:
    client = NimClient.embedded(tmp_path / "games.db")
    async with running(client, vault=LockedVault()) as stage:
        await stage.pilot.app.workers.wait_for_complete()
        assert stage.name == "WelcomeScreen"
        assert stage.toasts == []
        await register(stage)
        assert stage.toasts == [NOTE]
