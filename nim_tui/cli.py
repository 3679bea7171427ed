"""The command line of `nim-tui`: from options to a place and a first screen, and the exit status.

0 done, 1 refused or crashed, 2 usage, 3 not signed in, 4 the backend cannot be reached or its
database cannot be used. One plain line on standard error says why.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from typing import TYPE_CHECKING

from backend.domain.errors import NimError
from backend.domain.nim import DEFAULT_HEAPS, LEVELS, RULES
from nim_tui import __version__
from nim_tui.config.places import Places, load_places, remember
from nim_tui.config.settings import Settings, load_settings
from nim_tui.launch import LaunchOptions, WebOptions, check_address, open_client
from nim_tui.options import (
    COMPLETE,
    JSON,
    PROGRAM,
    OptionParser,
    UnreadablePlaces,
    UsageError,
    add_place_options,
    chosen_place,
    heaps,
    port,
    printable,
    require_extra,
    start_log,
)

if TYPE_CHECKING:
    from nim_tui.client.client import NimClient
    from nim_tui.local_boards import Start

USAGE = 2
UNUSABLE = 4

# Twice as many as there are after the first frame; see `_show`.
_START_OBJECTS = 200_000

_COLOR_SYSTEMS = ("auto", "standard", "256", "truecolor", "windows")
_LOCAL: tuple[Start, ...] = ("hotseat", "practice", "demo")


def run(arguments: Sequence[str]) -> int:
    """Run the command; the exit status."""
    # Options alone start the client, without reading the table of subcommands.
    if any(not word.startswith("-") for word in arguments):
        if arguments[0] == COMPLETE:
            return _complete(arguments[1:])
        from nim_tui.shell.main import run as run_subcommand

        if (status := run_subcommand(arguments)) is not None:
            return status
    try:
        places = load_places()
        options = parse_arguments(arguments, os.environ, places)
        if options.web is not None:
            return _serve(options, options.web)
        settings = load_settings()
        why = _accessible_because(options, settings)
        _require_terminal(screen=why is None)
        check_address(options.place)
    except NimError as error:
        status = UNUSABLE if isinstance(error, UnreadablePlaces) else USAGE
        return _report(error.message, status, as_json=JSON in arguments)

    def client() -> NimClient:
        opened = open_client(options.place)
        opened.signed_in = lambda: remember(options.place)
        opened.given_name = places.name_of(options.place)
        return opened

    if why is not None:
        return _talk(client(), options, settings, why)
    drop_odd_variables(os.environ)
    return _show(client, options, settings)


def _show(client: Callable[[], NimClient], options: LaunchOptions, settings: Settings) -> int:
    """Run the client with screens; the exit status.

    What is made until the first screen is drawn stays: looking for garbage in it, again and again
    while it grows, took a tenth of the time until then.
    """
    usual = gc.get_threshold()

    def drawn() -> None:
        gc.freeze()
        gc.set_threshold(*usual)

    gc.set_threshold(_START_OBJECTS)
    try:
        from nim_tui.app import NimApp
        from nim_tui.terminal.runner import run_app

        app = NimApp(
            client,
            start=options.start,
            heaps=options.heaps,
            rule=options.rule,
            level=options.level,
            user=options.user,
            settings=settings,
            drawn=drawn,
        )
        return run_app(app)
    finally:
        gc.set_threshold(*usual)


def drop_odd_variables(environ: MutableMapping[str, str]) -> None:
    """Remove what Textual reads when it is imported, and would end the client on.

    They are for developers of Textual; the browser's driver is one of its own.
    """
    if not environ.get("TEXTUAL_DRIVER", "").startswith("textual.drivers."):
        environ.pop("TEXTUAL_DRIVER", None)
    if environ.get("TEXTUAL_COLOR_SYSTEM") not in _COLOR_SYSTEMS:
        environ.pop("TEXTUAL_COLOR_SYSTEM", None)
    environ.pop("TEXTUAL_LOG", None)  # our own is --log


def _accessible_because(options: LaunchOptions, settings: Settings) -> str | None:
    """Why the games are lines and questions; None where they are screens."""
    if options.accessible is None and not settings.accessible and "ACCESSIBLE" not in os.environ:
        return None
    from nim_tui.accessible.main import reason

    return reason(options, os.environ, settings)


def _talk(client: NimClient, options: LaunchOptions, settings: Settings, why: str) -> int:
    from nim_tui.accessible.main import run as talk
    from nim_tui.shell.main import reader_gone

    try:
        return talk(client, options, settings, why=why)
    except BrokenPipeError:
        return reader_gone()
    except NimError as error:
        return _report(error.message, UNUSABLE)


def _require_terminal(*, screen: bool) -> None:
    """Refuse to start without one, if there is to be a screen; streams that were closed are None.

    The next file that is opened would take the number of a closed one, and be written over.
    """
    if sys.stderr is None:
        raise UsageError("standard error is closed. Start this without 2>&-.")
    if not screen and sys.stdout is not None:
        return
    if not all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout)):
        raise UsageError("this needs a terminal. Start it in one, without pipes.")


def _complete(words: Sequence[str]) -> int:
    """Print what may stand for the last of the words: called by the shells' completion scripts."""
    from nim_tui.shell.completing import complete

    for found in complete(words, _parser().long_options):
        print(found)
    return 0


