"""What `nim-backend aws create` and `aws deploy` made, kept in the user's configuration.

One small JSON file with the names of environment variables, which come first wherever both speak.
None of it is a secret: an id of a pool opens nothing without credentials.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TypeGuard

from backend.domain.errors import Unavailable

NAMES = ("AWS_REGION", "NIM_TABLE", "USER_POOL_ID", "COGNITO_CLIENT_ID", "BASE_URL")
"""What may stand in the file; anything else is left out."""

_LONGEST_VALUE = 2048


def saved_path() -> Path:
    """The file in the platform's folder for the user's configuration, the same as the client's."""
    from platformdirs import user_config_path

    return user_config_path("nim-tui", appauthor=False) / "aws.json"


def read_saved(path: Path | None = None) -> Mapping[str, str]:
    """What was saved, by name; empty where nothing was.

    Raises:
        Unavailable: the file is there and cannot be understood.
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
    """Keep these beside what is there already, None takes one out; where they are kept now.

    The file is replaced in one step, so that no reader meets half of it.

    Raises:
        Unavailable: it cannot be written, or what is there cannot be understood.
    """
    path = path or saved_path()
    merged = {**read_saved(path), **values}
    kept = {name: merged[name] for name in NAMES if merged.get(name)}
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".aws-", suffix=".json")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(kept, file, indent=2)
                file.write("\n")
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise Unavailable(f"{path} cannot be written. Check the folder and the disk.") from error
    return path


def _is_value(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and value.isprintable() and 0 < len(value) <= _LONGEST_VALUE


def _not_understood(path: Path) -> Unavailable:
    return Unavailable(f"{path} cannot be read. Remove it, then run: nim-backend aws create.")
