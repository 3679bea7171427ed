"""What comes for a screen while it is being removed, when its widgets have already gone."""

from __future__ import annotations

import pytest
from textual.css.query import NoMatches

from nim_tui.client.offline import Offline
from nim_tui.screens.games.feed import GamesFeed
from tests.nim_tui.fakes import NOW, FakeClient, some_games
from tests.nim_tui.screens.stage import at_games


async def test_games_that_come_while_the_app_ends() -> None:
    async with at_games(FakeClient(open_games=some_games()[0])) as stage:
        screen = stage.screen
        await screen.remove_children()
        screen._pruning = True
        for message in (
            GamesFeed.FinishedListed((), more=False),
            GamesFeed.ConnectionLost(Offline("Offline.", 1.0, NOW)),
        ):
            await screen._on_message(message)
        screen._pruning = False
        with pytest.raises(NoMatches):
            await screen._on_message(message)
