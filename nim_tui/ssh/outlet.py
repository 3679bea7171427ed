"""What is drawn, on its way to somebody who may not read it.

While the line takes nothing more, frames are dropped whole, and the newest is drawn once it does
again. So a session holds at most one frame and the two buffers below it, however slow its reader.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

PATIENCE_SECONDS = 60.0
"""How long a line may take nothing at all before it is closed."""


class Sink(Protocol):
    """The channel of a session."""

    def write(self, data: bytes) -> None: ...

    def is_closing(self) -> bool: ...


class Outlet:
    """The way out of one session.

    Args:
        sink: takes the bytes.
        encoding: of the terminal; what it lacks is drawn as a question mark.
        redraw: draws the whole screen anew, after frames have been dropped.
        give_up: closes the line, because nobody reads.

    """

    def __init__(
        self,
        sink: Sink,
        encoding: str,
        *,
        redraw: Callable[[], None],
        give_up: Callable[[], None],
    ) -> None:
        self._sink = sink
        self._encoding = encoding
        self._redraw, self._give_up = redraw, give_up
        self._loop = asyncio.get_running_loop()
        self._text: list[str] = []
        self._flushing: asyncio.Handle | None = None
        self._blocked: set[str] = set()
        self._missed = False
        self._timer: asyncio.TimerHandle | None = None

    @property
    def blocked(self) -> bool:
        """Whether the line takes nothing at the moment."""
        return bool(self._blocked)

    def write(self, text: str) -> None:
        """Send text with the rest of its frame, or drop it while the line is blocked."""
        if self._blocked:
            self._missed = True
            return
        self._text.append(text)
        if self._flushing is None:
            # What is written in one turn of the loop is one frame, and becomes one packet.
            self._flushing = self._loop.call_soon(self.flush)

    def flush(self) -> None:
        """Send now what has been written."""
        if self._flushing is not None:
            self._flushing.cancel()
            self._flushing = None
        text, self._text = "".join(self._text), []
        if text and not self._sink.is_closing():
            self._sink.write(text.encode(self._encoding, "replace"))

    def finish(self, text: str) -> None:
        """Send the last text, even if the line is blocked: it is short."""
        self._text.append(text)
        self.flush()

    def block(self, why: str) -> None:
        """The line takes nothing more."""
        self._blocked.add(why)
        if self._timer is None:
            self._timer = self._loop.call_later(PATIENCE_SECONDS, self._give_up)

    def unblock(self, why: str) -> None:
        """One of the reasons is gone; after the last one, draw what was missed."""
        self._blocked.discard(why)
        if self._blocked:
            return
        self._stop_timer()
        missed, self._missed = self._missed, False
        if missed:
            self._redraw()

    def close(self) -> None:
        """Forget the timers."""
        self._stop_timer()
        if self._flushing is not None:
            self._flushing.cancel()
            self._flushing = None

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
