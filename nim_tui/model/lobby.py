"""View model of the games list: groups, order, and filter. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from backend.domain.game import Game
from nim_tui.model.history import last_step, supersedes

FEW_FINISHED = 3
"""How many finished games are shown until the player asks for all."""


@dataclass(frozen=True, slots=True)
class Lobby:
    """The games of `viewer`: open ones in the backend's order, finished ones newest first.

    `more`: there are more finished games than these.
    """

    viewer: str
    open: tuple[Game, ...] = ()
    done: tuple[Game, ...] = ()
    more: bool = False

    @property
    def your_turn(self) -> list[Game]:
        """The games in which the player has to move, the longest wait first."""
        return [game for game in self.open if game.turn == self.viewer]

    @property
    def waiting(self) -> list[Game]:
        """The games in which the opponent has to move."""
        return [game for game in self.open if game.turn != self.viewer]

    def find(self, game_id: str | None) -> Game | None:
        """The game with this id, if it is in the lobby."""
        return next((game for game in (*self.open, *self.done) if game.game_id == game_id), None)

    def rematch_of(self, game_id: str) -> Game | None:
        """The rematch of the game with this id, if one was asked for."""
        games = (*self.open, *self.done)
        return next((game for game in games if game.rematch_of == game_id), None)

    def next_waiting(self, after: str | None) -> Game | None:
        """The game to play after the one with the id `after`: cyclic, never that one itself."""
        games = self.your_turn
        here = next((i for i, game in enumerate(games) if game.game_id == after), -1)
        others = [*games[here + 1 :], *games[: max(here, 0)]]
        return others[0] if others else None

    def with_open(self, games: Iterable[Game]) -> Lobby:
        """These games instead of the open ones; no game returns to an older state."""
        known = {game.game_id: game for game in self.open}
        newest = [_newer(known.get(game.game_id), game) for game in games]
        return self._sorted(newest, self.done)

    def with_done(self, games: Iterable[Game], *, more: bool) -> Lobby:
        """These games instead of the finished ones."""
        done = {game.game_id: game for game in games}
        still = tuple(game for game in self.open if game.game_id not in done)
        return replace(self, open=still, done=tuple(done.values()), more=more)

    def with_game(self, game: Game) -> Lobby:
        """With the newest state of this game, in the group where it belongs."""
        if (known := self.find(game.game_id)) is not None and not supersedes(game, known):
            return self
        others = [other for other in self.open if other.game_id != game.game_id]
        done = tuple(other for other in self.done if other.game_id != game.game_id)
        return self._sorted([*others, game], done)

    def _sorted(self, games: Iterable[Game], done: tuple[Game, ...]) -> Lobby:
        """Moves ended games to the finished ones, and sorts the rest, the longest wait first."""
        known = {game.game_id for game in done}
        # Each id only once, whatever a server sends: the list widget requires it.
        new = {game.game_id: game for game in games if game.game_id not in known}
        ended = [game for game in new.values() if game.state == "done"]
        still = [game for game in new.values() if game.state == "open"]
        still.sort(key=_since)
        return replace(self, open=tuple(still), done=(*ended, *done))

    def matching(self, text: str) -> Lobby:
        """Only the games against opponents whose name contains `text`, ignoring case."""
        wanted = text.strip().casefold()
        if not wanted:
            return self

        def fits(game: Game) -> bool:
            return wanted in game.opponent_of(self.viewer).casefold()

        return replace(
            self, open=tuple(filter(fits, self.open)), done=tuple(filter(fits, self.done))
        )


def _since(game: Game) -> float:
    """Sort key: when a game began to wait; one of unknown age has waited longest."""
    return game.sort_time.timestamp() if game.sort_time is not None else 0.0


def _newer(known: Game | None, game: Game) -> Game:
    return game if known is None or supersedes(game, known) else known


def invites(game: Game, viewer: str) -> bool:
    """Whether this is an invitation that `viewer` has not answered yet."""
    return game.invited == viewer and game.state == "open" and untouched(game)


def untouched(game: Game) -> bool:
    """Whether nobody has moved yet."""
    return not last_step(game) and game.heaps == game.start
