"""The command line of `nim-tui`: options to a place and a start, and the exit status.

0 done, 1 refused or stopped by a fault, 2 usage, 3 not signed in, 4 the backend cannot be reached
or its database cannot be used. One plain line on standard error says why.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from backend.domain.errors import NimError
from backend.domain.nim import (
    DEFAULT_HEAPS,
    FEWEST_IN_ALL,
    LEVELS,
    MOST_OBJECTS,
    RULES,
    Heaps,
    valid_heaps,
)
from nim_tui import __version__
from nim_tui.config.files import NoHome, database_path
from nim_tui.config.places import Place, Places, load_places, remember
from nim_tui.launch import LaunchOptions, WebOptions, open_client

if TYPE_CHECKING:
    from nim_tui.app import Start

USAGE = 2
UNUSABLE = 4

KEPT_FREE = ("games", "show", "new", "move", "wait", "login", "logout", "whoami", "doctor")
"""Names for the same without a screen, which no version has yet."""

_LOCAL: tuple[Start, ...] = ("hotseat", "practice", "demo")


class UsageError(Exception):
    """The command line asks for something that there is not; the message says what to do."""


class UnusablePlace(Exception):
    """Where to play is not known for certain; the message says what to do about it."""


def run(arguments: Sequence[str]) -> int:
    """Run the command; the exit status."""
    try:
        wish = understood(arguments, os.environ, load_places())
        if wish.web is not None:
            return _serve(wish, wish.web)
        _require_terminal()
        client = open_client(wish.place)
    except UsageError as error:
        return _say(str(error), USAGE)
    except UnusablePlace as error:
        return _say(str(error), UNUSABLE)
    except NimError as error:
        return _say(error.message, USAGE)
    from nim_tui.app import NimApp
    from nim_tui.terminal.runner import run_app

    client.signed_in = lambda: remember(wish.place)
    app = NimApp(
        client,
        start=wish.start,
        heaps=wish.heaps,
        rule=wish.rule,
        level=wish.level,
        user=wish.user,
    )
    return run_app(app)


def _require_terminal() -> None:
    """Refuse to start without one; streams that were closed are None.

    The next file that is opened would take the number of a closed one, and be written over.
    """
    if sys.stderr is None:
        raise UsageError("standard error is closed. Start this without 2>&-.")
    if not all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout)):
        raise UsageError("this needs a terminal: start it in one, without pipes.")


def _serve(wish: LaunchOptions, web: WebOptions) -> int:
    from nim_tui.web.page import command
    from nim_tui.web.server import serve

    def ready(url: str) -> None:
        print(f"nim-tui: open {url} in a browser of this computer; ctrl+c ends it.", flush=True)

    open_client(wish.place)  # a bad address is told now, and not in each tab
    try:
        serve(command(wish), web.port, ready)
    except OSError:
        raise UsageError(f"port {web.port} cannot be had. Choose another with --port.") from None
    return 0


def understood(
    arguments: Sequence[str], environ: Mapping[str, str], places: Places
) -> LaunchOptions:
    """What is wished.

    Raises:
        UsageError, UnusablePlace: with the line to say.
        SystemExit: after `--help` and `--version`.

    """
    given = _parser().parse_args(arguments)
    if given.command:
        name = given.command[0]
        if name in KEPT_FREE:
            raise UsageError(f"'{name}' has no form without a screen yet. Start nim-tui and play.")
        raise UsageError(f"there is no '{_shown(name)}'. nim-tui --help lists what there is.")
    start: Start = next((name for name in _LOCAL if getattr(given, name)), "welcome")
    if not given.web and (given.port is not None or given.web_session):
        raise UsageError("--port and --web-session go with --web.")
    return LaunchOptions(
        place=_place(given, environ, places),
        start=start,
        heaps=given.heaps,
        rule=given.rule,
        level=given.practice or "medium",
        user=given.user,
        web=WebOptions(port=given.port or 0, stored=given.web_session) if given.web else None,
    )


def _place(given: argparse.Namespace, environ: Mapping[str, str], places: Places) -> Place:
    """The options first, then the environment, then the place used last, then this computer."""
    if not given.aws and (given.region or given.profile):
        raise UsageError("--region and --profile go with --aws.")
    if given.aws:
        region = given.region or environ.get("AWS_REGION") or None
        return Place(aws=True, region=region, profile=given.profile)
    server = given.server
    data = given.data
    if server is None and data is None:
        server = environ.get("BASE_URL") or None
        data = environ.get("NIM_DATA") or None
    if server is not None:
        url = places.url_of(server)
        if places.problem and url == server and "://" not in url and "." not in url:
            raise UnusablePlace(f"no server is known as '{_shown(server)}': {places.problem}")
        return Place(server=url, insecure=given.insecure)
    if given.insecure and data is not None:
        raise UsageError("--insecure goes with --server.")
    if data == "":
        raise UsageError("--data takes a file's name.")
    if data is not None:
        return Place(data=_path(data))
    if places.problem:
        # The place used last may be another one than this computer.
        raise UnusablePlace(places.problem)
    try:
        return places.last or Place(data=str(database_path()))
    except NoHome:
        raise UnusablePlace(
            "there is no home folder to keep games in. Set HOME, or name a file with --data."
        ) from None


def _path(data: str) -> str:
    """A database's absolute path."""
    try:
        path = Path(data).expanduser().absolute()
    except (RuntimeError, OSError):  # no such user or no HOME; the current folder is gone
        raise UsageError(f"--data {_shown(data)} leads nowhere. Give the whole path.") from None
    if "\0" in data:
        raise UsageError("--data takes a file's name, without control characters.")
    return str(path)


