"""Subcommands that came over ssh: in this process, for a player whom a key has signed in.

They know neither the server's environment nor its files: no place, no keyring, no settings but the
player's own.
"""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Coroutine, Sequence
from typing import TYPE_CHECKING, Any, TextIO, cast

from backend.domain.errors import NimError, NotSignedIn
from nim_tui.options import UsageError
from nim_tui.shell.arguments import find_command, parser_of, wants_json
from nim_tui.shell.call import AsPlayer, Invocation
from nim_tui.shell.command import Command
from nim_tui.shell.errors import DONE, code_of, error_line, status_of
from nim_tui.shell.output import Output
from nim_tui.terminal.capabilities import Terminal

if TYPE_CHECKING:
    from nim_tui.client.client import NimClient
    from nim_tui.config.settings import Settings
    from nim_tui.ssh.visit import CommandCall

PERMITTED = frozenset(
    {
        "account show", "claim", "decline", "games", "invite", "join", "move", "new", "rematch",
        "resign", "review", "show", "wait", "whoami",
    }
)  # fmt: skip
"""Every other command, known or not, is refused as a wrong use."""

NO_KEY = (
    "Nobody is signed in. Connect once with a key and without a command, sign in, and let the key"
    " be remembered."
)
NO_KEYS_HERE = "Nobody is signed in, and this server remembers no keys. Connect without a command."


async def run_remote(call: CommandCall) -> int:
    """Run a command; its exit status."""
    as_json = False
    try:
        words = _words(call.text)
        as_json = wants_json(words)
        command, rest = _permitted(words)
        parser = parser_of(command, places=False)
        if "--help" in rest or "-h" in rest:
            call.write(parser.format_help())
            return DONE
        given = parser.parse_intermixed_args(rest)
        invocation = RemoteInvocation(given, {}, _RemoteOutput(call, as_json=given.json))
        command.run(invocation)
        await _sign_in(call)
        await invocation.finish(call.visitor.client)
        return invocation.status
    except NimError as error:
        call.complain(f"{error_line(code_of(error), error.message, as_json=as_json)}\n")
        return status_of(error)


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        raise UsageError("a quotation mark is missing its other half.") from None


def _permitted(words: Sequence[str]) -> tuple[Command, list[str]]:
    found = find_command(words)
    if found is None or found[0].name not in PERMITTED:
        names = ", ".join(sorted(PERMITTED))
        raise UsageError(f"over ssh there are only these commands: {names}.")
    command, rest = found
    return _JOIN if command.name == _JOIN.name else command, rest


def _code_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("code", metavar="CODE", help="the invitation, as it was sent to you")


async def _join(call: Invocation, client: NimClient) -> None:
    from nim_tui.client.invitations import Code
    from nim_tui.shell.records import show_game

    game = await client.invitations.accept(Code.read(call.given.code).code)
    show_game(call.out, game, client.username or "")


# The one at home asks newcomers for a password, and goes to the server that an address names.
_JOIN = Command(
    "join",
    "take an invitation",
    lambda call: call.as_player(_join),
    ("ssh nim.example.com join k3v9x-2ma4q",),
    _code_argument,
)


async def _sign_in(call: CommandCall) -> None:
    visitor = call.visitor
    if visitor.token is None:
        raise NotSignedIn(NO_KEYS_HERE if visitor.keys is None else NO_KEY)
    await visitor.client.resume(visitor.token, visitor.username)


class RemoteInvocation(Invocation):
    """A subcommand whose work is kept, to be done on the event loop that runs already."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._work: list[AsPlayer] = []

    @property
    def place_name(self) -> str:
        return "ssh"

    def as_player(self, work: AsPlayer) -> None:
        self._work.append(work)

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        work.close()
        raise UsageError("this command cannot be used over ssh.")

    async def finish(self, client: NimClient) -> None:
        """Do what the subcommand has asked for."""
        for work in self._work:
            await work(self, client)


class _RemoteOutput(Output):
    """What a subcommand prints, on its way to the other end of the line."""

    def __init__(self, call: CommandCall, *, as_json: bool) -> None:
        self._call = call
        stream = cast("TextIO", _Stream(call))
        environ = call.terminal.environ if call.terminal is not None else {}
        super().__init__(as_json=as_json, environ=environ, stream=stream)

    @property
    def size(self) -> tuple[int, int]:
        terminal = self._call.terminal
        return terminal.size if terminal is not None else (80, 24)

    @property
    def terminal(self) -> Terminal:
        return Terminal.remote(self.color_system, self._environ, self._stream.encoding)

    @property
    def settings(self) -> Settings:
        return self._call.visitor.settings


class _Stream:
    """The part of a text file that `Output` uses."""

    def __init__(self, call: CommandCall) -> None:
        self._call = call
        self.encoding = call.terminal.encoding if call.terminal is not None else "utf-8"

    def write(self, text: str) -> None:
        self._call.write(text)

    def isatty(self) -> bool:
        return self._call.terminal is not None

    def flush(self) -> None:
        """Nothing waits here."""
