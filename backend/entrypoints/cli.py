"""The command line of `nim-backend`: its subcommands, exit statuses and one-line errors.

Each subcommand is a module with `add_parser(commands)`, which sets `run`: a function from the
parsed arguments to an exit status. A subcommand imports what it needs when it runs.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from importlib import metadata
from typing import NoReturn

from backend.domain.errors import BadRequest, NimError, NotSignedIn, Unavailable
from backend.entrypoints import aws, backups, serve, users

log = logging.getLogger(__name__)

DONE, REFUSED, USAGE, SIGNED_OUT, UNREACHABLE = range(5)


class Parser(argparse.ArgumentParser):
    """argparse with one-line errors."""

    def error(self, message: str) -> NoReturn:
        self.exit(USAGE, f"{self.prog}: {message}. See {self.prog} --help.\n")


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = Parser(
        prog="nim-backend",
        description="Run and administer the backend of nim-tui, misère Nim for two.",
        epilog="Exit status: 0 done; 1 refused; 2 wrong usage; 3 not signed in; "
        "4 the backend or its database cannot be used.",
    )
    top.add_argument("--version", action="version", version=f"nim-backend {_version()}")
    commands: argparse._SubParsersAction[argparse.ArgumentParser] = top.add_subparsers(
        metavar="COMMAND", required=True, parser_class=Parser
    )
    serve.add_parser(commands)
    users.add_parser(commands)
    backups.add_parser(commands)
    aws.add_parser(commands)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command. Returns its exit status."""
    arguments = parser().parse_args(argv)
    try:
        status: int = arguments.run(arguments)
        sys.stdout.flush()
    except BadRequest as error:
        return _fail(error.message, USAGE)
    except NotSignedIn as error:
        return _fail(error.message, SIGNED_OUT)
    except Unavailable as error:
        return _fail(error.message, UNREACHABLE)
    except NimError as error:
        return _fail(error.message, REFUSED)
    except KeyboardInterrupt:
        return REFUSED
    except BrokenPipeError:
        # The reader of our output has gone. The interpreter's own flush at exit must not fail.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return REFUSED
    except Exception as error:  # last resort: one line; the log, where there is one, has the rest
        if logging.getLogger().handlers:  # else Python itself would print it
            log.exception("internal error")
        kind = type(error).__name__
        return _fail(f"stopped by an internal error ({kind}). Start it again.", REFUSED)
    return status


def _fail(message: str, status: int) -> int:
    print(f"nim-backend: {message}", file=sys.stderr)
    return status


def _version() -> str:
    try:
        return metadata.version("nim-tui")
    except metadata.PackageNotFoundError:
        return "(not installed)"
