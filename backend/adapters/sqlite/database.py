"""One SQLite file: its schema, its thread, its transactions, and its troubles in words.

Several processes may share the file. WAL allows readers beside one writer, and every write begins
with BEGIN IMMEDIATE, so that it waits for its turn at the start and is never refused halfway.
`synchronous=FULL` lets a commit survive a power cut; writes that queue up meanwhile share the next
commit (`group_commit`). The file holds password hashes, so only its owner may read it.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

from backend.adapters.sqlite.group_commit import (
    MOST_TOGETHER,
    FailedWrite,
    Work,
    Write,
    in_transaction,
    write_together,
)
from backend.adapters.sqlite.migrations import APPLICATION_ID, KEEP_NOTICES_SECONDS, MIGRATIONS
from backend.domain.errors import BadRequest, DatabaseProblem, NimError, Unavailable
from backend.service.metrics import NO_METRICS, Metrics

T = TypeVar("T")

# How long a write waits for other processes' writes. One takes well under a millisecond, so only a
# stopped process or a very slow disk gets near this limit.
BUSY_SECONDS = 5.0
# A disk or file that cannot be used rarely recovers quickly.
PROBLEM_RETRY_SECONDS = 30.0

_PRIVATE_FILE = 0o600
_PRIVATE_FOLDER = 0o700


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_stamp(moment: datetime) -> int:
    """A time as it is stored: microseconds since 1970 UTC."""
    return (moment - _EPOCH) // _MICROSECOND


def to_time(stamp: int) -> datetime:
    """The time (UTC) that `to_stamp` turned into a number."""
    return _EPOCH + stamp * _MICROSECOND


class Database:
    """The file at `path`; it is not touched before its first use, which opens and migrates it.

    All work runs in one thread, piece by piece. But a read that would have to wait for a write runs
    beside it, in another thread on a connection of its own: the write may be waiting for another
    process's lock, and WAL needs none for reading.

    Args:
        thread: runs all work, in the order in which it comes, in place of both threads.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        thread: Executor | None = None,
        metrics: Metrics = NO_METRICS,
    ) -> None:
        self.path = Path(path)
        self._thread = thread or ThreadPoolExecutor(1, thread_name_prefix="nim-database")
        self._reader = thread or ThreadPoolExecutor(1, thread_name_prefix="nim-database-read")
        self._connection: sqlite3.Connection | None = None
        self._reading: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None
        self._writes: deque[Write] = deque()
        self._unfinished = 0
        self._closed = False
        self._metrics = metrics

    async def run(self, work: Work[T]) -> T:
        """What `work` returns, once it is safely on the disk; if it raises, nothing is written.

        The same transaction may hold other writes before it. Rows are `sqlite3.Row`. `work` must
        read the result of every RETURNING to its end (`fetchall`), or the write lock is kept, and
        it catches any IntegrityError that it expects.

        Raises:
            DatabaseProblem: the file cannot be used; the message says what to do.
            Unavailable: other processes kept it busy for too long, or it is closed.
            BadRequest: SQLite cannot store one of the strings or numbers.

        """
        self._check_open()
        write = Write(work)
        self._writes.append(write)
        self._unfinished += 1
        # One turn of the thread for each write. The first turn takes along all that are waiting by
        # then, and their own turns find nothing left to do.
        self._thread.submit(self._write_waiting)
        try:
            result: T = await asyncio.wrap_future(write.done)
        finally:
            self._unfinished -= 1
        return result

    async def read(self, work: Work[T], *, beside: bool = False) -> T:
        """What `work` returns, in a transaction that sees one state. Raises: as `run`.

        Args:
            beside: always on the connection beside that for writes, whose `data_version` then
                counts all writes.

        """
        self._check_open()
        loop = asyncio.get_running_loop()
        if beside or self._unfinished:
            return await loop.run_in_executor(
                self._reader, self._read, self._opened_for_reading, work
            )
        return await loop.run_in_executor(self._thread, self._read, self._opened, work)

    def check(self) -> None:
        """Check, without reading it, that an open file is still at its path.

        Raises:
            DatabaseProblem: it was deleted, moved or replaced.

        """
        if self._connection is not None:
            self._check_file()

    async def close(self) -> None:
        """Finish what was begun and close the file; a second call does nothing.

        The threads close it even if the caller is cancelled, as whoever leaves in a hurry is.
        """
        if self._closed:
            return
        self._closed = True
        closing = (self._reader.submit(self._close_reading), self._thread.submit(self._close))
        try:
            for closed in closing:
                await asyncio.shield(asyncio.wrap_future(closed))
        finally:
            for thread in (self._reader, self._thread):
                thread.shutdown(wait=False)

    def _problem(self, error: sqlite3.Error | OSError) -> Unavailable:
        """The error for people. Strangers may see it, so it names the file but not its folder."""
        if isinstance(error, OSError):
            return self._unusable("cannot be opened. Check that its folder exists and is writable")
        # The low byte is the primary code; the rest distinguishes its variants.
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return Unavailable("The database is busy. Try again in a moment.", retry_after=1.0)
        return self._unusable(_TROUBLES.get(code, _OTHER_TROUBLE))

    def _unusable(self, trouble: str) -> DatabaseProblem:
        return DatabaseProblem(
            f"The database {self.path.name} {trouble}.", retry_after=PROBLEM_RETRY_SECONDS
        )

    def _check_open(self) -> None:
        if self._closed:
            raise Unavailable("The backend is shutting down. Try again in a moment.")

    def _read(self, opened: Callable[[], sqlite3.Connection], work: Work[T]) -> T:
        try:
            return in_transaction(opened(), "BEGIN", partial(self._in_known_schema, work))
        except (sqlite3.Error, OSError, UnicodeEncodeError, OverflowError) as error:
            raise self._for_people(error) from error

    def _write_waiting(self) -> None:
        """Write what is waiting, up to a limit, and give each caller its result."""
        writes: list[Write] = []
        while self._writes and len(writes) < MOST_TOGETHER:
            write = self._writes.popleft()
            if write.done.set_running_or_notify_cancel():
                writes.append(write)
        if not writes:
            return
        try:
            connection = self._opened()
            before, began = connection.total_changes, time.perf_counter()
            results = write_together(
                connection, [write.work for write in writes], self._check_version
            )
            self._metrics.committed(time.perf_counter() - began, len(writes))
            # Before anybody hears of it: what was committed to a deleted file is lost.
            self._check_file()
            if connection.total_changes != before:
                self._ring()
        except BaseException as error:  # noqa: BLE001 (every caller gets it; the thread goes on)
            for write in writes:
                write.done.set_exception(self._for_people(error))
            return
        for write, result in zip(writes, results, strict=True):
            if isinstance(result, FailedWrite):
                write.done.set_exception(self._for_people(result.error))
            else:
                write.done.set_result(result)

    def _for_people(self, error: BaseException) -> BaseException:
        """The error that a caller gets, with the library's own as its cause."""
        shown: NimError
        if isinstance(error, sqlite3.Error | OSError):
            shown = self._problem(error)
        elif isinstance(error, UnicodeEncodeError | OverflowError):
            shown = BadRequest(
                "That contains characters or numbers that cannot be stored. Change them."
            )
        else:
            return error
        shown.__cause__ = error
        return shown

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            connection = self._open()
            self._identity = self._file_identity()
            self._connection = connection
        self._check_file()
        return self._connection

    def _opened_for_reading(self) -> sqlite3.Connection:
        if self._reading is None:
            # Only a file that exists and has today's tables can be read. Where the other thread has
            # opened it, this must not wait for that thread: it may be waiting itself.
            if self._reader is self._thread:
                self._opened()
            elif self._connection is None:
                self._thread.submit(self._opened).result()
            self._reading = self._connect()
            self._reading.execute("PRAGMA query_only = ON")
        self._check_file()
        return self._reading

    def _file_identity(self) -> tuple[int, int] | None:
        """Device and inode of the file at our path; None where there is none."""
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _check_file(self) -> None:
        """Check that the open file is still the one at our path: SQLite itself never notices."""
        if self._file_identity() != self._identity:
            raise self._unusable(
                "was deleted, moved or replaced while it was in use. Put it back, or restart to use"
                " what is there now"
            )

    def _ring(self) -> None:
        """Ring the bell that other processes wait for (`file_watch`)."""
        now = time.time_ns()
        with suppress(OSError):
            os.utime(self.path, ns=(now, now))

    def _open(self) -> sqlite3.Connection:
        self._make_private_file()
        connection = self._connect()
        try:
            connection.execute("PRAGMA synchronous = FULL")
            in_transaction(connection, "BEGIN EXCLUSIVE", self._migrate)
            _use_wal(connection)
            in_transaction(connection, "BEGIN IMMEDIATE", _forget_old_notices)
        except BaseException:
            connection.close()
            raise
        self._make_private()
        return connection

    def _connect(self) -> sqlite3.Connection:
        # Each connection is used by the one thread that opened it.
        connection = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None)
        connection.row_factory = sqlite3.Row
        return connection

    def _make_private_file(self) -> None:
        missing = [folder for folder in self.path.parents if not folder.exists()]
        for folder in reversed(missing):
            folder.mkdir(_PRIVATE_FOLDER, exist_ok=True)
        # SQLite would create it with the umask's mode; its companions inherit the mode of the file.
        # Only a new file is opened here: closing an existing one would drop our locks on it.
        with suppress(FileExistsError):
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL, _PRIVATE_FILE))

    def _make_private(self) -> None:
        for suffix in ("", "-wal", "-shm"):
            # We cannot change somebody else's file, and the companions come and go.
            with suppress(OSError):
                self.path.with_name(self.path.name + suffix).chmod(_PRIVATE_FILE)

    def _in_known_schema(self, work: Work[T], connection: sqlite3.Connection) -> T:
        self._check_version(connection)
        return work(connection)

    def _check_version(self, connection: sqlite3.Connection) -> None:
        """Refuse a file that a newer program has migrated, perhaps while this one was running."""
        if _number(connection, "PRAGMA user_version") > len(MIGRATIONS):
            raise self._unusable(
                "was written by a newer version of this program. Install that version, or choose"
                " a different file"
            )

    def _migrate(self, connection: sqlite3.Connection) -> None:
        version = _number(connection, "PRAGMA user_version")
        maker = _number(connection, "PRAGMA application_id")
        tables = _number(connection, "SELECT count(*) FROM sqlite_schema")
        if maker != APPLICATION_ID and (maker or version or tables):
            raise self._unusable("belongs to another program. Choose a different file")
        self._check_version(connection)
        for statements in MIGRATIONS[version:]:
            for statement in statements:
                connection.execute(statement)
        if version < len(MIGRATIONS):
            connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")

    def _close_reading(self) -> None:
        if self._reading is not None:
            self._reading.close()
            self._reading = None

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


