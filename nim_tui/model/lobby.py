"""What somebody's games are for the list of them: groups, news, and what a filter leaves. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from backend.domain.game import Game
from nim_tui.model.history import last_step, supersedes

FEW_FINISHED = 3
"""Finished games that are shown until somebody asks for all."""


@dataclass(frozen=True, slots=True)
class Lobby:
    """The games of `viewer`: open ones in the backend's order, finished ones newest first.

    `more` says that there are more finished games than these.
    """

    viewer: str
    open: tuple[Game, ...] = ()
    done: tuple[Game, ...] = ()
    more: bool = False

    @property
    def your_turn(self) -> list[Game]:
        """Where the person is to move: the longest wait first."""
        return [game for game in self.open if game.turn == self.viewer]

    @property
    def waiting(self) -> list[Game]:
        """Where the other one is to move."""
        return [game for game in self.open if game.turn != self.viewer]

    def find(self, game_id: str | None) -> Game | None:
        """The game with an id, if it is among these."""
        return next((game for game in (*self.open, *self.done) if game.game_id == game_id), None)

    def next_waiting(self, after: str | None) -> Game | None:
        """The game to play after the one with the id `after`: round, never that one itself."""
        games = self.your_turn
        here = next((i for i, game in enumerate(games) if game.game_id == after), -1)
        others = [*games[here + 1 :], *games[: max(here, 0)]]
        return others[0] if others else None

    def with_open(self, games: Iterable[Game]) -> Lobby:
        """These games instead of the open ones; none goes back to what it was before."""
        known = {game.game_id: game for game in self.open}
        newest = [_newer(known.get(game.game_id), game) for game in games]
        return self._sorted(newest, self.done)

    def with_done(self, games: Iterable[Game], *, more: bool) -> Lobby:
        """These games instead of the finished ones."""
        done = {game.game_id: game for game in games}
        still = tuple(game for game in self.open if game.game_id not in done)
        return replace(self, open=still, done=tuple(done.values()), more=more)

    def with_game(self, game: Game) -> Lobby:
        """This game as it is now, wherever it belongs."""
        if (known := self.find(game.game_id)) is not None and not supersedes(game, known):
            return self
        others = [other for other in self.open if other.game_id != game.game_id]
        done = tuple(other for other in self.done if other.game_id != game.game_id)
        return self._sorted([*others, game], done)

    def _sorted(self, games: Iterable[Game], done: tuple[Game, ...]) -> Lobby:
        """Ended games among `games` go to the finished ones; the longest wait comes first."""
        known = {game.game_id for game in done}
        # An id stands once only: a list needs that, whatever a server sends.
        new = {game.game_id: game for game in games if game.game_id not in known}
        ended = [game for game in new.values() if game.state == "done"]
        still = [game for game in new.values() if game.state == "open"]
        still.sort(key=_since)
        return replace(self, open=tuple(still), done=(*ended, *done))

    def matching(self, text: str) -> Lobby:
        """Only the games against people whose name has `text` in it, whatever its case."""
        wanted = text.strip().casefold()
        if not wanted:
            return self

        def fits(game: Game) -> bool:
            return wanted in game.opponent_of(self.viewer).casefold()

        return replace(
            self, open=tuple(filter(fits, self.open)), done=tuple(filter(fits, self.done))
        )


def _since(game: Game) -> float:
    """For sorting by how long a game has waited; one of unknown age waits longest."""
    return game.sort_time.timestamp() if game.sort_time is not None else 0.0


def _newer(known: Game | None, game: Game) -> Game:
    return game if known is None or supersedes(game, known) else known


def invites(game: Game, viewer: str) -> bool:
    """Whether this is an invitation that `viewer` has not answered yet."""
    return (
        game.user2 == viewer
        and game.state == "open"
        and not last_step(game)
        and (game.heaps == game.start)
    )
