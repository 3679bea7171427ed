"""The user's own folders and files, the same for the client and the backend of one installation."""

from __future__ import annotations

import errno
import os
import re
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

_APP_NAME = "nim-tui"
_PRIVATE_FOLDER = 0o700

# Nobody writes more into such a file by hand, and reading one takes no time.
MOST_BYTES = 1_000_000


class NoHome(Exception):
    """The system does not say where this person's files are: no HOME, and no entry for the user."""


class Unreadable(Exception):
    """A file is there and cannot be read; the message is a clause for people."""


def config_folder() -> Path:
    """The platform's folder for the user's configuration. Raises: NoHome."""
    from platformdirs import user_config_path

    return _absolute(lambda: user_config_path(_APP_NAME, appauthor=False))


def database_path() -> Path:
    """The embedded backend's file in the platform's folder for the user's data. Raises: NoHome."""
    from platformdirs import user_data_path

    return _absolute(lambda: user_data_path(_APP_NAME, appauthor=False)) / "games.db"


def _absolute(find: Callable[[], Path]) -> Path:
    """The folder, never one that begins with an unknown `~` below the current folder."""
    try:
        folder = find()
    except (RuntimeError, KeyError) as error:
        raise NoHome from error
    if not folder.is_absolute():
        raise NoHome
    return folder


def read_text(path: Path) -> str | None:
    """The text of a small file; None where there is none.

    Raises:
        Unreadable: it is there, and is not a readable text of a reasonable length.

    """
    try:
        # A pipe would wait for somebody to write into it.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise Unreadable(f"{path} cannot be read") from error
    try:
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise Unreadable(f"{path} is not a file")
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise Unreadable(f"{path} cannot be read") from error
    if len(data) > MOST_BYTES:
        raise Unreadable(f"{path} is far too large")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise Unreadable(f"{path} is not a text in UTF-8") from error


def parse_toml(text: str, path: Path) -> dict[str, Any]:
    """The document of a file. Raises: Unreadable, with the line that is wrong."""
    if not text:
        return {}
    # Most starts find no file, and this takes a tenth of the client's own imports.
    import tomllib

    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise Unreadable(f"{path} is nested too deeply") from error
    except ValueError as error:  # TOMLDecodeError, and a number with too many digits
        where = re.search(r"line (\d+)", str(error))
        at = f"line {where[1]}" if where else "its end"
        raise Unreadable(f"{path}: {at} is not valid TOML") from error


def write_whole(path: Path, text: str) -> None:
    """Replace a file in one step: another process sees the old text or the new one, never half.

    The file and its missing folders are for their owner only.

    Raises:
        OSError: it cannot be written.

    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=_PRIVATE_FOLDER)
    # A link to somewhere else (a folder of dotfiles) is followed, not replaced.
    try:
        path = path.resolve()
    except RuntimeError as error:
        raise OSError(errno.ELOOP, "a link that leads to itself", str(path)) from error
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