_TROUBLES = {
    sqlite3.SQLITE_CANTOPEN: "cannot be opened. Check that its folder exists and is writable",
    sqlite3.SQLITE_PERM: "may not be opened. Check its permissions, or choose a different file",
    sqlite3.SQLITE_READONLY: "cannot be written. Check the permissions of the file and its folder",
    sqlite3.SQLITE_NOTADB: "is not a database. Choose a different file, or move this one away",
    sqlite3.SQLITE_CORRUPT: "is damaged. Restore it from a backup, or move it away to start afresh",
    sqlite3.SQLITE_FULL: "cannot grow because the disk is full. Free some space, then try again",
    sqlite3.SQLITE_IOERR: "cannot be read or written. Check that the disk is there and not full",
}
_OTHER_TROUBLE = (
    "has been changed by something else. Restore it from a backup, or move it away to start afresh"
)


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch to WAL for good. SQLite does not wait for other processes here, so this does."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchall()
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not busy or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _forget_old_notices(connection: sqlite3.Connection) -> None:
    """Drop old notices: an embedded backend has no courier, so its outbox would only grow."""
    oldest = int((time.time() - KEEP_NOTICES_SECONDS) * 1_000_000)
    connection.execute("DELETE FROM outbox WHERE created_at < ?", (oldest,))


def _number(connection: sqlite3.Connection, query: str) -> int:
    return int(connection.execute(query).fetchone()[0])
