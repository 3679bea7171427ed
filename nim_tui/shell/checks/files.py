"""The database file of a place on this computer: writable, with room, on a disk of its own."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import AsyncIterator
from pathlib import Path

from backend.domain.errors import NimError
from nim_tui.client.client import NimClient
from nim_tui.shell.checks.base import MOST_SKEW, Check, broken, from_message, ok, warning

LEAST_FREE, FEW_FREE = 2_000_000, 50_000_000
"""Bytes: below the first nothing more can be kept, below the second soon."""

_NETWORK = (
    "nfs", "cifs", "smb", "9p", "afs", "ceph", "glusterfs", "fuse.sshfs", "fuse.rclone", "davfs",
)  # fmt: skip
_MOUNTS = Path("/proc/self/mounts")


async def checks(path: Path, suffix: str) -> AsyncIterator[Check]:
    """Look at a database, or at where it would be made; nothing is made."""
    name = f"place{suffix}"
    folder = await asyncio.to_thread(_existing, path)
    # Before the file is opened, which may write into it.
    clock = await asyncio.to_thread(_clock, f"clock{suffix}", path)
    if problem := await asyncio.to_thread(_problem, name, path, folder):
        yield problem
    elif await asyncio.to_thread(path.exists):
        yield await _opened(name, path)
    else:
        yield ok(name, f"this computer, {path}: will be made with the first account.")
    yield clock
    yield await asyncio.to_thread(_disk, f"disk{suffix}", folder)


async def _opened(name: str, path: Path) -> Check:
    """Open the database, as a game does."""
    client = NimClient.embedded(path)
    try:
        await client.check()
    except NimError as error:
        return from_message(name, error.message)
    finally:
        await client.close()
    return ok(name, f"this computer, {path}: can be read and written.")


def _problem(name: str, path: Path, folder: Path) -> Check | None:
    """Why the file cannot be written, or made, as far as its permissions say."""
    here = f"this computer, {path}"
    if path.exists() and not os.access(path, os.W_OK):
        return broken(name, f"{here}: cannot be written.", "Change its owner or its permissions.")
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        # SQLite makes a file beside its own for each write.
        return broken(
            name,
            f"{here}: its folder cannot be written.",
            "Change the folder's permissions, or choose another file with --data or NIM_DATA.",
        )
    return None


def _existing(path: Path) -> Path:
    """The nearest folder above that is there; what is no folder counts as one."""
    return next((one for one in path.parents if one.exists()), Path("/"))


def _clock(name: str, path: Path) -> Check:
    """Compare the time here with the last write: games here have no other clock."""
    try:
        written = path.stat().st_mtime
    except OSError:
        written = 0.0
    if (behind := written - time.time()) > MOST_SKEW:
        return warning(
            name,
            f"This computer's clock is {behind:.0f} seconds behind the last write of the file.",
            "Set it by the network (timedatectl set-ntp true), so that deadlines are right.",
        )
    return ok(name, "Games here go by this computer's own clock.")


def _disk(name: str, folder: Path) -> Check:
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return warning(name, "Its free space is not known.", "Check that there is some.")
    room = f"{free // 1_000_000:,} MB free."
    if free < LEAST_FREE:
        return broken(name, room, "Make room on that disk.")
    if (kind := _file_system(folder)) and kind.startswith(_NETWORK):
        return warning(
            name,
            f"{room} It is a network disk ({kind}), where files cannot be locked reliably.",
            "Put the file on a disk of this computer, or run nim-backend serve for several.",
        )
    if free < FEW_FREE:
        return warning(name, room, "Make room on that disk.")
    return ok(name, room)


def _file_system(folder: Path) -> str | None:
    """The kind of file system that the folder is on; None where the system does not say."""
    try:
        mounts = [line.split() for line in _MOUNTS.read_text("utf-8", "replace").splitlines()]
        above = [str(one) for one in (folder.resolve(), *folder.resolve().parents)]
    except (OSError, RuntimeError):
        return None
    known = {
        words[1].encode().decode("unicode_escape"): words[2] for words in mounts if len(words) > 2
    }
    return next((known[point] for point in above if point in known), None)
