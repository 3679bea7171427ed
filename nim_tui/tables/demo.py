"""Two computers that play for whoever passes by, game after game."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator

from backend.game import Game
from backend.nim import DEFAULT_HEAPS, Heaps, Move, Rule, computer_move
from backend.wire import utc_now
from nim_tui.answers import Offline
from nim_tui.tables.base import Clock, Offer, Piece, Table, new_local_game
from nim_tui.tables.practice import Pause

NAMES = ("Ada", "Alan")

# Seconds between two moves, and for the end to be seen.
BETWEEN = 2.2
AT_THE_END = 5.0


class DemoTable(Table):
    """A loop of games; the two change who moves first."""

    home = "menu"
    loops = True

    def __init__(
        self,
        heaps: Heaps = DEFAULT_HEAPS,
        rule: Rule = "misere",
        seed: int | None = None,
        *,
        now: Clock = utc_now,
        pause: Pause = asyncio.sleep,
    ) -> None:
        self._dice = random.Random(seed)  # noqa: S311 - a game's dice, no secret
        self._pause = pause
        self._round = 0
        super().__init__(
            new_local_game(*NAMES, heaps, rule, now), viewer=None, amber=NAMES[0], now=now
        )

    @property
    def mover(self) -> str | None:
        return None

    @property
    def place(self) -> tuple[Piece, ...]:
        one, two = NAMES
        return Piece(one, "you"), Piece(" and ", "muted"), Piece(two, "opp")

    @property
    def offers(self) -> frozenset[Offer]:
        return frozenset()

    async def move(self, seen: Game, move: Move) -> Game:
        raise NotImplementedError(seen, move)

    async def again(self) -> DemoTable:
        return self

    async def changes(self) -> AsyncIterator[Game | Offline]:
        while True:
            if self.game.turn is None:
                await self._pause(AT_THE_END)
                yield self._next_game()
            await self._pause(BETWEEN)
            yield self._next_move()

    def _next_game(self) -> Game:
        self._round += 1
        first, second = NAMES if self._round % 2 == 0 else NAMES[::-1]
        game = new_local_game(first, second, self.game.start, self.game.rule, self.now)
        self.game = game
        return game

    def _next_move(self) -> Game:
        turn = self.game.turn
        if turn is None:
            return self.game
        # Not perfect: otherwise the first move would decide every game.
        move = computer_move(self.game.board, "medium", self._dice)
        return self.game.after_move(turn, move, self.now())
