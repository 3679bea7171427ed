"""Playing from the screens on the tutorial's own backend, which keeps no list, on a real socket."""

from __future__ import annotations

from functools import partial

from textual.widgets import Input, OptionList

from nim_tui.client import NimClient
from nim_tui.client.retry import Retries
from nim_tui.client.transports import ServerTransport
from nim_tui.client.watch import Pauses
from nim_tui.screens.board.screen import BoardScreen
from nim_tui.screens.games.captions import LISTLESS
from nim_tui.screens.games.screen import ID_KEPT
from tests.nim_tui.client.fakes import TutorialBackend
from tests.nim_tui.client.listening import listening
from tests.nim_tui.screens.stage import Stage, fill_in, running

QUICK = Pauses(first=0.02, most=0.05, unheld=0.02, shortest=0.0)
GAME_ID = "5b5ee7d8"


def player(url: str) -> NimClient:
    return NimClient(ServerTransport(url), retries=Retries((0.01,)), pauses=QUICK)


async def sign_in(stage: Stage, name: str) -> None:
    await stage.press("s")
    await stage.at("LoginScreen")
    await fill_in(stage, username=name, password="Passw0rd1")
    await stage.press("enter")
    await stage.at("GamesScreen")
    await stage.until(lambda: "id" in stage.says("#empty"))


def games(stage: Stage) -> list[str | None]:
    options = stage.screen.query_one("#games", OptionList).options
    return [option.id for option in options if option.id]


def says_your_turn(stage: Stage) -> bool:
    return "Your turn" in stage.says("#turn")


def says_left(stage: Stage, heaps: int) -> bool:
    screen = stage.screen
    assert isinstance(screen, BoardScreen)
    return sum(1 for count in screen.game.heaps if count) == heaps


async def type_id(stage: Stage, game_id: str) -> None:
    await stage.press("i")
    await stage.at("OpenGameScreen")
    await stage.press(*game_id, "enter")


async def test_two_people_play_there_by_the_games_id() -> None:
    backend = TutorialBackend()
    async with listening(backend) as url, running(player(url)) as ana, running(player(url)) as bob:
        await sign_in(ana, "anana")
        await sign_in(bob, "bobby")
        assert ana.says("#empty") == LISTLESS
        assert "open by id" in ana.picture

        await ana.press("n")
        await ana.at("NewGameScreen")
        await fill_in(ana, opponent="bobby")
        await ana.press("enter")
        await ana.at("BoardScreen")
        assert ana.toasts == [ID_KEPT.format(game_id=GAME_ID)]

        await type_id(bob, GAME_ID)
        await bob.at("BoardScreen")
        assert "Your turn" in bob.says("#turn")
        assert bob.toasts == []
        # It can neither end games nor renew sessions: nothing is offered that it would refuse.
        await bob.press("x")
        assert bob.name == "BoardScreen"

        for stage, key, left in ((bob, "a", 2), (ana, "b", 1), (bob, "c", 0)):
            await stage.until(partial(says_your_turn, stage))
            await stage.press(key, *["up"] * 4, "enter")
            await stage.until(partial(says_left, stage, left))
        await bob.until(lambda: "You lost" in bob.says("#turn"))
        await ana.until(lambda: "You won" in ana.says("#turn"))
        await bob.press("escape")
        await bob.at("GamesScreen")
        assert games(bob) == [GAME_ID]
        assert GAME_ID in bob.says("#status")


async def test_the_games_opened_there_are_looked_at_again() -> None:
    backend = TutorialBackend()
    async with listening(backend) as url, running(player(url)) as ana:
        await sign_in(ana, "anana")
        other = player(url)
        await other.sign_in("bobby", "Passw0rd1")
        game = await other.new_game("anana")
        await type_id(ana, GAME_ID)
        await ana.at("BoardScreen")
        await ana.press("a", "enter", "escape")
        await ana.at("GamesScreen")
        await ana.until(lambda: "WAITING" in ana.picture)
        await other.move(await other.game(game.game_id), 2, 3)
        await ana.press("u")
        await ana.until(lambda: "YOUR TURN" in ana.picture)
        assert ana.toasts == ["bobby moved. Your turn."]
        await other.close()


async def test_an_id_that_is_none_is_told_and_what_was_typed_stays() -> None:
    async with listening(TutorialBackend()) as url, running(player(url)) as ana:
        await sign_in(ana, "anana")
        await type_id(ana, "")
        assert "Type the game id" in ana.says("#error")
        await ana.press(*"5b5eeeee", "enter")
        await ana.until(lambda: "You have no game with the id 5b5eeeee" in ana.says("#error"))
        assert ana.screen.query_one(Input).value == "5b5eeeee"
        await ana.press("escape")
        await ana.at("GamesScreen")
        assert games(ana) == []


async def test_a_game_of_another_shape_cannot_be_begun_there() -> None:
    async with listening(TutorialBackend()) as url, running(player(url)) as ana:
        await sign_in(ana, "anana")
        await ana.press("n")
        await ana.at("NewGameScreen")
        await ana.press(*"bobby", "tab", "3", "space", "3", "space", "3", "enter")
        await ana.until(lambda: "this backend has no other game" in ana.says("#error"))
        assert ana.screen.query_one("#opponent", Input).value == "bobby"
