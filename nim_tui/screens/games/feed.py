"""What the list of games knows, and how it learns of it. Workers only post; handlers change it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from textual.message import Message
from textual.screen import Screen

from backend.domain.clock import utc_now
from backend.domain.errors import NimError, NoSuchGame, NoSuchRoute, NotSignedIn
from backend.domain.game import Game, State
from nim_tui import messages
from nim_tui.client.models import GameList, Offline
from nim_tui.model.lobby import Lobby
from nim_tui.screens.games.new_game import Inviter
from nim_tui.screens.games.open_game import Finder
from nim_tui.screens.workers import begin
from nim_tui.text.news import news

# Pages of the finished games that are fetched at most, 100 games each.
MOST_PAGES = 10


class Lister(Inviter, Finder, Protocol):
    """Where the games come from; `nim_tui.client.client.NimClient`."""

    @property
    def username(self) -> str | None: ...

    async def games(
        self, state: State = "open", cursor: str | None = None, limit: int = 100
    ) -> GameList: ...

    def watch_games(self) -> AsyncIterator[GameList | Offline]:
        """All open games, now and whenever they change, until it cannot go on."""


class GamesFeed(Screen[None]):
    """A screen that follows somebody's games. `show_games` and `show_status` draw what it knows."""

    @dataclass
    class Listed(Message):
        """The open games, as they are now."""

        games: tuple[Game, ...]

    @dataclass
    class Finished(Message):
        """The finished games, the newest first; `more` where these are not all."""

        games: tuple[Game, ...]
        more: bool

    @dataclass
    class Looked(Message):
        """The games that were opened here, as they are now, from a backend that keeps no list."""

        games: tuple[Game, ...]

    @dataclass
    class Lost(Message):
        """The backend cannot be reached; the watch goes on trying."""

        offline: Offline

    @dataclass
    class Failed(Message):
        """The watch has ended."""

        error: NimError

    def __init__(self, client: Lister, *, now: Callable[[], datetime] = utc_now) -> None:
        super().__init__()
        self._now = now
        self._client = client
        self._me = client.username or ""
        self._lobby = Lobby(self._me)
        # Games that have left the open ones, until the finished ones say how they ended.
        self._gone: dict[str, Game] = {}
        self._known = False
        self._offline: Offline | None = None
        self._retry_at = now()
        self._error = ""
        self._all_finished = False
        # The backend keeps no list: the games here are those that were opened by their ids.
        self._listless = False

    def show_games(self) -> None:
        """Draw the games that are known now, and the status."""
        raise NotImplementedError

    def show_status(self) -> None:
        """Draw whether all is well."""
        raise NotImplementedError

    @property
    def lobby(self) -> Lobby:
        """The games as they are known now."""
        return self._lobby

    def action_update(self) -> None:
        """Ask for the games, and go on listening."""
        self._error = ""
        begin(self, self._look if self._listless else self._watch, group="watch", exclusive=True)
        self.show_status()

    def listen_again(self) -> None:
        self.action_update()

    # -- what comes in: workers only post --------------------------------------------------------

    async def _watch(self) -> None:
        try:
            async for seen in self._client.watch_games():
                if isinstance(seen, Offline):
                    self.post_message(self.Lost(seen))
                else:
                    self.post_message(self.Listed(seen.games))
        except NimError as error:
            self.post_message(self.Failed(error))

    async def _look(self) -> None:
        """Read the open games one by one, where there is no list."""
        games: list[Game] = []
        try:
            for game in self._lobby.open:
                with suppress(NoSuchGame):
                    games.append(await self._client.game(game.game_id))
        except NimError as error:
            self.post_message(self.Failed(error))
        else:
            self.post_message(self.Looked(tuple(games)))

    async def _load_finished(self) -> None:
        try:
            page = await self._client.games("done")
            games = list(page.games)
            for _ in range(MOST_PAGES - 1 if self._all_finished else 0):
                if page.cursor is None:
                    break
                page = await self._client.games("done", page.cursor)
                games += page.games
        except NimError:
            return  # the watch meets the same, says so, and asks again when it is over
        self.post_message(self.Finished(tuple(games), page.cursor is not None))

    def on_games_feed_listed(self, event: GamesFeed.Listed) -> None:
        event.stop()
        before, after = self._lobby, self._lobby.with_open(event.games)
        here = {game.game_id for game in (*after.open, *after.done)}
        gone = {game.game_id: game for game in before.open if game.game_id not in here}
        self._gone |= gone
        first, back = not self._known, self._offline is not None
        self._known, self._offline, self._error = True, None, ""
        if not first:
            self._tell(before, after)
        if first or gone or back:
            begin(self, self._load_finished, group="finished", exclusive=True)
        self._take(after)

    def on_games_feed_finished(self, event: GamesFeed.Finished) -> None:
        event.stop()
        ended = tuple(game for game in event.games if game.game_id in self._gone)
        before = Lobby(self._me, tuple(self._gone.values()))
        self._tell(before, Lobby(self._me, done=ended))
        self._gone.clear()
        self._take(self._lobby.with_done(event.games, more=event.more))

    def on_games_feed_looked(self, event: GamesFeed.Looked) -> None:
        event.stop()
        before = after = self._lobby
        for game in event.games:
            after = after.with_game(game)
        self._error = ""
        self._tell(before, after)
        self._take(after)

    def on_games_feed_lost(self, event: GamesFeed.Lost) -> None:
        event.stop()
        self._offline = event.offline
        self._retry_at = self._now() + timedelta(seconds=event.offline.retry_in)
        self.show_status()

    def on_games_feed_failed(self, event: GamesFeed.Failed) -> None:
        event.stop()
        self._offline = None
        if isinstance(event.error, NotSignedIn):
            self.post_message(messages.SessionLost())
            return
        if isinstance(event.error, NoSuchRoute):
            self._listless = self._known = True
        else:
            self._error = event.error.message
        self.show_games()

    def see(self, game: Game) -> None:
        """A game as it is now, learned from its board: somebody may be looking elsewhere."""
        before, after = self._lobby, self._lobby.with_game(game)
        self._tell(before, after)
        self._take(after)

    def add(self, game: Game) -> None:
        """A game that the person has just opened or begun, which is no news to them."""
        self._take(self._lobby.with_game(game))

    def _take(self, lobby: Lobby) -> None:
        self._lobby = lobby
        self.post_message(messages.GamesWaiting(len(lobby.your_turn)))
        self.show_games()

    def _tell(self, before: Lobby, after: Lobby) -> None:
        for item in news(before, after):
            told = messages.Announcement(item.text, item.key, item.game_id, urgent=item.urgent)
            self.post_message(told)
