"""A keyring in a file, so that a start of a benchmark finds the session of the start before."""

from __future__ import annotations

import json
import os
from pathlib import Path

from keyring.backend import KeyringBackend

FILE = "NIM_BENCH_KEYRING"
"""The variable that names the file."""


class FileKeyring(KeyringBackend):
    """Chosen by `PYTHON_KEYRING_BACKEND`; what it keeps is no secret."""

    priority = 0.5

    def get_password(self, service: str, username: str) -> str | None:
        found: str | None = self._kept().get(f"{service}/{username}")
        return found

    def set_password(self, service: str, username: str, password: str) -> None:
        self._keep(self._kept() | {f"{service}/{username}": password})

    def delete_password(self, service: str, username: str) -> None:
        kept = self._kept()
        kept.pop(f"{service}/{username}", None)
        self._keep(kept)

    def _kept(self) -> dict[str, str]:
        file = Path(os.environ[FILE])
        return dict(json.loads(file.read_text())) if file.exists() else {}

    def _keep(self, kept: dict[str, str]) -> None:
        """Write it in one step: another client may be reading."""
        file = Path(os.environ[FILE])
        new = file.with_name(f"{file.name}.{os.getpid()}")
        new.write_text(json.dumps(kept))
        new.replace(file)
