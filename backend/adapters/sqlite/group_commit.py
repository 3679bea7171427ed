"""Writes that share one transaction (group commit).

Syncing a commit to the disk takes milliseconds, whether for one write or for many. So the writes
that queue up during one commit share the next, and are acknowledged after it. Each write has its
own savepoint, so a failing one undoes nothing of the others.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, TypeVar

T = TypeVar("T")
Work: TypeAlias = Callable[[sqlite3.Connection], T]
Begin: TypeAlias = Literal["BEGIN", "BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"]

# At 0.1 to 0.3 ms each, so many lock out other processes no longer than a slow disk's commit does.
MOST_TOGETHER = 64


@dataclass(slots=True, eq=False)
class Write:
    """A write that waits for its turn, and its result."""

    work: Work[Any]
    done: Future[Any] = field(default_factory=Future)


@dataclass(frozen=True, slots=True)
class FailedWrite:
    """A write that failed on its own; none of it is kept."""

    error: Exception


def in_transaction(connection: sqlite3.Connection, begin: Begin, work: Work[T]) -> T:
    """What `work` returns, once it is committed; if it raises, none of it is kept."""
    connection.execute(begin)
    try:
        result = work(connection)
        connection.execute("COMMIT")
    except BaseException:
        # After some errors, a full disk for example, SQLite has rolled back already.
        if connection.in_transaction:
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
        raise
    return result


def write_together(
    connection: sqlite3.Connection,
    works: Sequence[Work[Any]],
    check: Work[None] = lambda _: None,
) -> list[Any]:
    """What each returns, or `FailedWrite`, in order, once all that succeeded is committed.

    Args:
        check: runs first, in the same transaction; if it raises, nothing is written.

    Raises:
        sqlite3.Error: the transaction could not begin, go on or be committed; none of the writes is
            kept.

    """

    def work(connection: sqlite3.Connection) -> list[Any]:
        check(connection)
        return [_in_savepoint(connection, one) for one in works]

    return in_transaction(connection, "BEGIN IMMEDIATE", work)


def _in_savepoint(connection: sqlite3.Connection, work: Work[T]) -> T | FailedWrite:
    connection.execute("SAVEPOINT one")
    try:
        result = work(connection)
        connection.execute("RELEASE one")
    except Exception as error:
        if not connection.in_transaction:
            # SQLite has undone everything, including the writes before this one: all must fail.
            raise _undone(error) from error
        connection.execute("ROLLBACK TO one")
        connection.execute("RELEASE one")
        return FailedWrite(error)
    return result


def _undone(error: Exception) -> sqlite3.Error:
    if isinstance(error, sqlite3.Error):
        return error
    return sqlite3.OperationalError("the transaction was rolled back")
