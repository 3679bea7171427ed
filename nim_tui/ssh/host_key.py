"""The server's own key: made on the first start, private to its user."""

from __future__ import annotations

import os
from pathlib import Path

import asyncssh

from nim_tui.options import UsageError, printable

_ALGORITHM = "ssh-ed25519"
_PRIVATE_FILE, _PRIVATE_FOLDER = 0o600, 0o700


def host_key(path: Path) -> asyncssh.SSHKey:
    """The key in the file, made if there is none.

    Raises:
        UsageError: the file cannot be read or written, or others may read it.

    """
    shown = printable(str(path))
    try:
        if not path.exists():
            _make(path)
        if path.stat().st_mode & 0o077 and os.name == "posix":
            raise UsageError(f"others may read {shown}. Protect it: chmod 600 {shown}")
        return asyncssh.read_private_key(path)
    except asyncssh.KeyImportError:
        raise UsageError(
            f"{shown} holds no private key without a passphrase. Name another with --host-key."
        ) from None
    except (OSError, ValueError):
        raise UsageError(
            f"{shown} cannot be read or made. Check its folder, or name another with --host-key."
        ) from None


def _make(path: Path) -> None:
    path.parent.mkdir(_PRIVATE_FOLDER, parents=True, exist_ok=True)
    key = asyncssh.generate_private_key(_ALGORITHM).export_private_key()
    # Whole or not at all: a half-written key would have to be removed by hand.
    half = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE_FILE)
        with os.fdopen(descriptor, "wb") as file:
            file.write(key)
        # Of two that start at once, the first one's key stays.
        os.link(half, path)
    except FileExistsError:
        return
    finally:
        half.unlink(missing_ok=True)
