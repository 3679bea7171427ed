"""Keys one after the other: none is looked at before what the one before it has led to.

Textual hands each key at once to whatever has the focus in that moment. Typed ahead, by a script
or a password manager, `name tab password` would all land in the first field, in clear text.
"""

from __future__ import annotations

from collections import deque
from time import monotonic

from textual import events
from textual.app import App
from textual.message_pump import MessagePump

# A key leads to messages, and these to others: so often everybody has their turn to handle them.
PASSES = 3
# A key that takes longer than this many seconds holds up none that come after it.
PATIENCE = 0.5


class TypeaheadApp(App[None]):
    """An app that takes a key when the effects of the former one are there."""

    def __init__(self) -> None:
        super().__init__()
        self._typed: deque[events.Key] = deque()
        # Since when a key's effects are waited for; None while they are not.
        self._since: float | None = None

    async def on_event(self, event: events.Event) -> None:
        if not isinstance(event, events.Key) or event.is_forwarded:
            await super().on_event(event)
            return
        self._typed.append(event)
        if self._since is None or monotonic() - self._since > PATIENCE:
            await self._next_key()

    async def _next_key(self) -> None:
        self._since = monotonic() if self._typed else None
        if self._typed:
            await super().on_event(self._typed.popleft())
            await self._go_round(PASSES)

    async def _go_round(self, passes: int) -> None:
        """Go from the focus up to the app, behind all that waits there to be handled."""
        if passes and self.screen_stack:
            focus = self.focused or self.screen
            await self._go_up([*reversed(focus.ancestors_with_self)], passes)
        else:
            await self._next_key()

    async def _go_up(self, ways: list[MessagePump], passes: int) -> None:
        """Have the rest of the way gone by the next of `ways` (the last one first)."""
        while ways:
            if ways.pop().call_later(self._go_up, ways, passes):
                return
        await self._go_round(passes - 1)
