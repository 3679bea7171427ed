from __future__ import annotations

import pytest
from textual.widgets import Input

from backend.domain.errors import TooManyGames
from nim_tui.client.errors import Unreachable
from nim_tui.client.models import Features
from nim_tui.screens.board.screen import BoardScreen
from nim_tui.screens.games.new_game import read_heaps
from tests.nim_tui.fakes import FakeClient
from tests.nim_tui.screens.stage import Stage, at_games


async def invite(stage: Stage, opponent: str) -> None:
    await stage.press("n")
    await stage.at("NewGameScreen")
    await stage.press(*opponent)


@pytest.mark.parametrize("size", [(80, 24), (50, 16)])
async def test_start_opens_the_board_of_a_game_as_wished(size: tuple[int, int]) -> None:
    fake = FakeClient()
    async with at_games(fake, size=size) as stage:
        await invite(stage, "bob")
        assert stage.says("#start").strip("[ ]") == "Invite bob"
        heaps = stage.screen.query_one("#heaps", Input)
        await stage.click("#heaps")
        heaps.value = ""
        await stage.press(*"3,4,5", "tab", "right", "tab", "right", "right")
        await stage.click("#start")
        await stage.at("BoardScreen")
        assert isinstance(stage.screen, BoardScreen)
        assert stage.screen.game.user2 == "bob"
        opponent, heaps_asked, rule, days, request_id = fake.asked[0]
        assert (opponent, heaps_asked, rule, days) == ("bob", (3, 4, 5), "normal", 3)
        assert request_id
        await stage.press("escape")
        await stage.at("GamesScreen")
        await stage.until(lambda: "you invited" in stage.picture or size[0] < 74)


async def test_a_double_enter_makes_one_game() -> None:
    fake = FakeClient()
    fake.answering.clear()
    async with at_games(fake) as stage:
        await invite(stage, "bob")
        await stage.press("enter", "enter", "enter")
        await stage.until(lambda: stage.says("#start") == "Inviting")
        fake.answering.set()
        await stage.at("BoardScreen")
        assert len(fake.asked) == 1


async def test_the_same_again_after_a_lost_answer_is_the_same_request() -> None:
    fake = FakeClient(fail=Unreachable())
    async with at_games(fake) as stage:
        await invite(stage, "bob")
        await stage.press("enter")
        await stage.until(lambda: "cannot be reached" in stage.says("#error"))
        await stage.press("enter")
        await stage.until(lambda: len(fake.asked) == 2)
        assert fake.asked[0] == fake.asked[1]
        fake.fail = TooManyGames()
        await stage.press("x", "enter")
        await stage.until(lambda: len(fake.asked) == 3)
        assert fake.asked[2][4] != fake.asked[0][4]


async def test_a_name_that_nobody_has_says_how_somebody_gets_an_account() -> None:
    async with at_games(FakeClient()) as stage:
        await invite(stage, "bbo")
        await stage.press("enter")
        await stage.until(lambda: stage.says("#error"))
        assert "Nobody here is called bbo. Check the spelling." in stage.says("#error")
        assert "leave the name empty" in stage.says("#error").replace("\n", " ")
        await stage.press("x")
        assert stage.says("#error") == ""


async def test_what_is_wrong_is_said_before_anything_is_sent() -> None:
    fake = FakeClient()
    async with at_games(fake) as stage:
        await invite(stage, "bob")
        stage.screen.query_one("#heaps", Input).value = "0 0 1"
        await stage.pilot.pause()
        assert stage.says("#board") == "?"
        await stage.press("enter")
        assert "three numbers" in stage.says("#error")
        assert not fake.asked


@pytest.mark.parametrize("size", [(80, 24), (50, 16)])
async def test_with_nobody_named_it_is_an_open_invitation(size: tuple[int, int]) -> None:
    fake = FakeClient()
    async with at_games(fake, size=size) as stage:
        await invite(stage, "")
        assert stage.says("#start").strip("[ ]") == "Invite anybody"
        await stage.press("tab", "tab", "right", "tab", "right", "enter")
        await stage.at("InvitationScreen")
        heaps, rule, days, request_id = fake.invitations.asked[0]
        assert (heaps, rule, days) == ((5, 4, 5), "normal", 1)
        assert request_id
        line = "nim-tui join https://nim.example.com/k3v9x-2ma4q"
        assert stage.says("#line").replace("\n", "") == line
        for way in ("y", "#line", "#copy"):
            stage.app.copy_to_clipboard("")
            await (stage.click(way) if way.startswith("#") else stage.press(way))
            await stage.until(lambda: stage.app.clipboard == line, way)
        await stage.click("#done")
        await stage.at("GamesScreen")


async def test_a_lost_answer_does_not_make_two_open_invitations() -> None:
    fake = FakeClient()
    fake.invitations.fail = Unreachable()
    async with at_games(fake) as stage:
        await invite(stage, "")
        await stage.press("enter")
        await stage.until(lambda: "cannot be reached" in stage.says("#error"))
        await stage.press("enter")
        await stage.until(lambda: len(fake.invitations.asked) == 2)
        assert fake.invitations.asked[0] == fake.invitations.asked[1]


async def test_the_tutorials_backend_has_no_open_invitations() -> None:
    fake = FakeClient(features=Features(lists=False, refreshes=False))
    async with at_games(fake) as stage:
        await invite(stage, "")
        await stage.press("enter")
        assert "Type your opponent's username" in stage.says("#error")
        assert not fake.invitations.asked


@pytest.mark.parametrize("way", ["escape", "#cancel"])
async def test_back_without_a_game(way: str) -> None:
    async with at_games(FakeClient()) as stage:
        await invite(stage, "bob")
        await (stage.click(way) if way.startswith("#") else stage.press(way))
        await stage.at("GamesScreen")


@pytest.mark.parametrize(
    ("text", "heaps"),
    [
        ("5 4 5", (5, 4, 5)),
        ("20,0, 1", (20, 0, 1)),
        ("3-4-5", (3, 4, 5)),
        ("", (5, 4, 5)),
        ("5 4", None),
        ("21 1 1", None),
        ("٣ ٤ ٥", None),
        ("-1 4 5 5", None),
        ("999999999999 1 1", None),
    ],
)
def test_heaps_are_read_as_people_type_them(text: str, heaps: tuple[int, int, int] | None) -> None:
    assert read_heaps(text) == heaps
