"""Whom the person has played with: the list, and the names that are completed."""

from __future__ import annotations

import pytest
from textual.widgets import Input, OptionList

from backend.domain.errors import NotSignedIn, Unavailable
from backend.domain.opponents import Opponent
from nim_tui.screens.games.opponents import NOBODY
from tests.nim_tui.fakes import FakeClient
from tests.nim_tui.screens.stage import at_games


@pytest.mark.parametrize("size", [(80, 24), (50, 16)])
async def test_the_list_says_who_leads_and_begins_a_game(size: tuple[int, int]) -> None:
    fake = FakeClient(played_with=(Opponent("ines", 1, 2), Opponent("bob", 5, 3, 1)))
    async with at_games(fake, size=size) as stage:
        await stage.press("p")
        await stage.at("OpponentsScreen")
        await stage.until(lambda: "ines leads 2 to 1" in stage.picture)
        assert "You lead 5 to 3, 1 open" in stage.picture
        await stage.press("down", "enter")
        await stage.at("NewGameScreen")
        assert stage.screen.query_one("#opponent", Input).value == "bob"
        await stage.press("enter")
        await stage.at("BoardScreen")
        assert fake.asked[0][0] == "bob"


async def test_with_nobody_yet_it_says_what_to_do() -> None:
    async with at_games(FakeClient(played_with=())) as stage:
        await stage.press("p")
        await stage.at("OpponentsScreen")
        await stage.until(lambda: NOBODY[:30] in stage.says("#note"))
        await stage.press("enter")
        assert stage.name == "OpponentsScreen"
        await stage.press("escape")
        await stage.at("GamesScreen")


async def test_names_from_elsewhere_are_drawn_as_text() -> None:
    odd = Opponent("[/red]\x1b]0;x\x07", 1, 0)
    async with at_games(FakeClient(played_with=(odd,))) as stage:
        await stage.press("p")
        await stage.until(lambda: stage.screen.query(OptionList))
        await stage.until(lambda: "[/red]]0;x" in stage.picture)


async def test_a_refusal_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeClient()

    async def refuse() -> tuple[Opponent, ...]:
        raise Unavailable

    monkeypatch.setattr(fake, "opponents", refuse)
    async with at_games(fake) as stage:
        await stage.press("p")
        await stage.until(lambda: "cannot answer right now" in stage.says("#note"))


async def test_the_field_completes_past_opponents() -> None:
    async with at_games(FakeClient()) as stage:
        await stage.press("n")
        await stage.at("NewGameScreen")
        field = stage.screen.query_one("#opponent", Input)
        await stage.until(lambda: field.suggester)
        await stage.press(*"IN")
        await stage.until(lambda: field._suggestion)
        await stage.press("right")
        assert field.value.casefold() == "ines"


async def test_a_lost_session_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeClient()

    async def refuse() -> tuple[Opponent, ...]:
        raise NotSignedIn

    monkeypatch.setattr(fake, "opponents", refuse)
    async with at_games(fake) as stage:
        await stage.press("p")
        await stage.at("LoginScreen")
