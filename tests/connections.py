"""Connections to SQLite that remember which test opened them, so that one left open has a name."""

from __future__ import annotations

import functools
import os
import sqlite3
import time
import weakref
from contextlib import suppress
from typing import Any


class TrackedConnection(sqlite3.Connection):
    """A connection to SQLite that remembers which test opened it."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.opened_in = os.environ.get("PYTEST_CURRENT_TEST", "no test")
        _connections.add(self)

    @property
    def is_open(self) -> bool:
        """Whether nobody has closed it."""
        try:
            return self.total_changes >= 0
        except sqlite3.ProgrammingError:
            return False


_connections: weakref.WeakSet[TrackedConnection] = weakref.WeakSet()
sqlite3.connect = functools.partial(  # type: ignore[assignment]  # typeshed's overloads
    sqlite3.connect, factory=TrackedConnection
)


def forget_connections(*, patience: float) -> list[str]:
    """Close every connection. Returns the tests that opened those that were still open.

    A thread may be about to close one: it gets `patience` seconds for that.
    """
    deadline = time.monotonic() + patience
    while left := [one for one in _connections if one.is_open]:
        if time.monotonic() > deadline:
            break
        time.sleep(0.01)
    for one in left:
        with suppress(sqlite3.ProgrammingError):  # opened in another thread
            one.close()
    _connections.clear()
    return sorted({one.opened_in for one in left})
