"""Input one event after the other: each is handled only after the effects of the previous one.

Textual hands each key at once to whatever has the focus in that moment, and each click to whatever
the last layout had in that cell. Typed ahead, by a script, a password manager or over a slow line,
`name tab password` would all end up in the first field, in clear text, and the second click on a
card that closes would reach what lies under it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import TypeAlias

from textual import events
from textual.app import App
from textual.dom import DOMNode

# An event leads to messages, and these to further ones: how often each widget gets a turn.
PASSES = 3
# Effects that take longer than this many seconds no longer delay input. Nothing of ours takes so
# long; a slow machine can, and what is typed ahead there must not land elsewhere.
PATIENCE = 10.0
# How often, in seconds, to look whether the one that is waited for has gone.
LOOK = 0.05
# Nobody types so far ahead: what comes on top is noise, and would keep the app busy for minutes.
MOST_WAITING = 2_000

Input: TypeAlias = events.Key | events.MouseEvent | events.Paste


class TypeaheadApp(App[None]):
    """An app that handles a key or a click after the effects of the previous one."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: deque[Input] = deque()
        # Waits for the effects of the event that was taken last; None while nothing is awaited.
        self._settling: asyncio.Task[None] | None = None
        # Set while all input has been handled, with its effects: for those who drive the app.
        self.input_handled = asyncio.Event()
        self.input_handled.set()

    async def on_event(self, event: events.Event) -> None:
        if not isinstance(event, Input) or event.is_forwarded:
            await super().on_event(event)
            return
        self._put(event)
        self.input_handled.clear()
        if self._settling is None:
            await self._take()

    def _put(self, event: Input) -> None:
        waiting = self._waiting
        if isinstance(event, events.MouseMove) and waiting:
            if isinstance(waiting[-1], events.MouseMove):
                waiting.pop()
        elif len(waiting) >= MOST_WAITING:
            if not (isinstance(event, events.Key) and event.key == "ctrl+q"):
                return
            waiting.clear()
        waiting.append(event)

    async def _take(self) -> None:
        """Handle the next event, and then wait for what it leads to."""
        self._settling = None
        while self._waiting and self._settling is None and self.screen_stack:
            event = self._waiting.popleft()
            before = self.screen
            await super().on_event(event)
            # The pointer's way changes nothing that an event after it could miss.
            if not isinstance(event, events.MouseMove):
                self._settling = asyncio.create_task(self._settle(before))
        if self._settling is None:
            self.input_handled.set()

    async def _settle(self, before: DOMNode) -> None:
        try:
            await self._effects(before, monotonic() + PATIENCE)
        finally:
            if not self.call_later(self._take):
                self._waiting.clear()
                self.input_handled.set()

    async def _effects(self, before: DOMNode, deadline: float) -> None:
        for _ in range(PASSES):
            # From the focus up to the app, behind all that waits there to be handled.
            for node in self._way_up():
                await _turn(node.call_later, deadline)
        click_next = bool(self._waiting) and isinstance(self._waiting[0], events.MouseEvent)
        # What the event has brought is soon where it will be drawn. The app, last on the way, is
        # not asked: it has no layout.
        for screen in self._way_up()[-2:-1]:
            if click_next or screen is not before:
                await _turn(screen.call_after_refresh, deadline)

    def _way_up(self) -> list[DOMNode]:
        """From the focus to the app; empty while the app ends."""
        return (self.focused or self.screen).ancestors_with_self if self.screen_stack else []


async def _turn(later: Callable[[Callable[[], None]], bool], deadline: float) -> None:
    """Wait until a node has come to what `later` puts into its queue, or has gone."""
    done = asyncio.Event()
    while later(done.set) and monotonic() < deadline:
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK):
                await done.wait()
                return
