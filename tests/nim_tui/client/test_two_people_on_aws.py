"""Two apps directly on AWS: registration, invitation and a whole game, by keys alone."""

from __future__ import annotations

import pytest

from backend.adapters.dynamodb.tutorial_items import adopt
from backend.api import handlers
from nim_tui.client import NimClient
from nim_tui.screens.board.screen import BoardScreen
from tests.aws_engines import Cloud
from tests.backend.adapters.dynamodb.tutorial import GAME_ID, TutorialClient
from tests.nim_tui.screens.stage import Stage, fill_in, running

FORM = {"password": "Abcdefg1", "email": "ana@example.com", "phone": "+15555555555"}


@pytest.fixture(autouse=True)
def asks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """The backend says to ask again at once, not after ten seconds: the engines are free."""
    monkeypatch.setattr(handlers, "ASK_GAME_AGAIN_SECONDS", 0)
    monkeypatch.setattr(handlers, "ASK_LIST_AGAIN_SECONDS", 0)


async def register(stage: Stage, username: str) -> None:
    """From the welcome screen to the games of a new account."""
    await stage.press("r")
    await stage.at("RegisterScreen")
    await fill_in(stage, username=username, **FORM)
    await stage.click("#register")
    await stage.at("GamesScreen")


async def take(stage: Stage, *keys: str) -> None:
    """Move with these keys, once it is the player's turn."""
    await stage.until(lambda: "Your turn" in stage.says("#turn"), "the player's turn")
    await stage.press(*keys, "enter")


async def test_a_whole_game_from_registration_to_its_end(cloud: Cloud) -> None:
    async with running(NimClient.aws()) as ana, running(NimClient.aws()) as bob:
        await register(ana, "anana")
        await register(bob, "bobby")
        await ana.press("n")
        await ana.at("NewGameScreen")
        await fill_in(ana, opponent="bobby")
        await ana.press("enter")
        await ana.at("BoardScreen")
        await bob.until(lambda: "anana" in bob.picture)
        await bob.press("enter")
        await bob.at("BoardScreen")
        await take(bob, "a", "5")
        await take(ana, "b", "4")
        await take(bob, "c", "4")
        await take(ana, "c")
        await bob.until(lambda: "You won" in bob.says("#turn"))
        await ana.until(lambda: "You lost" in ana.says("#turn"))
        assert isinstance(ana.screen, BoardScreen)
        game_id = ana.screen.game.game_id
        item = TutorialClient(cloud.aws().client("dynamodb"), cloud.table).item(game_id)
        assert (item["winner"]["S"], item["endedBy"]["S"]) == ("bobby", "play")


async def test_a_tutorial_item_is_played_alongside_the_tutorials_client(
    cloud: Cloud,
) -> None:
    tutorial = TutorialClient(cloud.aws().client("dynamodb"), cloud.table)
    async with running(NimClient.aws()) as bob:
        await register(bob, "bobby")
        tutorial.put(GAME_ID, "anana", "bobby", 1, 2, 3)
        # Our first move in it would index it; `aws create` indexes all existing items.
        adopt(cloud.aws().client("dynamodb"), cloud.table)
        await bob.until(lambda: "anana" in bob.picture)
        await bob.press("enter")
        await bob.at("BoardScreen")
        await take(bob, "a")
        await bob.until(lambda: "anana's turn" in bob.says("#turn"))
        tutorial.move(GAME_ID, "anana", 2, 0)
        await take(bob, "c", "3")
        await bob.until(lambda: "You lost" in bob.says("#turn"))
