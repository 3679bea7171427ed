"""What `nim-backend aws create` and `aws deploy` made, saved in the user's configuration.

One small JSON file with the names of environment variables; the environment itself comes first.
None of it is secret: the id of a pool opens nothing without credentials.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TypeGuard

from backend.domain.errors import Unavailable
from backend.user_files import config_folder, write_whole

NAMES = ("AWS_REGION", "NIM_TABLE", "USER_POOL_ID", "COGNITO_CLIENT_ID", "BASE_URL")
"""What is kept in the file; anything else is left out."""

_LONGEST_VALUE = 2048


def saved_path() -> Path:
    """The file, which the client reads, too."""
    return config_folder() / "aws.json"


def read_saved(path: Path | None = None) -> Mapping[str, str]:
    """What was saved, by name; empty if nothing was.

    Raises:
        Unavailable: the file exists but cannot be understood.
    """
    path = path or saved_path()
    try:
        found = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise _not_understood(path) from error
    if not isinstance(found, dict):
        raise _not_understood(path)
    return {name: value for name in NAMES if _is_value(value := found.get(name))}


def write_saved(values: Mapping[str, str | None], path: Path | None = None) -> Path:
    """Save these beside what was saved before. None removes the entry. Returns the file's path.

    Raises:
        Unavailable: the file cannot be written, or the one that is there cannot be understood.
    """
    path = path or saved_path()
    merged = {**read_saved(path), **values}
    kept = {name: merged[name] for name in NAMES if merged.get(name)}
    try:
        write_whole(path, json.dumps(kept, indent=2) + "\n")
    except OSError as error:
        raise Unavailable(f"{path} cannot be written. Check the folder and the disk.") from error
    return path


def _is_value(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and value.isprintable() and 0 < len(value) <= _LONGEST_VALUE


def _not_understood(path: Path) -> Unavailable:
    return Unavailable(f"{path} cannot be read. Remove it, then run: nim-backend aws create.")
