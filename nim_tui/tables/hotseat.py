"""Two people at one keyboard: nothing is stored, nothing is sent."""

from __future__ import annotations

from collections.abc import AsyncIterator

from backend.game import Game
from backend.nim import DEFAULT_HEAPS, Heaps, Move, Rule
from backend.wire import utc_now
from nim_tui import words
from nim_tui.answers import Offline
from nim_tui.tables.base import Clock, Offer, Piece, Table, new_local_game

NAMES = ("Ana", "Ben")


class HotseatTable(Table):
    """The first named is ● and moves first; in the next game the other one does."""

    home = "menu"

    def __init__(
        self,
        names: tuple[str, str] = NAMES,
        heaps: Heaps = DEFAULT_HEAPS,
        rule: Rule = "misere",
        *,
        first: str | None = None,
        now: Clock = utc_now,
    ) -> None:
        self.names = names
        first = first or names[0]
        second = names[1] if first == names[0] else names[0]
        game = new_local_game(first, second, heaps, rule, now)
        super().__init__(game, viewer=None, amber=names[0], now=now)

    @property
    def mover(self) -> str | None:
        return self.game.turn

    @property
    def place(self) -> tuple[Piece, ...]:
        one, two = self.names
        return (
            Piece(words.name(one), "you"),
            Piece(" and ", "muted"),
            Piece(words.name(two), "opp"),
        )

    @property
    def offers(self) -> frozenset[Offer]:
        if self.game.state == "done":
            return frozenset({Offer.REMATCH, Offer.REVIEW, Offer.NEW})
        return frozenset({Offer.NEW})

    async def move(self, seen: Game, move: Move) -> Game:
        return seen.after_move(seen.turn, move, self.now()) if seen.turn else seen

    async def again(self) -> HotseatTable:
        return HotseatTable(
            self.names, self.game.start, self.game.rule, first=self.game.user1, now=self.now
        )

    async def changes(self) -> AsyncIterator[Game | Offline]:
        nothing: tuple[Game, ...] = ()
        for game in nothing:
            yield game
