"""One board after another, as lines and questions, until the person leaves."""

from __future__ import annotations

import asyncio
from enum import Enum, auto

from backend.domain.errors import NimError, NotSignedIn
from backend.domain.game import Game
from backend.domain.nim import Move
from nim_tui.accessible import spoken
from nim_tui.accessible.console import Console, QuitWanted, Typed
from nim_tui.client.offline import Offline
from nim_tui.matches import Match, MatchAction, PracticeMatch, StyledText
from nim_tui.options import UsageError
from nim_tui.shell.moves import parse_move
from nim_tui.text import game as game_text

NOT_AN_ANSWER = "That is not an answer here. Answer ? to hear what is."
CHANGED = "The board changed while you typed, so that answer was not used."
OVER = "This game is over."
NO_HINTS = "There are no hints in games between people."
TAKE_ONE = "Take one or more."


class Leave(Enum):
    """Where the person goes from a board."""

    BACK = auto()
    NEXT = auto()
    PRACTICE = auto()


class Play:
    """A match at a console.

    Attributes:
        match: the one that is played now; a rematch replaces it.

    """

    def __init__(self, console: Console, match: Match, *, confirm: bool = False) -> None:
        self.match = match
        self._console = console
        self._confirm = confirm
        self._offline = False
        # How many lines had been said with the other player's last move: an answer that was sent
        # before those were heard is meant for the board before it.
        self._board_told = 0
        self._advice: tuple[StyledText, ...] = ()

    async def run(self) -> Leave:
        """Play until the person leaves. Raises: InputEnded, QuitWanted, NotSignedIn."""
        self._console.say(spoken.opening(self.match))
        self._tell()
        if self.match.mover is not None:
            self._console.say(spoken.EXAMPLE)
        while True:
            outcome = await self._play()
            if isinstance(outcome, Leave):
                return outcome
            self.match = outcome
            if outcome.listed or not outcome.game.moves:  # not where a move was taken back
                self._console.say(spoken.opening(self.match))
            self._tell()

    async def _play(self) -> Match | Leave:
        """Play this match until another one takes its place, or the person leaves."""
        following = asyncio.create_task(self._follow(self.match))
        try:
            while True:
                event = await self._next()
                if not isinstance(event, Typed):
                    self._changed(event)
                elif (outcome := await self._answered(event)) is not None:
                    return outcome
        finally:
            following.cancel()
            await asyncio.wait([following])
            self._console.forget_changes()

    async def _follow(self, match: Match) -> None:
        try:
            async for change in match.changes():
                self._console.post(change)
        except NimError as error:
            self._console.post(error)

    async def _next(self) -> Typed | Game | Offline | NimError:
        """What happens next: an answer of the person, or a change from elsewhere."""
        match = self.match
        waiting = match.mover is None and match.game.state == "open"
        event: Typed | Game | Offline | NimError
        if waiting and not match.listed:  # the computer's move
            event = await self._console.next_change()
        elif waiting:
            # A move that was prepared is for the person's own turn.
            event = await self._console.next(lambda line: _move(line) is None)
        else:
            event = await self._console.next()
        return event

    # -- what changes elsewhere --------------------------------------------------------------------

    def _changed(self, change: Game | Offline | NimError) -> None:
        match change:
            case Offline():
                if not self._offline:
                    self._console.say(f"Offline: {spoken.sentence(change.message)}")
                self._offline = True
            case NotSignedIn():
                raise change
            case NimError():
                self._console.say(spoken.refusal(change, self.match.game, self.match.viewer))
            case Game():
                if self._offline:
                    self._console.say("Connected again.")
                self._offline = False
                if self.match.take_over(change):
                    self._tell()
                    # A computer's move comes at once, so nobody has typed meanwhile.
                    self._board_told = self._console.said if self.match.listed else 0

    # -- what is said ------------------------------------------------------------------------------

    def _tell(self, *, repeat: bool = False) -> None:
        """Say what has happened last, the board, and what is asked now."""
        match, game, say = self.match, self.match.game, self._console.say
        if said := spoken.last_move(game, match.viewer):
            say(said)
        before, self._advice = self._advice, match.advice()
        # What was good about the person's own move has been said when they made it.
        replied = match.mover is not None
        for remark in self._advice:
            if repeat or (before != self._advice and not (replied and remark in before)):
                say(spoken.sentence(remark.text))
        if game.state == "open":
            say(spoken.board(game.heaps))
        else:
            say(spoken.turn(game, match.viewer))
            if isinstance(match, PracticeMatch):
                results = "".join(part.text for part in match.aside())
                say(spoken.sentence(f"Results, {results}"))
        self._ask()

    def _ask(self) -> None:
        """Ask for what the person can do now."""
        match, game, say = self.match, self.match.game, self._console.say
        if match.proposal is not None:
            say(spoken.PROPOSALS[match.proposal])
        elif game.state == "done":
            say("What now? Answer back, or ? to hear what else.")
        elif match.mover is not None:
            say(f"{spoken.turn(game, match.viewer)} Which move?")
        elif match.listed:
            say(spoken.sentence(game_text.waiting(game, match.now())))

    # -- what is answered --------------------------------------------------------------------------

    async def _answered(self, typed: Typed) -> Match | Leave | None:
        """Do what was answered. Returns where that leads, if it leads away from this match."""
        word = " ".join(typed.text.casefold().split())
        match word:
            case "" | "board":
                self._tell(repeat=True)
                return None
            case "?" | "help":
                self._list(spoken.answers(self.match))
                return None
            case "moves":
                self._list(spoken.history(self.match.game, self.match.viewer))
                return None
            case "back":
                return Leave.BACK
            case "quit":
                raise QuitWanted
        if move := _move(word):
            unheard = self._console.interactive and typed.heard < self._board_told
            await self._take(*move, unheard=unheard)
            return None
        for action in self.match.offers & spoken.ANSWERS.keys():
            if word == spoken.ANSWERS[action][0]:
                return await self._do(action)
        self._console.say(self._not_now(word))
        return None

    def _not_now(self, word: str) -> str:
        """Why that is not an answer at this board now."""
        if word not in (known for known, _ in spoken.ANSWERS.values()):
            return NOT_AN_ANSWER
        if word == spoken.ANSWERS[MatchAction.HINT][0] and self.match.listed:
            return NO_HINTS
        return f"Not now: {word}. Answer ? to hear what you can."

    def _list(self, lines: list[str]) -> None:
        for line in lines or ["No move has been made."]:
            self._console.say(line)
        self._ask()

    async def _take(self, heap: int, take: int, *, unheard: bool) -> None:
        match, game = self.match, self.match.game
        if match.mover is None:
            self._console.say(OVER if game.turn is None else spoken.turn(game, match.viewer))
            return
        why = CHANGED if unheard else _cannot(game.board.count(heap), heap, take)
        if why:
            self._console.say(spoken.sentence(why))
            self._ask()
            return
        move = Move(heap, game.board.count(heap) - take)
        if self._confirm:
            question = spoken.sentence(game_text.selection(move, game.board.count(heap)))
            if not await self._console.confirm(question):
                self._ask()
                return
        try:
            self._receive(await match.move(game, move))
        except NimError as error:
            self._refused(error)

    def _receive(self, game: Game) -> None:
        if self.match.take_over(game):
            self._tell()

    def _refused(self, error: NimError) -> None:
        if isinstance(error, NotSignedIn):
            raise error
        self._console.say(spoken.refusal(error, self.match.game, self.match.viewer))
        if error.game is None or not self.match.take_over(error.game):
            self._ask()
        else:
            self._tell()

    async def _do(self, action: MatchAction) -> Match | Leave | None:
        match, game = self.match, self.match.game
        try:
            match action:
                case MatchAction.HINT:
                    self._list(spoken.hint(game.board, game.board.best_move(), match.mover or ""))
                case MatchAction.REVIEW:
                    self._list(spoken.review(game, match.viewer))
                case MatchAction.BACK:
                    return await match.back()
                case MatchAction.RESIGN | MatchAction.DECLINE | MatchAction.CLAIM:
                    if await self._sure(action):
                        self._receive(await match.end(action))
                    else:
                        self._ask()
                case MatchAction.REMATCH | MatchAction.RESTART | MatchAction.NEW:
                    return await self._again()
                case MatchAction.LESSON:
                    return await match.onward()
                case MatchAction.NEXT:
                    return Leave.NEXT
                case MatchAction.PRACTICE:
                    return Leave.PRACTICE
        except NimError as error:
            self._refused(error)
        return None

    async def _sure(self, action: MatchAction) -> bool:
        if action is MatchAction.CLAIM:
            return True
        question, _ = game_text.GIVING_UP[action is MatchAction.DECLINE]
        return await self._console.confirm(question)

    async def _again(self) -> Match | None:
        game = self.match.game
        if game.moves and game.state == "open":
            question, _ = game_text.STARTING_AGAIN
            if not await self._console.confirm(question):
                self._ask()
                return None
        return await self.match.again()


def _move(text: str) -> tuple[int, int] | None:
    """The heap and how many to take, where the text is a move: `b3`, `b 3`, `2 3`."""
    try:
        return parse_move(text.strip(), None)
    except UsageError:
        return None


def _cannot(left: int, heap: int, take: int) -> str:
    """Why so many cannot be taken from a heap of `left` objects; empty where they can."""
    if left == 0:
        return game_text.empty_heap(heap)
    if take == 0:
        return TAKE_ONE
    return game_text.too_many(heap, left) if take > left else ""
