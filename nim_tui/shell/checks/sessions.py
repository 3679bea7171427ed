"""The keyring: which one, and whether a session that is written can be read and deleted."""

from __future__ import annotations

import secrets
from functools import partial

from nim_tui.account import in_thread
from nim_tui.shell.checks.base import Check, broken, ok, warning
from nim_tui.tokens import KeyringVault, VaultProblem

KEYRING_SECONDS = 10.0

_PLACE = "nim-tui doctor"
_INSTALL = (
    "Install one (Debian: gnome-keyring, in dbus-run-session; or a keyring backend for pass), "
    "or sign in at each start."
)


async def check(vault: KeyringVault | None = None) -> Check:
    """Write, read and delete an entry of no meaning; `vault` is this system's, if not given."""
    vault = vault or KeyringVault()
    name = f"nobody-{secrets.token_hex(8)}"
    try:
        backend = await in_thread(vault.backend_name, KEYRING_SECONDS)
    except TimeoutError:
        return broken("keyring", "It does not respond.", "Unlock it, or start it again.")
    except VaultProblem as problem:
        return warning("keyring", f"{problem} Sessions end when nim-tui does.", _INSTALL)
    try:
        same = await in_thread(partial(_round_trip, vault, name), KEYRING_SECONDS)
    except TimeoutError:
        return broken("keyring", f"{backend} does not respond.", "Unlock it, or start it again.")
    except VaultProblem as problem:
        return broken("keyring", f"{backend}: {problem}", "Unlock it, or choose another one.")
    if not same:
        return broken("keyring", f"{backend} loses what is stored.", "Choose another one.")
    return ok("keyring", f"{backend}: written, read and deleted.")


def _round_trip(vault: KeyringVault, name: str) -> bool:
    """Whether an entry comes back as it was, and is gone when it is deleted."""
    token = secrets.token_urlsafe(32)
    try:
        vault.save(_PLACE, name, token)
        read = vault.load(_PLACE, name)
    finally:
        vault.delete(_PLACE, name)
    return read == token and vault.load(_PLACE, name) is None