def _serve(options: LaunchOptions, web: WebOptions) -> int:
    require_extra("web", "--web", "aiohttp", "textual_serve")
    from nim_tui.web.page import command
    from nim_tui.web.server import serve

    def ready(url: str) -> None:
        print(f"nim-tui: open {url} in a browser on this computer; ctrl+c stops it.", flush=True)

    check_address(options.place)  # reports a bad address now, not in each tab
    try:
        serve(command(options), web.port, ready)
    except OSError:
        raise UsageError(
            f"port {web.port} is in use, or you may not use it. Choose another with --port."
        ) from None
    return 0


def parse_arguments(
    arguments: Sequence[str], environ: Mapping[str, str], places: Places
) -> LaunchOptions:
    """What to start, and where.

    Raises:
        UsageError, UnreadablePlaces: with the message for the person.
        SystemExit: after `--help` and `--version`.

    """
    given = _parser().parse_args(arguments)
    start_log(given)
    if given.command:
        name = printable(given.command[0])
        raise UsageError(f"unknown command '{name}'. See nim-tui --help.")
    if given.json:
        raise UsageError("--json needs a command, such as nim-tui games --json.")
    start: Start = next((name for name in _LOCAL if getattr(given, name)), "welcome")
    if not given.web and (given.port is not None or given.web_session):
        raise UsageError("--port and --web-session need --web.")
    if given.web and given.accessible:
        raise UsageError("--web shows screens, so it does not go with --accessible.")
    return LaunchOptions(
        place=chosen_place(given, environ, places),
        start=start,
        heaps=given.heaps,
        rule=given.rule,
        level=given.practice or "medium",
        user=given.user,
        web=WebOptions(port=given.port or 0, stored=given.web_session) if given.web else None,
        accessible=given.accessible,
    )


def _level(text: str) -> str:
    if text not in LEVELS:
        raise argparse.ArgumentTypeError(f"needs one of {', '.join(LEVELS)}")
    return text


HELP = """\
usage: nim-tui [OPTIONS]            play misère Nim for two in this terminal
       nim-tui COMMAND [OPTIONS]    do one thing without a screen, as scripts do

where to play (default: the place used last, or else this computer)
  --server URL   --place NAME   --data FILE   --aws [--region R] [--profile P]
  --user NAME    the player, if several are signed in
  --insecure     allow unencrypted http to a server
a board at once, without account or network
  --hotseat      two people at one keyboard
  --practice     against the computer: easy, medium (the default) or perfect
  --demo         two computers play until you press a key
  --heaps 5,4,5  objects at the start   --rule misere|normal  who wins
in a browser on this computer, instead of this terminal
  --web          print the address  --port N  --web-session  with your sign-ins
commands (nim-tui COMMAND --help; --json prints JSON)
{commands}
more
  --accessible   lines and questions (or ACCESSIBLE=1)   --no-accessible
  --log FILE     --log-level debug|info|warning|error  -h, --help  -V, --version
"""


class _ClientParser(OptionParser):
    """Prints a help that fits a terminal of 80 columns and 24 rows."""

    def format_help(self) -> str:
        from nim_tui.shell.arguments import commands_help

        return HELP.format(commands=commands_help())


def _parser() -> OptionParser:
    parser = _ClientParser(prog=PROGRAM, allow_abbrev=False)
    add_place_options(parser)
    _add_boards(parser)
    parser.add_argument(
        "--accessible",
        action=argparse.BooleanOptionalAction,
        help="lines and questions instead of screens",
    )
    _add_browser(parser)
    parser.add_argument("--version", "-V", action="version", version=f"{PROGRAM} {__version__}")
    parser.add_argument("command", nargs="*", help=argparse.SUPPRESS)
    parser.add_argument(JSON, action="store_true", help=argparse.SUPPRESS)
    return parser


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
        type=heaps,
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
    group.add_argument("--port", type=port, help="the port to serve on (default: any free one)")
    group.add_argument(
        "--web-session", action="store_true", help="use this computer's stored sign-ins there"
    )


def _report(message: str, status: int, *, as_json: bool = False) -> int:
    """Say in one line why the client does not start; scripts may ask for a document."""
    if as_json:
        from nim_tui.shell.main import report

        code = UsageError.code if status == USAGE else UnreadablePlaces.code
        return report(code, message, status, as_json=True)
    print(f"nim-tui: {message}", file=sys.stderr)
    return status
