"""The command line of `nim-tui`: from options to a place and a first screen, and the exit status.

0 done, 1 refused or crashed, 2 usage, 3 not signed in, 4 the backend cannot be reached or its
database cannot be used. One plain line on standard error says why.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import shlex
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
from backend.user_files import NoHome, database_path
from nim_tui import __version__
from nim_tui.config.places import Place, Places, load_places, remember
from nim_tui.launch import LaunchOptions, WebOptions, open_client

if TYPE_CHECKING:
    from nim_tui.app import Start

PACKAGE = "nim-tui"
USAGE = 2
UNUSABLE = 4

RESERVED = ("games", "show", "new", "move", "wait", "login", "logout", "whoami", "doctor")
"""Subcommands of later versions."""

_LOCAL: tuple[Start, ...] = ("hotseat", "practice", "demo")


class UsageError(Exception):
    """The command line is wrong; the message says what to do."""


class UnusablePlace(Exception):
    """Where to play is not known for certain; the message says what to do about it."""


def run(arguments: Sequence[str]) -> int:
    """Run the command; the exit status."""
    try:
        options = parse_arguments(arguments, os.environ, load_places())
        if options.web is not None:
            return _serve(options, options.web)
        _require_terminal()
        client = open_client(options.place)
    except UsageError as error:
        return _report(str(error), USAGE)
    except UnusablePlace as error:
        return _report(str(error), UNUSABLE)
    except NimError as error:
        return _report(error.message, USAGE)
    from nim_tui.app import NimApp
    from nim_tui.terminal.runner import run_app

    client.signed_in = lambda: remember(options.place)
    app = NimApp(
        client,
        start=options.start,
        heaps=options.heaps,
        rule=options.rule,
        level=options.level,
        user=options.user,
    )
    return run_app(app)


def _require_terminal() -> None:
    """Refuse to start without one; streams that were closed are None.

    The next file that is opened would take the number of a closed one, and be written over.
    """
    if sys.stderr is None:
        raise UsageError("standard error is closed. Start this without 2>&-.")
    if not all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout)):
        raise UsageError("this needs a terminal. Start it in one, without pipes.")


def _serve(options: LaunchOptions, web: WebOptions) -> int:
    _require_extra("web", "--web", "aiohttp", "textual_serve")
    from nim_tui.web.page import command
    from nim_tui.web.server import serve

    def ready(url: str) -> None:
        print(f"nim-tui: open {url} in a browser on this computer; ctrl+c stops it.", flush=True)

    open_client(options.place)  # reports a bad address now, not in each tab
    try:
        serve(command(options), web.port, ready)
    except OSError:
        raise UsageError(
            f"port {web.port} is in use, or you may not use it. Choose another with --port."
        ) from None
    return 0


def _require_extra(extra: str, option: str, *modules: str) -> None:
    """Check that the modules of an optional extra are installed. Raises: UsageError."""
    if all(importlib.util.find_spec(module) for module in modules):
        return
    # pip takes the extra of what is installed, from a checkout too: it fetches no nim-tui.
    pip = shlex.join([sys.executable, "-m", "pip", "install", f"{PACKAGE}[{extra}]"])
    raise UsageError(f"{option} needs the {extra} extra. Install it with: {pip}")


def parse_arguments(
    arguments: Sequence[str], environ: Mapping[str, str], places: Places
) -> LaunchOptions:
    """What to start, and where.

    Raises:
        UsageError, UnusablePlace: with the message for the person.
        SystemExit: after `--help` and `--version`.

    """
    given = _parser().parse_args(arguments)
    if given.command:
        name = given.command[0]
        if name in RESERVED:
            raise UsageError(f"'{name}' is not available yet. Start nim-tui without it and play.")
        raise UsageError(f"unknown command '{_shown(name)}'. See nim-tui --help.")
    start: Start = next((name for name in _LOCAL if getattr(given, name)), "welcome")
    if not given.web and (given.port is not None or given.web_session):
        raise UsageError("--port and --web-session need --web.")
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
    """From the options, else the environment, else the place used last, else this computer."""
    if not given.aws and (given.region or given.profile):
        raise UsageError("--region and --profile need --aws.")
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
            raise UnusablePlace(f"unknown server '{_shown(server)}': {places.problem}")
        return Place(server=url, insecure=given.insecure)
    if given.insecure and data is not None:
        raise UsageError("--insecure needs --server.")
    if data == "":
        raise UsageError("--data needs a file name.")
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
            f"needs three heaps of 0 to {MOST_OBJECTS}, {FEWEST_IN_ALL} or more in all, like 5,4,5"
        )
    return (heaps[0], heaps[1], heaps[2])


def _level(text: str) -> str:
    if text not in LEVELS:
        raise argparse.ArgumentTypeError(f"needs one of {', '.join(LEVELS)}")
    return text


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise argparse.ArgumentTypeError("needs a number from 0 to 65535")
    return int(text)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}. See nim-tui --help.")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog=PACKAGE,
        description="Misère Nim for two in the terminal. Without options it opens the place used "
        "last, or else plays on this computer.",
        allow_abbrev=False,
    )
    _add_places(parser)
    _add_boards(parser)
    _add_browser(parser)
    parser.add_argument("--version", "-V", action="version", version=f"{PACKAGE} {__version__}")
    parser.add_argument("command", nargs="*", help=argparse.SUPPRESS)
    return parser


def _add_places(parser: argparse.ArgumentParser) -> None:
    place = parser.add_argument_group("where to play").add_mutually_exclusive_group()
    place.add_argument("--server", metavar="URL", help="an HTTP backend, or a known server's name")
    place.add_argument("--aws", action="store_true", help="AWS directly, with your credentials")
    place.add_argument("--data", metavar="FILE", help="this computer, with this database file")
    details = parser.add_argument_group("and how")
    details.add_argument("--user", metavar="NAME", help="the player, if several are signed in")
    details.add_argument("--region", help="the AWS region")
    details.add_argument("--profile", help="the profile of the AWS credentials")
    details.add_argument(
        "--insecure", action="store_true", help="allow unencrypted http to a server"
    )


def _add_boards(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("a board at once, without account or network")
    board = group.add_mutually_exclusive_group()
    board.add_argument("--hotseat", action="store_true", help="two people at one keyboard")
    board.add_argument(
        "--practice",
        nargs="?",
        const="medium",
        type=_level,
        metavar="|".join(LEVELS),
        help="against the computer (default: medium)",
    )
    board.add_argument(
        "--demo", action="store_true", help="two computers play until you press a key"
    )
    group.add_argument(
        "--heaps",
        type=_heaps,
        default=DEFAULT_HEAPS,
        metavar="5,4,5",
        help="how many objects each heap starts with",
    )
    group.add_argument(
        "--rule", choices=RULES, default="misere", help="taking the last object loses, or wins"
    )


def _add_browser(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("in a browser on this computer, instead of this terminal")
    group.add_argument("--web", action="store_true", help="serve the game and print its address")
    group.add_argument("--port", type=_port, help="the port to serve on (default: any free one)")
    group.add_argument(
        "--web-session", action="store_true", help="use this computer's stored sign-ins there"
    )


def _shown(text: str) -> str:
    return "".join(char for char in text if char.isprintable())[:40]


def _report(message: str, status: int) -> int:
    print(f"nim-tui: {message}", file=sys.stderr)
    return status
