"""A keyring in a file, for subcommands that run as processes of their own."""

from __future__ import annotations

import json
import os
from pathlib import Path

from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError

VARIABLE = "NIM_TEST_KEYRING"
NAME = f"{__name__}.FileKeyring"


class FileKeyring(KeyringBackend):
    """Keeps what it is given in clear text, as no real one would."""

    priority = 0.5

    def _kept(self) -> dict[str, str]:
        path = Path(os.environ[VARIABLE])
        kept: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        return kept

    def _keep(self, kept: dict[str, str]) -> None:
        Path(os.environ[VARIABLE]).write_text(json.dumps(kept))

    def get_password(self, service: str, username: str) -> str | None:
        if says := os.environ.get("NIM_TEST_KEYRING_SAYS"):
            print(says)
        return self._kept().get(f"{service}|{username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        self._keep(self._kept() | {f"{service}|{username}": password})

    def delete_password(self, service: str, username: str) -> None:
        kept = self._kept()
        if kept.pop(f"{service}|{username}", None) is None:
            raise PasswordDeleteError("No such password!")
        self._keep(kept)
