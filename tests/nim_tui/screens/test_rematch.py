"""A rematch that was asked for is seen on both boards and in both lists; after it, a new game."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.widgets import OptionList

from backend.domain.game import Game
from nim_tui.client import NimClient
from nim_tui.messages import GameWanted
from nim_tui.screens.board.screen import BoardScreen
from nim_tui.screens.games.screen import GamesScreen
from tests.backend.samples import new_game
from tests.nim_tui.screens.stage import REGISTRATION, Stage, running

OTHER = {"anana": "bobby", "bobby": "anana"}


def rows(stage: Stage) -> str:
    options = stage.screen.query("#games").results(OptionList)
    return "\n".join(str(option.prompt) for of in options for option in of.options)


def board(stage: Stage) -> Game:
    """The game on the board; another one while the screens change."""
    return stage.screen.game if isinstance(stage.screen, BoardScreen) else new_game()


async def open_board(stage: Stage, game: Game) -> None:
    stage.app.post_message(GameWanted(game))
    await stage.until(lambda: board(stage) == game and stage.screen.is_mounted)


@asynccontextmanager
async def at_finished_board(client: NimClient, game: Game) -> AsyncIterator[Stage]:
    async with running(client) as stage:
        await stage.app.push_screen(GamesScreen(client))
        await stage.until(lambda: "FINISHED" in rows(stage))
        await open_board(stage, game)
        assert stage.says("#selection").endswith("Rematch?")
        yield stage


@asynccontextmanager
async def after_a_game(path: Path, asker: str) -> AsyncIterator[tuple[Stage, Stage, Game]]:
    """Two players before the same finished board: first `asker`, then the other one."""
    clients = {name: NimClient.embedded(path) for name in OTHER}
    for name, client in clients.items():
        await client.register(name, REGISTRATION["password"], REGISTRATION["email"])
        await client.sign_in(name, REGISTRATION["password"])
    game = await clients["anana"].new_game("bobby", days_per_move=3)
    game = await clients["anana"].resign(game.game_id)
    async with (
        at_finished_board(clients[asker], game) as one,
        at_finished_board(clients[OTHER[asker]], game) as two,
    ):
        yield one, two, game


@pytest.mark.parametrize("me", OTHER)
async def test_a_rematch_is_offered_declined_and_followed_by_a_new_game(
    tmp_path: Path, me: str
) -> None:
    other = OTHER[me]
    async with after_a_game(tmp_path / "games.db", me) as (asker, asked, first):
        await asker.press("r")
        await asker.until(lambda: board(asker).rematch_of == first.game_id)
        assert asker.says("#last").startswith(f"You asked {other} for a rematch. ")
        await asked.until(lambda: asked.says("#selection") == f"{me} wants a rematch")
        assert asked.says("#take").strip() == "r"
        assert asked.toasts == [f"{me} wants a rematch."]

        for stage, words in ((asker, "you want a rematch"), (asked, "wants a rematch")):
            await stage.press("escape")
            await stage.until(lambda one=stage, said=words: said in rows(one))  # type: ignore[misc]
            await open_board(stage, first)
        assert asker.says("#selection") == f"You asked {other} for a rematch"

        await asked.press("r")
        await asked.until(lambda: board(asked).rematch_of == first.game_id)
        assert asked.says("#last").startswith(f"{me} wants a rematch. ")
        await asked.press("x", "y")
        await asked.until(lambda: asked.says("#turn").strip() == "Declined")

        again = f"The rematch was declined. Another game with {other}?"
        await asker.until(lambda: asker.says("#selection") == again)
        await asker.press("r")
        await asker.until(lambda: board(asker).state == "open")
        fresh = board(asker)
        assert (fresh.user1, fresh.user2, fresh.rematch_of) == (me, other, None)
        assert (fresh.days_per_move, fresh.version) == (3, 0)
        # On the old board, the same key finds the same new game again.
        await open_board(asker, first)
        await asker.press("r")
        await asker.until(lambda: board(asker).game_id == fresh.game_id)


async def test_a_rematch_that_was_begun_or_played_is_said_to_be(tmp_path: Path) -> None:
    async with after_a_game(tmp_path / "games.db", "anana") as (asker, asked, first):
        await asker.press("r")
        await asker.until(lambda: board(asker).rematch_of == first.game_id)
        await asker.press("b", "enter")
        await asked.until(lambda: asked.says("#selection") == "Your rematch has begun")
        await asker.press("x", "y")
        await asked.until(lambda: asked.says("#selection") == "Another game with anana?")
