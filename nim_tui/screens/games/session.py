"""The games of one person, and what each answer changes. It knows no screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from backend.domain.clock import utc_now
from backend.domain.errors import NimError, NoSuchRoute, NotSignedIn
from backend.domain.game import Game
from nim_tui.client.offline import Offline
from nim_tui.model.lobby import Lobby
from nim_tui.text.news import News, news


@dataclass(frozen=True, slots=True)
class GamesState:
    """All that is shown of the games at one moment.

    Attributes:
        lobby: the games.
        known: whether the backend has answered at all.
        listless: whether the backend keeps no list; then the games here are those that were
            opened by their ids.
        all_finished: whether all finished games are wanted, and not only the last few.
        offline: set while the connection is lost; `retry_at` is the time of the next attempt.
        error: why the games could not be read; empty where they could.
        finished_missing: whether the finished games could not be read, and are asked for again.

    """

    lobby: Lobby
    retry_at: datetime
    known: bool = False
    listless: bool = False
    all_finished: bool = False
    offline: Offline | None = None
    error: str = ""
    finished_missing: bool = False


@dataclass(frozen=True, slots=True)
class GamesUpdate:
    """What to do after an answer, besides showing the new state.

    Attributes:
        news: what the person should be notified of.
        load_finished: whether the finished games have to be read again.

    """

    news: tuple[News, ...] = ()
    load_finished: bool = False


class GamesSession:
    """The state of the list, and how each answer changes it."""

    def __init__(self, viewer: str, now: Callable[[], datetime] = utc_now) -> None:
        self._now = now
        self.state = GamesState(Lobby(viewer), now())
        # Games that have left the open ones, until the finished ones say how they ended.
        self._gone: dict[str, Game] = {}

    @property
    def lobby(self) -> Lobby:
        """The games as they are known now."""
        return self.state.lobby

    def forget_error(self) -> None:
        """Clear the error: the games are being asked for again."""
        self.state = replace(self.state, error="")

    def toggle_finished(self) -> bool:
        """Switch between all finished games and the last few. Returns whether all are wanted."""
        self.state = replace(self.state, all_finished=not self.state.all_finished)
        return self.state.all_finished

    def listed(self, games: tuple[Game, ...]) -> GamesUpdate:
        """Take in the open games, as they are now."""
        state, before, after = self.state, self.lobby, self.lobby.with_open(games)
        here = {game.game_id for game in (*after.open, *after.done)}
        gone = {game.game_id: game for game in before.open if game.game_id not in here}
        self._gone |= gone
        self.state = replace(state, lobby=after, known=True, offline=None, error="")
        return GamesUpdate(
            news=tuple(news(before, after)) if state.known else (),
            load_finished=not state.known or bool(gone) or state.offline is not None,
        )

    def finished(self, games: tuple[Game, ...], *, more: bool) -> GamesUpdate:
        """Take in the finished games; `more` where these are not all."""
        viewer = self.lobby.viewer
        ended = tuple(game for game in games if game.game_id in self._gone)
        before = Lobby(viewer, tuple(self._gone.values()))
        self._gone.clear()
        lobby = self.lobby.with_done(games, more=more)
        self.state = replace(self.state, lobby=lobby, finished_missing=False)
        return GamesUpdate(tuple(news(before, Lobby(viewer, done=ended))))

    def finished_failed(self) -> None:
        """The finished games could not be read; they are asked for again."""
        self.state = replace(self.state, finished_missing=True)

    def reread(self, games: tuple[Game, ...]) -> GamesUpdate:
        """Take in games that were read one by one."""
        self.forget_error()
        return self.see(*games)

    def see(self, *games: Game) -> GamesUpdate:
        """Take in games from their boards: the person may be looking at another screen."""
        before = after = self.lobby
        for game in games:
            after = after.with_game(game)
        self.state = replace(self.state, lobby=after)
        return GamesUpdate(tuple(news(before, after)))

    def add(self, game: Game) -> None:
        """Take in a game that the person has just opened or begun, which is no news to them."""
        self.state = replace(self.state, lobby=self.lobby.with_game(game))

    def lost(self, offline: Offline) -> None:
        """The backend cannot be reached; the watch goes on trying."""
        retry_at = self._now() + timedelta(seconds=offline.retry_in)
        self.state = replace(self.state, offline=offline, retry_at=retry_at)

    def failed(self, error: NimError) -> bool:
        """The games could not be read. Returns whether the person is still signed in."""
        self.state = replace(self.state, offline=None)
        if isinstance(error, NotSignedIn):
            return False
        if isinstance(error, NoSuchRoute):
            self.state = replace(self.state, listless=True, known=True)
        else:
            self.state = replace(self.state, error=error.message)
        return True
