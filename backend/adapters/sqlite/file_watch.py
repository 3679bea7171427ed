"""Waits until another process has written to the SQLite file.

Every commit is followed by setting the file's modification time (`Database.run`): that is the bell.
Linux reports it through inotify. Elsewhere, or when inotify's watches are used up, the time is
polled. Asking SQLite instead (`PRAGMA data_version`) as often would cost about three times as much,
0.6 % of a core against 0.2 %: each query takes a lock and a turn of the database's thread.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import sys
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TypeAlias

# A change must be seen within 100 ms.
LOOK_SECONDS = 0.08

# From <sys/inotify.h>.
_IN_ATTRIB = 0x4
_EVENT_BYTES = 4096

Wait: TypeAlias = Callable[[float], Awaitable[None]]
"""Returns once the bell has rung since the last wait, and after so many seconds at the latest."""

Bell: TypeAlias = Callable[[Path], AbstractAsyncContextManager[Wait]]


@asynccontextmanager
async def bell(path: Path) -> AsyncIterator[Wait]:
    """The bell of the file at `path`, by the best means that this machine offers."""
    descriptor = _inotify(path)
    if descriptor is None:
        async with looking(path) as wait:
            yield wait
        return
    loop = asyncio.get_running_loop()
    rung = asyncio.Event()

    def hear() -> None:
        os.read(descriptor, _EVENT_BYTES)  # or the loop would call this again at once
        rung.set()

    async def hearing(seconds: float) -> None:
        # Python 3.11's `wait_for` swallows a cancellation that comes as the bell rings.
        try:
            async with asyncio.timeout(seconds):
                await rung.wait()
        except TimeoutError:
            return
        rung.clear()

    loop.add_reader(descriptor, hear)
    try:
        yield hearing
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)


@asynccontextmanager
async def looking(path: Path) -> AsyncIterator[Wait]:
    """The bell by polling the file's time, in a thread: waking the event loop costs more."""
    seen = _time(path)
    stop = threading.Event()

    def look(seconds: float) -> None:
        nonlocal seen
        for _ in range(max(1, round(seconds / LOOK_SECONDS))):
            time.sleep(LOOK_SECONDS)
            if stop.is_set():
                return
            if (now := _time(path)) != seen:
                seen = now
                return

    async def wait(seconds: float) -> None:
        await asyncio.to_thread(look, seconds)

    try:
        yield wait
    finally:
        stop.set()


def _time(path: Path) -> int:
    try:
        return os.stat(path).st_mtime_ns  # noqa: PTH116 - twelve times a second, and twice as fast
    except OSError:
        return 0


def _inotify(path: Path) -> int | None:
    """A descriptor that becomes readable when the file's time is set; None without inotify."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    descriptor: int = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    if descriptor < 0:
        return None
    if libc.inotify_add_watch(descriptor, os.fsencode(path), _IN_ATTRIB) < 0:
        os.close(descriptor)
        return None
    return descriptor
