"""Lines out, answers in, and what arrives from elsewhere meanwhile.

Whatever is printed while a line is being typed waits until that line has been sent or erased.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TextIO

from nim_tui.text.sanitize import harmless

HIDDEN = "hidden"
DETAIL = "Answer the question. back: leaves it. quit: leaves the program."


class InputEnded(Exception):
    """Nobody will answer any more: ctrl+d, or the end of the file or the pipe."""


class QuitWanted(Exception):
    """The person wants to leave the program."""


class WentBack(Exception):
    """The person does not want to answer this question, nor those that would follow."""


@dataclass(frozen=True, slots=True)
class Typed:
    """An answer.

    Attributes:
        text: without the space around it.
        heard: how many lines had been printed when it was sent.

    """

    text: str
    heard: int = 0


class Console:
    """One person's standard input and output.

    Attributes:
        interactive: whether a person types the answers now; otherwise they were prepared, and
            nothing waits for them.

    """

    def __init__(self, out: TextIO, *, interactive: bool) -> None:
        self.interactive = interactive
        self._out = out
        # What is being typed at this moment; a keyboard sets it.
        self.partial: Callable[[], bool] = lambda: False
        self.hide: Callable[[bool], None] = lambda hidden: None
        self._held: list[str] = []
        self._printed = 0
        self._lines: deque[Typed] = deque()
        self._changes: deque[Any] = deque()
        self._ended = False
        self._arrived = asyncio.Event()

    # -- out -------------------------------------------------------------------------------------

    def say(self, text: str) -> None:
        """Print one line, harmless to the terminal; hold it back while a line is being typed."""
        if self.partial():
            self._held.append(text)
        else:
            self._printed += 1
            self.write(f"{harmless(text)}\n")

    @property
    def said(self) -> int:
        """How many lines have been said, those that are held back included."""
        return self._printed + len(self._held)

    def release(self) -> None:
        """Print what was held back: nothing is being typed any more."""
        held, self._held = self._held, []
        for text in held:
            self.say(text)

    def write(self, text: str) -> None:
        """Write as it is; what the stream cannot encode is replaced."""
        encoding = self._out.encoding or "utf-8"
        self._out.write(text.encode(encoding, "replace").decode(encoding))
        self._out.flush()

    # -- in: a keyboard or a pipe calls these ------------------------------------------------------

    def typed(self, line: str) -> None:
        """Take in an answer."""
        self._lines.append(Typed(line, self._printed))
        self._arrived.set()

    def end_input(self) -> None:
        """No further answer will come."""
        self._ended = True
        self._arrived.set()

    def post(self, change: object) -> None:
        """Take in what has changed elsewhere; `next` returns it."""
        self._changes.append(change)
        self._arrived.set()

    def forget_changes(self) -> None:
        """Drop what has changed elsewhere: nobody wants to know any more."""
        self._changes.clear()

    # -- what a conversation waits for -------------------------------------------------------------

    async def ask(self, question: str, *, secret: bool = False) -> str:
        """Ask, and return the answer. Raises: InputEnded."""
        self.hide(secret)
        try:
            self.say(question)
            typed = await self._next(lambda line: True, changes=False, secret=secret)
            assert isinstance(typed, Typed)
            return typed.text
        finally:
            self.hide(False)

    async def ask_for(self, question: str, *, secret: bool = False) -> str:
        """Ask for a detail: the answer is one, unless it leads elsewhere.

        Raises:
            InputEnded, QuitWanted, WentBack.

        """
        while True:
            answer = await self.ask(question, secret=secret)
            match answer.casefold():
                case "back":
                    raise WentBack
                case "quit":
                    raise QuitWanted
                case "?" | "help":
                    self.say(DETAIL)
                case _:
                    return answer

    async def confirm(self, question: str) -> bool:
        """Ask a question that is answered with yes or no. Raises: InputEnded, QuitWanted."""
        while True:
            try:
                answer = (await self.ask_for(f"{question} Answer yes or no.")).casefold()
            except WentBack:
                return False
            if answer in ("y", "yes"):
                return True
            if answer in ("n", "no", ""):
                return False

    async def next(self, wanted: Callable[[str], bool] = lambda line: True) -> Any:
        """The next change from elsewhere or, where there is none, the next answer.

        Prepared answers that are not `wanted` yet wait for their turn.

        Raises:
            InputEnded: no answer will come, and the person should have been asked.

        """
        return await self._next(wanted, changes=True)

    async def next_change(self) -> Any:
        """The next change from elsewhere, where nobody has to be asked."""
        while not self._changes:
            self._arrived.clear()
            await self._arrived.wait()
        return self._changes.popleft()

    async def answered_within(self, seconds: float) -> bool:
        """Wait for an answer so long, and drop it. Prepared ones are not waited for."""
        if not self.interactive:
            seconds = 0
        try:
            async with asyncio.timeout(seconds or 0.001):
                await self._next(lambda line: True, changes=False)
        except TimeoutError:
            return False
        except InputEnded:
            return True
        return True

    async def _next(
        self, wanted: Callable[[str], bool], *, changes: bool, secret: bool = False
    ) -> Any:
        while True:
            if changes and self._changes:
                return self._changes.popleft()
            if self._lines and (self.interactive or wanted(self._lines[0].text)):
                return self._take(secret=secret)
            if self._ended and not self._lines:
                raise InputEnded
            self._arrived.clear()
            await self._arrived.wait()

    def _take(self, *, secret: bool) -> Typed:
        typed = self._lines.popleft()
        # A password may begin or end with a space.
        line = typed.text if secret else typed.text.strip()
        if not self.interactive:
            # A terminal shows what is typed; a log has to be told.
            self.say(f"Answer: {HIDDEN if secret else line or 'empty'}")
        return Typed(line, typed.heard)
