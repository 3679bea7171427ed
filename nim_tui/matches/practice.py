"""A person against the computer: the person moves first, and the computer pauses to think."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable

from backend.domain.clock import utc_now
from backend.domain.game import Game
from backend.domain.nim import DEFAULT_HEAPS, Heaps, Level, Move, Rule, computer_move
from nim_tui.client.models import Offline
from nim_tui.matches.base import Clock, Match, MatchAction, StyledText, new_local_game
from nim_tui.text import game as game_text

YOU = "You"

# Seconds: long enough for the person's own stones to leave, short enough not to feel like a wait.
THINKING = 0.7

Pause = Callable[[float], Awaitable[object]]


class PracticeMatch(Match):
    """One game against the computer at a level; the same seed gives the same moves."""

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
        self._dice = random.Random(seed)  # noqa: S311 - a game's dice, not a secret
        self._pause = pause
        self._moved = asyncio.Event()
        game = new_local_game(YOU, game_text.COMPUTER, heaps, rule, now)
        super().__init__(game, viewer=YOU, amber=YOU, now=now)

    @property
    def place(self) -> tuple[StyledText, ...]:
        return (StyledText("practice", "text"),)

    def aside(self) -> tuple[StyledText, ...]:
        return (StyledText(f"computer: {self.level}", "muted"), *super().aside())

    @property
    def offers(self) -> frozenset[MatchAction]:
        if self.game.state == "done":
            return frozenset({MatchAction.REMATCH, MatchAction.REVIEW})
        hint = {MatchAction.HINT} if self.mover else set()
        return frozenset({MatchAction.RESTART, *hint})

    async def move(self, seen: Game, move: Move) -> Game:
        return seen.after_move(YOU, move, self.now()) if seen.turn == YOU else seen

    async def again(self) -> PracticeMatch:
        return PracticeMatch(
            self.level,
            self.game.start,
            self.game.rule,
            None if self._seed is None else self._seed + 1,
            now=self.now,
            pause=self._pause,
        )

    async def changes(self) -> AsyncIterator[Game | Offline]:
        # The person may have left while the computer was thinking.
        self._moved.set()
        while True:
            await self._moved.wait()
            self._moved.clear()
            game = self.game
            if game.turn == game_text.COMPUTER:
                await self._pause(THINKING)
                move = computer_move(game.board, self.level, self._dice)
                yield game.after_move(game_text.COMPUTER, move, self.now())

    def take_over(self, game: Game) -> bool:
        newer = super().take_over(game)
        self._moved.set()
        return newer
