"""`games`, `show`, `review` and `wait`: looking at games."""

from __future__ import annotations

import argparse
from contextlib import aclosing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from backend.domain.errors import NotOver
from backend.domain.game import Game, State
from nim_tui.client.models import GameList
from nim_tui.client.offline import Offline
from nim_tui.shell.command import Command
from nim_tui.shell.errors import OutOfTime

if TYPE_CHECKING:
    from nim_tui.client.client import NimClient
    from nim_tui.shell.call import Invocation

MOST_SECONDS = 1e8


def _games_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--done", action="store_true", help="finished games, the latest first")
    parser.add_argument("--limit", type=_count, metavar="N", help="at most so many (default: all)")


def _id_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", help="a game's id, or its beginning")


def _wait_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", nargs="?", help="only for this game")
    parser.add_argument(
        "--timeout", type=_seconds, metavar="SECONDS", help="give up then, with status 5"
    )


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text[:9]) > 0 and len(text) < 10):
        raise argparse.ArgumentTypeError("needs a number from 1")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= MOST_SECONDS:
        raise argparse.ArgumentTypeError("needs a number of seconds, such as 60")
    return seconds


async def _games(call: Invocation, client: NimClient) -> None:
    from nim_tui.shell.ids import MOST_GAMES, all_games
    from nim_tui.shell.records import document, show_rows

    state: State = "done" if call.given.done else "open"
    most = call.given.limit or MOST_GAMES
    games = [game async for game in all_games(client, state, most)]
    if call.out.as_json:
        call.out.document({"games": [document(game) for game in games]})
    elif games or not call.out.is_terminal:
        show_rows(call.out, games, client.username or "")
    else:
        kind = "finished" if call.given.done else "open"
        call.out.line(f"You have no {kind} games. Invite somebody: nim-tui new NAME.")


async def _opponents(call: Invocation, client: NimClient) -> None:
    from nim_tui.shell.records import opponent_document, opponent_row

    found = await client.opponents()
    if call.out.as_json:
        call.out.document({"opponents": [opponent_document(one) for one in found]})
    elif found or not call.out.is_terminal:
        heading = ("opponent", "won", "lost", "open")
        call.out.table([opponent_row(one) for one in found], heading)
    else:
        call.out.line("You have not played with anybody yet. Invite somebody: nim-tui invite.")


async def _show(call: Invocation, client: NimClient) -> None:
    from nim_tui.shell.board import show_board
    from nim_tui.shell.ids import find_game
    from nim_tui.shell.records import show_game

    game, viewer = await find_game(client, call.given.id), client.username or ""
    if call.out.as_json or not call.out.is_terminal:
        show_game(call.out, game, viewer)
    else:
        show_board(call.out, game, viewer, datetime.now(UTC))


async def _review(call: Invocation, client: NimClient) -> None:
    from nim_tui.model.analysis import stops
    from nim_tui.shell.ids import find_game
    from nim_tui.shell.records import review_document

    game = await find_game(client, call.given.id)
    if game.state != "done":
        raise NotOver("This game is not over yet. Review it when it has ended.", game=game)
    judged = stops(game)
    if call.out.as_json:
        call.out.document(review_document(game, judged))
        return
    from nim_tui.text import game as game_text
    from nim_tui.text import review as review_text

    viewer = client.username or ""
    rows = [
        (
            str(stop.step.number),
            game_text.move(stop.step, viewer),
            "?" if stop.after is None else " ".join(map(str, stop.after)),
            str(review_text.verdict(stop, game, viewer)[0]),
        )
        for stop in judged
    ]
    call.out.table(rows, ("", "move", "heaps", "verdict"))
    if call.out.is_terminal:
        call.out.line(f"{game_text.turn(game, viewer)}. {game_text.end(game, viewer)}")


async def _wait(call: Invocation, client: NimClient) -> None:
    import asyncio

    from nim_tui.shell.ids import find_game
    from nim_tui.shell.records import show_game

    wanted = call.given.id
    if wanted is not None:
        wanted = (await find_game(client, wanted)).game_id
    watch = client.watch_games() if wanted is None else client.watch_game(wanted)
    try:
        async with asyncio.timeout(None) as limit, aclosing(watch) as seen:
            async for news in seen:
                if game := _waiting(news, client.username):
                    show_game(call.out, game, client.username or "")
                    return
                # The first look is free, so that `--timeout 0` asks without waiting.
                if limit.when() is None and call.given.timeout is not None:
                    now = asyncio.get_running_loop().time()
                    limit.reschedule(now + call.given.timeout)
    except TimeoutError as error:
        raise OutOfTime("No game waits for you yet. Try again later.") from error


def _waiting(news: Game | GameList | Offline, user: str | None) -> Game | None:
    """The first game that waits for the player; a game that is watched alone also when over."""
    match news:
        case Game():
            return news if news.turn in (user, None) else None
        case GameList():
            return next((game for game in news.games if game.turn == user), None)
    return None


COMMANDS = (
    Command(
        "games",
        "your games, those that wait for you first",
        lambda call: call.as_player(_games),
        ("nim-tui games", "nim-tui games --done --limit 5 --json"),
        _games_arguments,
    ),
    Command(
        "show",
        "one game: the board",
        lambda call: call.as_player(_show),
        ("nim-tui show k3f", "nim-tui show k3f --json | jq .turn"),
        _id_argument,
    ),
    Command(
        "opponents",
        "opponents and scores",
        lambda call: call.as_player(_opponents),
        ("nim-tui opponents", "nim-tui opponents --json | jq -r '.opponents[].username'"),
    ),
    Command(
        "wait",
        "wait until it is your turn",
        lambda call: call.as_player(_wait),
        ('nim-tui wait && notify-send "Your turn"', "nim-tui wait k3f --timeout 600"),
        _wait_arguments,
    ),
    Command(
        "review",
        "a finished game, every move judged",
        lambda call: call.as_player(_review),
        ("nim-tui review q7x", "nim-tui review q7x --json | jq -c '.moves[]'"),
        _id_argument,
    ),
)
