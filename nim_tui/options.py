"""Options that the client and its subcommands share: the place, the player, and a game's start."""

from __future__ import annotations

import argparse
import importlib.util
import shlex
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, NoReturn

from backend.domain.errors import NimError
from backend.domain.nim import FEWEST_IN_ALL, MOST_OBJECTS, Heaps, valid_heaps
from backend.user_files import NoHome, database_path
from nim_tui.config.places import Place, Places

PROGRAM = "nim-tui"
LOG_LEVELS = ("debug", "info", "warning", "error")
JSON = "--json"
"""The option of every subcommand that wants one document instead of lines."""
COMPLETE = "_complete"
"""The hidden first word: `nim-tui _complete WORD …` prints what may stand for the last word."""


class UsageError(NimError):
    """The command line is wrong; the message says what to do."""

    code: ClassVar[str] = "usage"


class UnreadablePlaces(NimError):
    """`places.toml` is needed, and cannot be read."""

    code: ClassVar[str] = "unavailable"


class OptionParser(argparse.ArgumentParser):
    """Raises UsageError where argparse would print its own message and exit."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{printable(message, 200)}. See {self.prog} --help.")

    @property
    def long_options(self) -> list[str]:
        """Every option that begins with two dashes."""
        return [option for option in self._option_string_actions if option.startswith("--")]


def printable(text: str, length: int = 40) -> str:
    """What of a text from the command line may be shown in a message."""
    return "".join(char for char in text if char.isprintable())[:length]


def add_place_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that choose a place and a player."""
    place = parser.add_argument_group("where to play").add_mutually_exclusive_group()
    place.add_argument("--server", metavar="URL", help="an HTTP backend, or a known server's name")
    place.add_argument("--aws", action="store_true", help="AWS directly, with your credentials")
    place.add_argument("--data", metavar="FILE", help="this computer, with this database file")
    place.add_argument("--place", metavar="NAME", help="a named place (see nim-tui places list)")
    details = parser.add_argument_group("and how")
    details.add_argument("--user", metavar="NAME", help="the player, if several are signed in")
    details.add_argument("--region", help="the AWS region")
    details.add_argument("--profile", help="the profile of the AWS credentials")
    details.add_argument(
        "--insecure", action="store_true", help="allow unencrypted http to a server"
    )
    details.add_argument("--log", metavar="FILE", help="add to this file what is done")
    details.add_argument("--log-level", choices=LOG_LEVELS, help="how much of it (default: info)")


def start_log(given: argparse.Namespace) -> None:
    """Begin the log that the options ask for. Raises: UsageError."""
    if given.log is None:
        if given.log_level is not None:
            raise UsageError("--log-level needs --log.")
        return
    from nim_tui.log import open_log

    try:
        open_log(Path(given.log).expanduser(), given.log_level or "info")
    except (OSError, ValueError, RuntimeError):
        raise UsageError(
            f"--log {printable(given.log)} cannot be written. Choose another file."
        ) from None


def chosen_place(given: argparse.Namespace, environ: Mapping[str, str], places: Places) -> Place:
    """From the options, else the environment, else the place used last, else this computer.

    Raises:
        UsageError: options that do not go together, or an unknown name.
        UnreadablePlaces: a name, or the place used last, has to be looked up and cannot be.

    """
    if not given.aws and (given.region or given.profile):
        raise UsageError("--region and --profile need --aws.")
    if given.aws:
        region = given.region or environ.get("AWS_REGION") or None
        return Place(aws=True, region=region, profile=given.profile)
    if given.place is not None:
        return _named(given, places)
    server = given.server
    data = given.data
    if server is None and data is None:
        server = environ.get("BASE_URL") or None
        data = environ.get("NIM_DATA") or None
    if server is not None:
        return _server(given, server, places)
    if given.insecure and data is not None:
        raise UsageError("--insecure needs --server.")
    if data == "":
        raise UsageError("--data needs a file name.")
    if data is not None:
        return Place(data=_path(data))
    if places.problem:
        # The place used last may be another one than this computer.
        raise UnreadablePlaces(places.problem)
    try:
        return places.last or Place(data=str(database_path()))
    except NoHome:
        raise UnreadablePlaces(
            "there is no home folder to keep games in. Set HOME, or name a file with --data."
        ) from None


def _path(data: str) -> str:
    """A database's absolute path. Raises: UsageError."""
    try:
        path = Path(data).expanduser().absolute()
    except (RuntimeError, OSError):  # no such user or no HOME; the current folder is gone
        raise UsageError(f"--data {printable(data)} leads nowhere. Give the whole path.") from None
    if "\0" in data:
        raise UsageError("--data needs a file name without control characters.")
    return str(path)


def _server(given: argparse.Namespace, server: str, places: Places) -> Place:
    url = places.url_of(server)
    if places.problem and url == server and "://" not in url and "." not in url:
        raise UnreadablePlaces(f"unknown server '{printable(server)}': {places.problem}")
    return Place(server=url, insecure=given.insecure)


def _named(given: argparse.Namespace, places: Places) -> Place:
    if places.problem:
        raise UnreadablePlaces(places.problem)
    place = places.named.get(given.place)
    if place is None:
        raise UsageError(f"unknown place '{printable(given.place)}'. See {PROGRAM} places list.")
    if given.insecure and place.server is None:
        raise UsageError("--insecure needs --server.")
    return replace(place, insecure=True) if given.insecure else place


def require_extra(extra: str, option: str, *modules: str) -> None:
    """Check that the modules of an optional extra are installed. Raises: UsageError."""
    if all(importlib.util.find_spec(module) for module in modules):
        return
    # pip takes the extra of what is installed, from a checkout too: it fetches no nim-tui.
    pip = shlex.join([sys.executable, "-m", "pip", "install", f"{PROGRAM}[{extra}]"])
    raise UsageError(f"{option} needs the {extra} extra. Install it with: {pip}")


def port(text: str) -> int:
    """A port in an option. Raises: ArgumentTypeError."""
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise argparse.ArgumentTypeError("needs a number from 0 to 65535")
    return int(text)


def heaps(text: str) -> Heaps:
    """The heaps in an option such as `5,4,5`. Raises: ArgumentTypeError."""
    parts = [part.strip() for part in text.split(",")]
    counts = [int(part) for part in parts if part.isascii() and part.isdigit() and len(part) < 4]
    if len(counts) != len(parts) or not valid_heaps(counts):
        raise argparse.ArgumentTypeError(
            f"needs three heaps of 0 to {MOST_OBJECTS}, {FEWEST_IN_ALL} or more in all, like 5,4,5"
        )
    return (counts[0], counts[1], counts[2])
