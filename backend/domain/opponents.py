"""Whom somebody has played with, and how it went. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from backend.domain.game import Game

MOST_OPPONENTS = 100
"""How many opponents are listed, those played last first."""


@dataclass(frozen=True, slots=True)
class Opponent:
    """One opponent, from one player's point of view.

    Attributes:
        won, lost: finished games; a declined one is neither.
        open: games that are not over.
        last_played: the last move or ending; None if no game has times.

    """

    username: str
    won: int = 0
    lost: int = 0
    open: int = 0
    last_played: datetime | None = None

    def with_game(self, game: Game) -> Opponent:
        """The same with one more game counted."""
        times = [time for time in (self.last_played, game.sort_time) if time is not None]
        won = game.winner is not None and game.winner != self.username
        return replace(
            self,
            won=self.won + won,
            lost=self.lost + (game.winner == self.username),
            open=self.open + (game.state == "open"),
            last_played=max(times, default=None),
        )


def tally(
    user: str, games: Iterable[Game], before: Mapping[str, Opponent] | None = None
) -> dict[str, Opponent]:
    """The opponents of `user` in these games, added to those of before."""
    found = dict(before or {})
    for game in games:
        name = game.opponent_of(user)
        found[name] = found.get(name, Opponent(name)).with_game(game)
    return found


def latest_first(opponents: Iterable[Opponent]) -> list[Opponent]:
    """Those played last first, at most MOST_OPPONENTS."""

    def order(one: Opponent) -> tuple[float, str]:
        return (-one.last_played.timestamp() if one.last_played else 0.0, one.username)

    return sorted(opponents, key=order)[:MOST_OPPONENTS]