def _heaps(text: str) -> Heaps:
    parts = [part.strip() for part in text.split(",")]
    heaps = [int(part) for part in parts if part.isascii() and part.isdigit() and len(part) < 4]
    if len(heaps) != len(parts) or not valid_heaps(heaps):
        raise argparse.ArgumentTypeError(
            f"takes three heaps of 0 to {MOST_OBJECTS}, {FEWEST_IN_ALL} or more in all, like 5,4,5"
        )
    return (heaps[0], heaps[1], heaps[2])


def _level(text: str) -> str:
    if text not in LEVELS:
        raise argparse.ArgumentTypeError(f"takes {', '.join(LEVELS)}")
    return text


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise argparse.ArgumentTypeError("takes a number from 0 to 65535")
    return int(text)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}. nim-tui --help lists the options.")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="nim-tui",
        description="Misère Nim for two in the terminal. Without an option it goes on in the "
        "place used last, or plays on this computer.",
        allow_abbrev=False,
    )
    where = parser.add_argument_group("where to play").add_mutually_exclusive_group()
    where.add_argument("--server", metavar="URL", help="on an HTTP backend, or one known by name")
    where.add_argument("--aws", action="store_true", help="straight on AWS, with your credentials")
    where.add_argument("--data", metavar="FILE", help="on this computer, in this database file")
    who = parser.add_argument_group("with these")
    who.add_argument("--user", metavar="NAME", help="as this player, where several are signed in")
    who.add_argument("--region", help="of AWS")
    who.add_argument("--profile", help="of the AWS credentials")
    who.add_argument(
        "--insecure", action="store_true", help="plain http to a server, readable on the way"
    )
    boards = parser.add_argument_group("at once, without account or network")
    which = boards.add_mutually_exclusive_group()
    which.add_argument("--hotseat", action="store_true", help="two people at one keyboard")
    which.add_argument(
        "--practice",
        nargs="?",
        const="medium",
        type=_level,
        metavar="|".join(LEVELS),
        help="against the computer",
    )
    which.add_argument("--demo", action="store_true", help="two computers, until a key is pressed")
    boards.add_argument(
        "--heaps",
        type=_heaps,
        default=DEFAULT_HEAPS,
        metavar="5,4,5",
        help="the objects at the start",
    )
    boards.add_argument(
        "--rule", choices=RULES, default="misere", help="whether the last object loses or wins"
    )
    browser = parser.add_argument_group("in a browser of this computer, instead of this terminal")
    browser.add_argument("--web", action="store_true", help="show the address to open, and serve")
    browser.add_argument("--port", type=_port, help="to serve on; without it, any free one")
    browser.add_argument(
        "--web-session", action="store_true", help="stay signed in there as in this terminal"
    )
    parser.add_argument("--version", "-V", action="version", version=f"nim-tui {__version__}")
    parser.add_argument("command", nargs="*", help=argparse.SUPPRESS)
    return parser


def _shown(text: str) -> str:
    return "".join(char for char in text if char.isprintable())[:40]


def _say(message: str, status: int) -> int:
    print(f"nim-tui: {message}", file=sys.stderr)
    return status
