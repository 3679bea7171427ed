"""What comes for a screen while it is being removed, when its widgets have already gone."""

from __future__ import annotations

from nim_tui.client.models import Offline
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
            screen.post_message(message)
            await stage.pilot.pause()
        assert stage.app._exception is None
