"""`nim-backend backup` and `nim-backend restore`: copies of a SQLite database."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from backend.domain.errors import BadRequest

if TYPE_CHECKING:
    from backend.adapters.sqlite.backup import Contents

BACKUP = """\
Copy all games and accounts to one file, even while servers and players use the database.

The copy is consistent, readable by you alone (mode 0600), and checked before it gets its name. An
older backup of that name is replaced."""

RESTORE = """\
Put a backup in place of the database.

Stop everything that uses the database first; while anything does, nothing is changed. The database
from before is moved aside with its companions, and its owner and mode are kept."""

EPILOG = """\
examples:
  nim-backend backup /backup/games.db
  nim-backend restore /backup/games.db --store sqlite:/var/lib/nim/games.db"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `backup` and `restore` to the command line."""
    for name, text, description, run in (
        ("backup", "copy the SQLite database while it is in use", BACKUP, _back_up),
        ("restore", "put a backup in place of the database", RESTORE, _restore),
    ):
        made = commands.add_parser(
            name,
            help=text,
            description=description,
            epilog=EPILOG,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        made.add_argument("file", metavar="FILE", help="the backup")
        made.add_argument(
            "--store", metavar="sqlite:FILE", help="the database (default: as for serve)"
        )
        made.set_defaults(run=run)


def _back_up(arguments: argparse.Namespace) -> int:
    from backend.adapters.sqlite.backup import back_up

    contents = back_up(_database(arguments), Path(arguments.file))
    print(f"Backed up {counted(contents)} to {arguments.file}.")
    return 0


def _restore(arguments: argparse.Namespace) -> int:
    from backend.adapters.sqlite.backup import restore

    database = _database(arguments)
    restored = restore(Path(arguments.file), database)
    print(f"Restored {counted(restored.contents)} to {database}.")
    if restored.aside is not None:
        print(f"The database from before is at {restored.aside}.")
    return 0


def _database(arguments: argparse.Namespace) -> Path:
    from backend.config.settings import chosen_store

    choice, _ = chosen_store(arguments.store, os.environ)
    if choice.path is None:
        raise BadRequest(
            "Backups are for SQLite. On DynamoDB, restore the table to a point in time: docs/aws.md"
        )
    return choice.path


def counted(contents: Contents) -> str:
    """How much there is, in words."""
    games, accounts = contents.games, contents.accounts
    return (
        f"{games} {'game' if games == 1 else 'games'} and"
        f" {accounts} {'account' if accounts == 1 else 'accounts'}"
    )
