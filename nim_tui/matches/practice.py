"""A person against the computer, which pauses to think before it moves."""

from __future__ import annotations

import asyncio
import copy
import random
from collections.abc import AsyncIterator, Awaitable, Callable

from backend.domain.clock import utc_now
from backend.domain.game import Game
from backend.domain.nim import DEFAULT_HEAPS, Heaps, Level, Move, Rule, computer_move
from nim_tui.client.offline import Offline
from nim_tui.matches.base import Clock, Match, MatchAction, StyledText, new_local_game, rewound
from nim_tui.model.board_options import Scores
from nim_tui.text import game as game_text

YOU = "You"

# Seconds: long enough for the person's own stones to leave, short enough not to feel like a wait.
THINKING = 0.7

Pause = Callable[[float], Awaitable[object]]


class PracticeMatch(Match):
    """One game against the computer at a level; the same seed gives the same moves.

    `first` moves first; in a rematch the other player does. Results are added to `scores`.
    """

    home = "menu"

    def __init__(
        self,
        level: Level = "medium",
        heaps: Heaps = DEFAULT_HEAPS,
        rule: Rule = "misere",
        seed: int | None = None,
        *,
        first: str = YOU,
        scores: Scores | None = None,
        now: Clock = utc_now,
        pause: Pause = asyncio.sleep,
    ) -> None:
        self.level = level
        self._seed = seed
        self._dice = random.Random(seed)  # noqa: S311 - a game's dice, not a secret
        self._pause = pause
        self._scores = Scores() if scores is None else scores
        self._moved = asyncio.Event()
        self._moved.set()
        second = game_text.COMPUTER if first == YOU else YOU
        game = new_local_game(first, second, heaps, rule, now)
        super().__init__(game, viewer=YOU, amber=YOU, now=now)

    @property
    def place(self) -> tuple[StyledText, ...]:
        return StyledText("practice", "text"), StyledText(f", {self.level}", "muted")

    def aside(self) -> tuple[StyledText, ...]:
        """The rule; once the game is over, the results of all games on this level."""
        if self.game.state == "open":
            return super().aside()
        return (StyledText(game_text.score(self.level, self._scores), "muted"),)

    @property
    def offers(self) -> frozenset[MatchAction]:
        if self.game.state == "done":
            return frozenset({MatchAction.REMATCH, MatchAction.REVIEW, MatchAction.OPTIONS})
        hint = {MatchAction.HINT} if self.mover else set()
        back = {MatchAction.BACK} if self._mine else set()
        return frozenset({MatchAction.RESTART, MatchAction.OPTIONS, *hint, *back})

    @property
    def _mine(self) -> list[int]:
        """The indexes of the person's moves in the history."""
        return [at for at, played in enumerate(self.game.moves) if played.user == YOU]

    async def move(self, seen: Game, move: Move) -> Game:
        return seen.after_move(YOU, move, self.now()) if seen.turn == YOU else seen

    async def again(self) -> PracticeMatch:
        return PracticeMatch(
            self.level,
            self.game.start,
            self.game.rule,
            None if self._seed is None else self._seed + 1,
            first=self.game.user2,
            scores=self._scores,
            now=self.now,
            pause=self._pause,
        )

    async def back(self) -> PracticeMatch:
        """The board before the person's last move; the computer's dice are not rewound."""
        before = copy.copy(self)
        before.game = rewound(self.game, self._mine[-1] if self._mine else 0)
        return before

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
        if newer and game.winner is not None:
            self._scores.count(self.level, won=game.winner == YOU)
        self._moved.set()
        return newer
