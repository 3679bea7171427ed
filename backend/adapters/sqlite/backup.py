"""A consistent copy of a database that is in use, and the way back from it.

A copy made with `cp` is neither consistent nor safe to put back: a `-wal` file that a crashed
server left beside the old database would be replayed into the restored one. Here the old database
and its companions are moved aside together, while no process has it open.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from backend.adapters.sqlite.migrations import APPLICATION_ID, MIGRATIONS
from backend.domain.errors import DatabaseProblem, NimError

_PRIVATE_FILE = 0o600
_COMPANIONS = ("-wal", "-shm")
# Where SQLite puts its locks: https://sqlite.org/src/file/src/os_unix.c, PENDING_BYTE. In WAL mode
# every open connection holds one byte of this range.
_LOCK_START, _LOCK_BYTES = 0x40000000, 512


class BackupRefused(NimError):
    """The copy was not made or not put back, and nothing was changed."""

    default_message = "Nothing was changed."


@dataclass(frozen=True, slots=True)
class Contents:
    """How much a database holds."""

    games: int
    accounts: int


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back, and where the database from before is now; None if there was none."""

    contents: Contents
    aside: Path | None


def back_up(database: Path, copy: Path) -> Contents:
    """Copy the database, which may be in use, to one private file, and check that file.

    An older copy at that path is replaced at the very end.

    Raises:
        DatabaseProblem: there is no database, or it cannot be read.
        BackupRefused: the copy cannot be written there, or is damaged.

    """
    _check_target(database, copy)
    with _unfinished(copy) as unfinished:
        _copy(database, unfinished, "database")
        contents = _checked(unfinished, "copy")
        unfinished.replace(copy)
    _sync_folder(copy.parent)
    return contents


def restore(copy: Path, database: Path) -> Restored:
    """Put a copy back in place of the database, with the owner and mode of the file before it.

    Raises:
        DatabaseProblem: the copy cannot be read.
        BackupRefused: a process has the database open, or the copy is damaged, not ours or too new.

    """
    if copy.exists() and database.exists() and copy.samefile(database):
        raise BackupRefused("That is the database itself. Name the backup to restore.")
    with _nobody_using(database) as before, _unfinished(database) as unfinished:
        _copy(copy, unfinished, "backup")
        contents = _checked(unfinished, "backup")
        if before is not None:
            _keep_owner(unfinished, before)
        aside = _move_aside(database)
        unfinished.replace(database)
    _sync_folder(database.parent)
    return Restored(contents, aside)


def _check_target(database: Path, copy: Path) -> None:
    if not copy.exists():
        return
    if database.exists() and copy.samefile(database):
        raise BackupRefused("That is the database itself. Choose a different file for the backup.")
    with suppress(sqlite3.Error), closing(_opened(copy)) as connection:
        if _is_ours(connection):
            return
    raise BackupRefused(
        f"{copy} exists and is not a backup of these games. Choose a different file."
    )


@contextmanager
def _unfinished(target: Path) -> Iterator[Path]:
    """A new private file beside the target, which is gone afterwards unless it was moved."""
    path = target.with_name(f"{target.name}.unfinished-{os.getpid()}")
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, _PRIVATE_FILE))
        yield path
    except OSError as error:
        raise BackupRefused(
            f"{target} cannot be written. Check that its folder exists, is writable and has space."
        ) from error
    finally:
        with suppress(OSError):
            path.unlink(missing_ok=True)


def _copy(source: Path, target: Path, kind: str) -> None:
    """Copy a database as it is at one moment, as a single file that is safely on the disk."""
    if not source.is_file():
        raise DatabaseProblem(f"There is no {kind} at {source}. Check the path.")
    try:
        with closing(_opened(source)) as from_, closing(sqlite3.connect(target)) as to:
            if not _is_ours(from_):
                raise BackupRefused(f"{source} belongs to another program. Check the path.")
            from_.backup(to)
            to.execute("PRAGMA journal_mode = DELETE").fetchall()
    except sqlite3.Error as error:
        raise DatabaseProblem(
            f"The {kind} {source} is damaged or cannot be read, or the disk is full. Check the"
            " file, its permissions and the disk."
        ) from error
    with target.open("rb+") as file:
        os.fsync(file.fileno())


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(path.resolve()))}?mode=ro", uri=True)


def _is_ours(connection: sqlite3.Connection) -> bool:
    return _number(connection, "PRAGMA application_id") == APPLICATION_ID


def _checked(path: Path, kind: str) -> Contents:
    """What a copy holds, once SQLite has found no fault in it.

    Raises:
        BackupRefused: it is damaged, or was written by a newer version.

    """
    try:
        with closing(_opened(path)) as connection:
            if _number(connection, "PRAGMA user_version") > len(MIGRATIONS):
                raise BackupRefused(
                    f"The {kind} was written by a newer version of this program. Install that"
                    " version first."
                )
            found = connection.execute("PRAGMA integrity_check(1)").fetchall()
            if found == [("ok",)]:
                return Contents(
                    _number(connection, "SELECT count(*) FROM games"),
                    _number(connection, "SELECT count(*) FROM accounts"),
                )
    except sqlite3.Error as error:
        raise BackupRefused(_damaged(kind)) from error
    raise BackupRefused(_damaged(kind))


def _damaged(kind: str) -> str:
    return f"The {kind} is damaged. Nothing was changed; use another backup."


def _number(connection: sqlite3.Connection, question: str) -> int:
    ((number,),) = connection.execute(question).fetchall()
    return int(number)


@contextmanager
def _nobody_using(database: Path) -> Iterator[os.stat_result | None]:
    """Hold SQLite's own lock, so that no process has the file open or opens it meanwhile.

    Gives the file's owner and mode; None where there is no file.

    Raises:
        BackupRefused: a process has it open.
        DatabaseProblem: it may not be opened.

    """
    try:
        descriptor = os.open(database, os.O_RDWR)
    except FileNotFoundError:
        yield None
        return
    except OSError as error:
        raise DatabaseProblem(
            f"The database {database} may not be opened. Check its permissions."
        ) from error
    try:
        _lock(descriptor, database)
        yield os.fstat(descriptor)
    finally:
        os.close(descriptor)


def _lock(descriptor: int, database: Path) -> None:
    if sys.platform == "win32":  # a file that is open cannot be moved there, which refuses as well
        return
    import fcntl

    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, _LOCK_BYTES, _LOCK_START)
    except OSError as error:
        raise BackupRefused(
            f"{database} is in use. Stop the server and every nim-tui that plays on this file,"
            " then restore again."
        ) from error


def _keep_owner(path: Path, before: os.stat_result) -> None:
    if sys.platform != "win32":
        with suppress(PermissionError):  # only root may give a file away
            os.chown(path, before.st_uid, before.st_gid)
    path.chmod(stat.S_IMODE(before.st_mode))


def _move_aside(database: Path) -> Path | None:
    """Move the database and its companions aside, the companions first.

    If the machine stops in between, the old database is still whole or wholly aside, and no old
    `-wal` lies beside the restored one.
    """
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    aside = database.with_name(f"{database.name}.before-{moment}")
    number = 1
    while aside.exists():
        number += 1
        aside = database.with_name(f"{database.name}.before-{moment}-{number}")
    for suffix in _COMPANIONS:
        with suppress(FileNotFoundError):
            Path(f"{database}{suffix}").replace(f"{aside}{suffix}")
    try:
        database.replace(aside)
    except FileNotFoundError:
        return None
    return aside


def _sync_folder(folder: Path) -> None:
    """Make the new name survive a power cut. Windows knows no such call."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
