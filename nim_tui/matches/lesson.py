"""A lesson on the board: the computer answers, explains each move, and lets you step back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

from backend.domain.clock import utc_now
from backend.domain.game import Game
from backend.domain.nim import Move
from nim_tui.client.offline import Offline
from nim_tui.matches.base import Clock, Match, MatchAction, StyledText, new_local_game
from nim_tui.matches.practice import THINKING, YOU, Pause
from nim_tui.model.lessons import LESSONS, Lesson, Situation, situation
from nim_tui.text import game as game_text
from nim_tui.text import lessons as lesson_text

Learned = Callable[[Lesson], object]


class LessonMatch(Match):
    """One lesson.

    Args:
        lesson: which one.
        moves: those that have been made already, of both.
        learned: called when the lesson is won.

    """

    home = "lessons"

    def __init__(
        self,
        lesson: Lesson,
        moves: Sequence[Move] = (),
        *,
        learned: Learned = lambda lesson: None,
        now: Clock = utc_now,
        pause: Pause = asyncio.sleep,
    ) -> None:
        self.lesson = lesson
        self._learned = learned
        self._pause = pause
        self._moved = asyncio.Event()
        self._moved.set()
        first, second = YOU, game_text.COMPUTER
        if lesson.partner_begins:
            first, second = second, first
        game = new_local_game(first, second, lesson.start, "misere", now)
        for move in moves:
            game = game.after_move(game.opponent_of(game.last_move_by), move, now())
        super().__init__(game, viewer=YOU, amber=YOU, now=now)

    @property
    def _moves(self) -> list[Move]:
        return [Move(played.heap, played.left) for played in self.game.moves]

    @property
    def situation(self) -> Situation:
        """The state of the lesson."""
        return situation(self.lesson, self._moves)

    @property
    def place(self) -> tuple[StyledText, ...]:
        return (StyledText(lesson_text.title(self.lesson), "text"),)

    def aside(self) -> tuple[StyledText, ...]:
        return (*super().aside(), StyledText(lesson_text.number(self.lesson), "muted"))

    def advice(self) -> tuple[StyledText, ...]:
        said = lesson_text.remarks(self.lesson, self.situation)
        return tuple(StyledText(remark.text, remark.tone) for remark in said)

    @property
    def offers(self) -> frozenset[MatchAction]:
        now = self.situation
        back = {MatchAction.BACK} if now.keep is not None and not now.won else set()
        if now.over:
            onward = {self._onward} if now.won else set()
            return frozenset({MatchAction.RESTART, MatchAction.REVIEW, *onward, *back})
        hint = {MatchAction.HINT} if self.mover and now.slip is None else set()
        return frozenset({*hint, *back})

    @property
    def proposal(self) -> MatchAction | None:
        now = self.situation
        if now.won:
            return self._onward
        return MatchAction.BACK if now.slip is not None and (self.mover or now.over) else None

    @property
    def _onward(self) -> MatchAction:
        last = self.lesson is LESSONS[-1]
        return MatchAction.PRACTICE if last else MatchAction.LESSON

    async def move(self, seen: Game, move: Move) -> Game:
        return seen.after_move(YOU, move, self.now()) if seen.turn == YOU else seen

    async def again(self) -> LessonMatch:
        return self._at(self.lesson, ())

    async def back(self) -> LessonMatch:
        keep = self.situation.keep
        return self if keep is None else self._at(self.lesson, self._moves[:keep])

    async def onward(self) -> LessonMatch:
        return self._at(LESSONS[LESSONS.index(self.lesson) + 1], ())

    def _at(self, lesson: Lesson, moves: Sequence[Move]) -> LessonMatch:
        return LessonMatch(lesson, moves, learned=self._learned, now=self.now, pause=self._pause)

    async def changes(self) -> AsyncIterator[Game | Offline]:
        while True:
            await self._moved.wait()
            self._moved.clear()
            game = self.game
            if game.turn == game_text.COMPUTER:
                await self._pause(THINKING)
                move = self.lesson.answer(game.heaps)
                yield game.after_move(game_text.COMPUTER, move, self.now())

    def take_over(self, game: Game) -> bool:
        newer = super().take_over(game)
        self._moved.set()
        if newer and game.winner == YOU:
            self._learned(self.lesson)
        return newer
