"""Typed-ahead keys: handles each key only after the effects of the previous one.

Textual sends each key at once to the widget that has the focus at that moment. Typed ahead, by a
script or a password manager, `name tab password` would all end up in the first field, in clear
text.
"""

from __future__ import annotations

from collections import deque
from time import monotonic

from textual import events
from textual.app import App
from textual.message_pump import MessagePump

# A key leads to messages, and these to further ones: how often each widget gets a turn to handle
# its messages before the next key.
PASSES = 3
# A key whose effects take more seconds than this no longer delays the keys after it.
MOST_SECONDS = 0.5


class TypeaheadApp(App[None]):
    """An app that handles a key after the effects of the previous one."""

    def __init__(self) -> None:
        super().__init__()
        self._typed: deque[events.Key] = deque()
        # When the current key was handled; None while no key is in progress.
        self._since: float | None = None

    async def on_event(self, event: events.Event) -> None:
        if not isinstance(event, events.Key) or event.is_forwarded:
            await super().on_event(event)
            return
        self._typed.append(event)
        if self._since is None or monotonic() - self._since > MOST_SECONDS:
            await self._next_key()

    async def _next_key(self) -> None:
        self._since = monotonic() if self._typed else None
        if self._typed:
            await super().on_event(self._typed.popleft())
            await self._visit_all(PASSES)

    async def _visit_all(self, passes: int) -> None:
        """Visit every widget from the focus up to the app, after the messages in its queue."""
        if passes and self.screen_stack:
            focus = self.focused or self.screen
            await self._visit([*reversed(focus.ancestors_with_self)], passes)
        else:
            await self._next_key()

    async def _visit(self, pumps: list[MessagePump], passes: int) -> None:
        """Visit the rest of `pumps`, the last one first."""
        while pumps:
            if pumps.pop().call_later(self._visit, pumps, passes):
                return
        await self._visit_all(passes - 1)
