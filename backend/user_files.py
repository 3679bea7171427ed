"""The user's own folders and files, the same for the client and the backend of one installation."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

_APP_NAME = "nim-tui"
_PRIVATE_FOLDER = 0o700


def config_folder() -> Path:
    """The platform's folder for the user's configuration."""
    from platformdirs import user_config_path

    return user_config_path(_APP_NAME, appauthor=False)


def database_path() -> Path:
    """The SQLite file in the platform's folder for the user's data."""
    from platformdirs import user_data_path

    return user_data_path(_APP_NAME, appauthor=False) / "games.db"


def write_whole(path: Path, text: str) -> None:
    """Replace a file in one step: another process sees the old text or the new one, never half.

    The file and its missing folders are for their owner only.

    Raises:
        OSError: it cannot be written.

    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=_PRIVATE_FOLDER)
    # A link to somewhere else (a folder of dotfiles) is followed, not replaced.
    path = path.resolve()
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
