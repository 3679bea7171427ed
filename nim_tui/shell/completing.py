"""What may stand for the word that is being completed: subcommands, options, places, ids, names."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress

from backend.domain.errors import NimError
from backend.domain.game import State
from nim_tui.options import LOG_LEVELS, UsageError
from nim_tui.shell.arguments import VALUED, find_command, parser_of
from nim_tui.shell.call import Invocation
from nim_tui.shell.command import Command
from nim_tui.shell.output import Output
from nim_tui.shell.table import COMMANDS, FAMILIES

SECONDS = 3.0
"""How long a tab waits for a backend."""

# What a shell reads as one plain word; names from a backend may be anything else.
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_MOST = 200

Find = Callable[[Invocation], Awaitable[list[str]]]


def complete(words: Sequence[str], client_options: Iterable[str]) -> list[str]:
    """The candidates for the last of the words after `nim-tui`, each a plain word.

    `client_options` are those of the client itself, which stand where no subcommand does.
    """
    *before, current = words or [""]
    try:
        found = find_command(before)
    except UsageError:
        return _fitting(_second_words(before), current)
    candidates: Iterable[str]
    if before and before[-1] in VALUED | {"--practice"}:
        candidates = _values(before)
    elif current.startswith("-"):
        candidates = client_options if found is None else parser_of(found[0]).long_options
    elif found is None:
        candidates = dict.fromkeys(name.split()[0] for name in COMMANDS)
    else:
        candidates = _arguments(found[0], found[1])
    return _fitting(candidates, current)


def _fitting(candidates: Iterable[str], current: str) -> list[str]:
    return [one for one in candidates if one.startswith(current)][:_MOST]


def _second_words(before: Sequence[str]) -> list[str]:
    family = next((word for word in before if word in FAMILIES), "")
    return [name.split()[1] for name in COMMANDS if name.startswith(f"{family} ")]


def _values(before: Sequence[str]) -> Iterable[str]:
    from backend.domain.nim import LEVELS, RULES

    match before[-1]:
        case "--place":
            return _place_names()
        case "--rule":
            return RULES
        case "--practice":
            return LEVELS
        case "--log-level":
            return LOG_LEVELS
        case "--user":
            return _ask(before[:-1], _players)
    return ()  # the shell completes files


def _arguments(command: Command, rest: Sequence[str]) -> Iterable[str]:
    """Candidates for the arguments of a subcommand: the first of them, where we know any."""
    given = [word for at, word in enumerate(rest) if not _is_option(rest, at)]
    match command.name:
        case "completion":
            return () if given else ("bash", "zsh")
        case "places rename" | "places remove":
            return () if given else _place_names()
        case "new":
            return () if given else _ask(rest, _opponents)
        case "review" | "rematch":
            return () if given else _ask(rest, lambda call: _ids(call, "done"))
        case "show" | "wait" | "move" | "resign" | "decline" | "claim":
            return () if given else _ask(rest, lambda call: _ids(call, "open"))
    return ()


def _is_option(words: Sequence[str], at: int) -> bool:
    return words[at].startswith("-") or (at > 0 and words[at - 1] in VALUED)


def _place_names() -> list[str]:
    from nim_tui.config.places import load_places

    return [name for name in load_places().named if _PLAIN.fullmatch(name)]


def _ask(rest: Sequence[str], find: Find) -> list[str]:
    """What `find` gets from the place that the options choose; nothing where it cannot."""
    options = [word for at, word in enumerate(rest) if _is_option(rest, at)]
    parser = parser_of(COMMANDS["games"])
    found: list[str] = []

    async def look() -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(SECONDS):
                found.extend(await find(call))

    # A half-typed line and a backend that is away have no candidates; a tab prints no error.
    with suppress(NimError):
        given, _ = parser.parse_known_args(options)
        call = Invocation(given, os.environ, Output(as_json=False, environ=os.environ))
        call.run(look())
    return [one for one in dict.fromkeys(found) if _PLAIN.fullmatch(one)]


async def _ids(call: Invocation, state: State) -> list[str]:
    async with call.player() as client:
        return [game.game_id for game in (await client.games(state)).games]


async def _opponents(call: Invocation) -> list[str]:
    async with call.player() as client:
        return [one.username for one in await client.opponents()]


async def _players(call: Invocation) -> list[str]:
    from nim_tui.account import PlayerSession

    async with call.client() as client:
        session = PlayerSession(client)
        await session.load_names()
        return session.names
