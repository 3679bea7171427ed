"""Two computers that play game after game, to be watched."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import replace

from backend.domain.clock import utc_now
from backend.domain.game import Game
from backend.domain.nim import DEFAULT_HEAPS, Heaps, Move, Rule, computer_move
from nim_tui.client.offline import Offline
from nim_tui.matches.base import Clock, Match, MatchAction, StyledText, new_local_game
from nim_tui.matches.practice import Pause

NAMES = ("Ada", "Alan")

# Seconds between two moves, and for the end to stay on the screen.
BETWEEN = 2.2
AT_THE_END = 5.0


class DemoMatch(Match):
    """A loop of games; the two take turns at moving first."""

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
        self._dice = random.Random(seed)  # noqa: S311 - a game's dice, not a secret
        self._pause = pause
        self._round = 0
        super().__init__(
            new_local_game(*NAMES, heaps, rule, now), viewer=None, amber=NAMES[0], now=now
        )

    @property
    def mover(self) -> str | None:
        return None

    @property
    def place(self) -> tuple[StyledText, ...]:
        one, two = NAMES
        return StyledText(one, "you"), StyledText(" and ", "muted"), StyledText(two, "opp")

    @property
    def offers(self) -> frozenset[MatchAction]:
        return frozenset()

    async def move(self, seen: Game, move: Move) -> Game:
        raise NotImplementedError(seen, move)

    async def again(self) -> DemoMatch:
        return self

    async def changes(self) -> AsyncIterator[Game | Offline]:
        game = self.game
        while True:
            if game.turn is None:
                await self._pause(AT_THE_END)
                game = self._next_game(game)
            else:
                await self._pause(BETWEEN)
                # Not perfect play: it would let the first move decide every game.
                move = computer_move(game.board, "medium", self._dice)
                game = game.after_move(game.turn, move, self.now())
            yield game

    def _next_game(self, game: Game) -> Game:
        """Another game, begun by the other player; its own id lets it replace this one."""
        self._round += 1
        again = new_local_game(game.user1, game.user2, game.start, game.rule, self.now)
        return replace(again, game_id=f"{again.game_id}-{self._round}")
