"""`new`, `move`, `resign`, `decline`, `claim` and `rematch`: what changes a game."""

from __future__ import annotations

import argparse
import re
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from backend.domain.errors import GameOver
from backend.domain.nim import DEFAULT_HEAPS, RULES
from nim_tui.options import UsageError, heaps
from nim_tui.shell.command import Command

if TYPE_CHECKING:
    from backend.domain.game import Game
    from nim_tui.client.client import NimClient
    from nim_tui.shell.call import AsPlayer, Invocation

MOST_DAYS = 14
_MOVE = re.compile(r"([abc123])\s*0*([0-9]+)", re.IGNORECASE)
# Far more than any heap has; Python refuses to read numbers of thousands of digits.
_MOST_DIGITS = 9
_MOST_VERSION = 10**9


def _new_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("opponent", metavar="OPPONENT", help="whom to invite")
    add_game_options(parser)


def add_game_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of a new game."""
    parser.add_argument(
        "--heaps", type=heaps, default=DEFAULT_HEAPS, metavar="5,4,5", help="objects at the start"
    )
    parser.add_argument(
        "--rule", choices=RULES, default="misere", help="taking the last object loses, or wins"
    )
    parser.add_argument(
        "--days",
        type=_days,
        metavar="N",
        help=f"for each move, 1 to {MOST_DAYS} (default: no limit)",
    )


def _days(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MOST_DAYS):
        raise argparse.ArgumentTypeError(f"needs a number from 1 to {MOST_DAYS}")
    return int(text)


def _version(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text[:11]) <= _MOST_VERSION):
        raise argparse.ArgumentTypeError("needs the version of a game, such as 3")
    return int(text)


def _move_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", help="a game's id, or its beginning")
    parser.add_argument("heap", metavar="HEAP", help="a, b, c or 1, 2, 3; b3 is three from heap b")
    parser.add_argument("take", metavar="TAKE", nargs="?", help="how many to take")
    parser.add_argument(
        "--version", type=_version, metavar="N", help="refuse unless the game is at this version"
    )


def _id_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", help="a game's id, or its beginning")


def parse_move(heap: str, take: str | None) -> tuple[int, int]:
    """The heap (1 to 3) and how many to take, from two words or one. Raises: UsageError."""
    found = _MOVE.fullmatch(f"{heap} {take or ''}".strip())
    if found is None:
        raise UsageError("a move is a heap (a, b or c) and how many to take, such as b3 or b 3.")
    return "abc123".index(found[1].lower()) % 3 + 1, int(found[2][:_MOST_DIGITS])


def seen_at(game: Game, version: int) -> Game:
    """The game as a script saw it that names this version, as far as its moves are known.

    So a move that is sent again leaves as many objects as it did the first time, which the backend
    recognizes.
    """
    played = game.moves[:version]
    if version >= game.version or len(played) < version:
        return replace(game, version=version)
    counts = list(game.start)
    for made in played:
        counts[made.heap - 1] = made.left
    return replace(game, version=version, heaps=(counts[0], counts[1], counts[2]))


async def _new(call: Invocation, client: NimClient) -> None:
    from nim_tui.shell.records import show_game

    given = call.given
    game = await client.new_game(
        given.opponent,
        heaps=given.heaps,
        rule=given.rule,
        days_per_move=given.days,
        request_id=str(uuid.uuid4()),
    )
    show_game(call.out, game, client.username or "")


def _move(call: Invocation) -> None:
    heap, take = parse_move(call.given.heap, call.given.take)

    async def move(call: Invocation, client: NimClient) -> None:
        from nim_tui.shell.ids import find_game
        from nim_tui.shell.records import show_game

        game = await find_game(client, call.given.id)
        if call.given.version is not None:
            game = seen_at(game, call.given.version)
        # The backend refuses what cannot be: it knows which of several reasons comes first.
        left = max(-1, game.heaps[heap - 1] - take)
        show_game(call.out, await client.move(game, heap, left), client.username or "")

    call.as_player(move)


def _on_game(request: Callable[[NimClient, str], Awaitable[Game]], *, ends: bool) -> AsPlayer:
    async def work(call: Invocation, client: NimClient) -> None:
        from nim_tui.shell.ids import find_game
        from nim_tui.shell.records import show_game

        game = await find_game(client, call.given.id)
        # The client takes a refused end for a lost answer, which it cannot be here.
        if ends and game.state == "done":
            raise GameOver
        show_game(call.out, await request(client, game.game_id), client.username or "")

    return work


def _on_id(
    name: str, summary: str, request: Callable[[NimClient, str], Awaitable[Game]], *ids: str
) -> Command:
    """A subcommand that takes the id of a game and nothing else."""
    work = _on_game(request, ends=name != "rematch")
    examples = (f"nim-tui {name} {ids[0]}", f"nim-tui {name} {ids[1]} --json | jq -r .state")
    return Command(name, summary, lambda call: call.as_player(work), examples, _id_argument)


COMMANDS = (
    Command(
        "new",
        "invite somebody to a game",
        lambda call: call.as_player(_new),
        ("nim-tui new bert", "nim-tui new bert --heaps 3,5,7 --rule normal --days 3"),
        _new_arguments,
    ),
    Command(
        "move",
        "take objects from a heap",
        _move,
        ("nim-tui move k3f b3", "nim-tui move k3f c 2 --version 2 --json"),
        _move_arguments,
    ),
    _on_id("resign", "give a game up", lambda c, game_id: c.resign(game_id), "k3f", "k3f"),
    _on_id(
        "decline", "turn an invitation down", lambda c, game_id: c.decline(game_id), "w2m", "w3n"
    ),
    _on_id(
        "claim",
        "win a game that ran out of time",
        lambda c, game_id: c.claim(game_id),
        "t5n",
        "t6p",
    ),
    _on_id("rematch", "play the same again", lambda c, game_id: c.rematch(game_id), "q7x", "q7x"),
)
