"""What is typed, on its way to the app: a hand's worth at a time, whatever is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from textual.message import Message

from nim_tui.ssh.line import Allowance
from nim_tui.terminal.keyboard import Keyboard

# A key costs the app many times what it costs its sender: more than that a second is no hand.
BURST_BYTES = 4_096
BYTES_A_SECOND = 2_560
_PIECE = 256
# What waits beyond this stays with the client.
_MOST_WAITING = 8_192
_TICK_SECONDS = 0.05


class Inbox:
    """Bytes to events, for an app that may not have started yet.

    Args:
        pause, resume: stop the channel, and let it go on.

    """

    def __init__(self, pause: Callable[[], None], resume: Callable[[], None]) -> None:
        self._pause, self._resume = pause, resume
        self._loop = asyncio.get_running_loop()
        self._allowance = Allowance(self._loop.time, BURST_BYTES, BYTES_A_SECOND)
        self._keyboard = Keyboard(self._loop.time)
        self._waiting = bytearray()
        self._paused = False
        self._receive: Callable[[Message], None] | None = None
        # Set while more waits than a hand types, and while half of something has come.
        self._next_piece: asyncio.TimerHandle | None = None
        self._next_tick: asyncio.TimerHandle | None = None

    def open(self, receive: Callable[[Message], None]) -> None:
        """Hand over what has come, and from now on what comes."""
        self._receive = receive
        self._pump()

    def put(self, data: bytes) -> None:
        """Bytes have come."""
        self._waiting += data
        if len(self._waiting) > _MOST_WAITING and not self._paused:
            self._paused = True
            self._pause()
        if self._receive is not None and self._next_piece is None:
            self._pump()

    def close(self) -> None:
        """Hand over nothing more."""
        self._receive = None
        for timer in (self._next_piece, self._next_tick):
            if timer is not None:
                timer.cancel()

    def _pump(self) -> None:
        self._next_piece, wait = None, 0.0
        while self._waiting and not wait:
            piece = bytes(self._waiting[:_PIECE])
            del self._waiting[:_PIECE]
            wait = self._allowance.take(len(piece))
            self._hand_over(self._keyboard.feed(piece))
        if wait:
            self._next_piece = self._loop.call_later(wait, self._pump)
        elif self._paused:
            self._paused = False
            self._resume()
        self._watch()

    def _tick(self) -> None:
        self._next_tick = None
        self._hand_over(self._keyboard.tick())
        self._watch()

    def _watch(self) -> None:
        """Look again soon, where what has come may be half of something."""
        if self._receive is not None and self._next_tick is None and self._keyboard.pending:
            self._next_tick = self._loop.call_later(_TICK_SECONDS, self._tick)

    def _hand_over(self, found: list[Message]) -> None:
        if self._receive is not None:
            for message in found:
                self._receive(message)
