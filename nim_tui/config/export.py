"""Saves the export of an account in the person's folder for downloads."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from backend.user_files import write_whole

_BY_SHELL = "To export your account, run: nim-tui account export > me.json"


def save_export(username: str, export: Mapping[str, Any], *, allowed: bool = True) -> str:
    """Save an export, for its owner alone to read. Returns a sentence about it.

    Args:
        allowed: whether files on this computer are the player's, as they are not in a browser.
    """
    if not allowed:
        return _BY_SHELL
    import platformdirs

    folder = platformdirs.user_downloads_path()
    name = re.sub(r"[^A-Za-z0-9_-]", "", username) or "account"
    path = (folder if folder.is_dir() else Path.home()) / f"nim-{name}.json"
    try:
        write_whole(path, json.dumps(export, indent=2) + "\n")
    except OSError:
        return f"{path} cannot be written. {_BY_SHELL}"
    return f"Everything that is kept about you is in {path}"
