"""Where the client's own small files stand, and how they are written: whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

APP_NAME = "nim-tui"


def config_folder() -> Path:
    """The platform's folder for the user's configuration."""
    from platformdirs import user_config_path

    return user_config_path(APP_NAME, appauthor=False)


def database_path() -> Path:
    """The platform's folder for the user's data; the embedded backend's file in it."""
    from platformdirs import user_data_path

    return user_data_path(APP_NAME, appauthor=False) / "games.db"


def write_whole(path: Path, text: str) -> None:
    """Replace a file at once: another process sees the old text or the new one.

    Raises:
        OSError: it cannot be written.

    """
    path.parent.mkdir(parents=True, exist_ok=True)
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
