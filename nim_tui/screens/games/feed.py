"""How the list learns of games: coroutines for workers, which only post messages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from textual.message import Message

from backend.domain.errors import NimError, NoSuchGame, NotFound, NotSignedIn
from backend.domain.game import Game, State
from nim_tui.client.errors import CannotOpen
from nim_tui.client.models import GameList
from nim_tui.client.offline import Offline
from nim_tui.client.watch import Pauses, WatchPace
from nim_tui.screens.games.invitations import KeepsInvitations
from nim_tui.screens.games.new_game import Inviter, MakesInvitations
from nim_tui.screens.games.open_game import Finder
from nim_tui.screens.games.opponents import KnowsOpponents

# Pages of the finished games that are fetched at most, 100 games each.
MOST_PAGES = 10


class OpenInvitations(MakesInvitations, KeepsInvitations, Protocol):
    """Open invitations, made and kept; `nim_tui.client.invitations.InvitationRequests`."""


class Lister(Inviter, Finder, KnowsOpponents, Protocol):
    """Where the games come from; `nim_tui.client.client.NimClient`."""

    @property
    def username(self) -> str | None: ...

    @property
    def place(self) -> str: ...

    @property
    def place_name(self) -> str: ...

    @property
    def invitations(self) -> OpenInvitations: ...

    async def games(
        self, state: State = "open", cursor: str | None = None, limit: int = 100
    ) -> GameList: ...

    def watch_games(self) -> AsyncIterator[GameList | Offline]:
        """All open games, now and whenever they change, until an error ends the watch."""


class GamesFeed:
    """Reads games from a client, and posts them."""

    @dataclass
    class OpenListed(Message):
        """The open games, as they are now."""

        games: tuple[Game, ...]

    @dataclass
    class FinishedListed(Message):
        """The finished games, the newest first; `more` where these are not all."""

        games: tuple[Game, ...]
        more: bool

    @dataclass
    class FinishedMissing(Message):
        """The finished games could not be read; they are asked for again."""

    @dataclass
    class Reread(Message):
        """The games that were opened here, as they are now, from a backend that keeps no list."""

        games: tuple[Game, ...]

    @dataclass
    class ConnectionLost(Message):
        """The backend can't be reached; the watch keeps trying."""

        offline: Offline

    @dataclass
    class WatchFailed(Message):
        """The watch has ended."""

        error: NimError

    def __init__(
        self,
        client: Lister,
        post: Callable[[Message], object],
        pauses: Pauses | None = None,
    ) -> None:
        self._client = client
        self._post = post
        self._pace = WatchPace(pauses or Pauses())

    async def watch(self) -> None:
        """Post the open games, and post them again whenever they change."""
        try:
            async for seen in self._client.watch_games():
                if isinstance(seen, Offline):
                    self._post(self.ConnectionLost(seen))
                else:
                    self._post(self.OpenListed(seen.games))
        except NimError as error:
            self._post(self.WatchFailed(error))

    async def reread(self, known: Iterable[Game]) -> None:
        """Read games one by one, if the backend keeps no list."""
        games: list[Game] = []
        try:
            for game in known:
                with suppress(NoSuchGame):
                    games.append(await self._client.game(game.game_id))
        except NimError as error:
            self._post(self.WatchFailed(error))
        else:
            self._post(self.Reread(tuple(games)))

    async def load_finished(self, *, all_pages: bool) -> None:
        """Post the finished games, the first page or all up to a limit; ask until they come."""
        failures = 0
        while True:
            try:
                self._post(await self._finished(all_pages=all_pages))
            except (CannotOpen, NotFound, NotSignedIn):
                return  # the watch meets the same error, and shows it
            except NimError as error:
                failures += 1
                self._post(self.FinishedMissing())
                await self._pace.sleep(self._pace.after_failures(failures, error.retry_after))
            else:
                return

    async def _finished(self, *, all_pages: bool) -> FinishedListed:
        page = await self._client.games("done")
        games = list(page.games)
        for _ in range(MOST_PAGES - 1 if all_pages else 0):
            if page.cursor is None:
                break
            page = await self._client.games("done", page.cursor)
            games += page.games
        return self.FinishedListed(tuple(games), page.cursor is not None)
