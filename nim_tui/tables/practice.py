"""A person against the computer: the person moves first, the computer thinks for a moment."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable

from backend.game import Game
from backend.nim import DEFAULT_HEAPS, Heaps, Level, Move, Rule, computer_move
from backend.wire import utc_now
from nim_tui import words
from nim_tui.answers import Offline
from nim_tui.tables.base import Clock, Offer, Piece, Table, new_local_game

YOU = "You"

# Seconds: long enough for the person's own stones to have gone, short enough not to be waited for.
THINKING = 0.7

Pause = Callable[[float], Awaitable[object]]


class PracticeTable(Table):
    """One game against the computer at a level; the same seed gives the same computer."""

    home = "menu"

    def __init__(
        self,
        level: Level = "medium",
        heaps: Heaps = DEFAULT_HEAPS,
        rule: Rule = "misere",
        seed: int | None = None,
        *,
        now: Clock = utc_now,
        pause: Pause = asyncio.sleep,
    ) -> None:
        self.level = level
        self._seed = seed
        self._dice = random.Random(seed)  # noqa: S311 - a game's dice, no secret
        self._pause = pause
        self._moved = asyncio.Event()
        game = new_local_game(YOU, words.COMPUTER, heaps, rule, now)
        super().__init__(game, viewer=YOU, amber=YOU, now=now)

    @property
    def place(self) -> tuple[Piece, ...]:
        return (Piece("practice", "text"),)

    def aside(self) -> tuple[Piece, ...]:
        return (Piece(f"computer: {self.level}", "muted"), *super().aside())

    @property
    def offers(self) -> frozenset[Offer]:
        if self.game.state == "done":
            return frozenset({Offer.REMATCH, Offer.REVIEW})
        hint = {Offer.HINT} if self.mover else set()
        return frozenset({Offer.RESTART, *hint})

    async def move(self, seen: Game, move: Move) -> Game:
        return seen.after_move(YOU, move, self.now()) if seen.turn == YOU else seen

    async def again(self) -> PracticeTable:
        return PracticeTable(
            self.level,
            self.game.start,
            self.game.rule,
            None if self._seed is None else self._seed + 1,
            now=self.now,
            pause=self._pause,
        )

    async def changes(self) -> AsyncIterator[Game | Offline]:
        while True:
            await self._moved.wait()
            self._moved.clear()
            game = self.game
            if game.turn == words.COMPUTER:
                await self._pause(THINKING)
                move = computer_move(game.board, self.level, self._dice)
                yield game.after_move(words.COMPUTER, move, self.now())

    def take_over(self, game: Game) -> bool:
        newer = super().take_over(game)
        self._moved.set()
        return newer
