"""What all screens that close have in common: they close once, and only while they are on top.

Input can come to a screen that has just closed, or that another one has covered: clicks in one
burst, or an answer of the backend. Textual would then close whichever screen is on top.
"""

from __future__ import annotations

from typing import Generic

from textual import events, messages
from textual.await_complete import AwaitComplete
from textual.message import Message
from textual.screen import Screen, ScreenResultType


class SizedScreen(Screen[ScreenResultType], Generic[ScreenResultType]):
    """A screen that has the classes of its breakpoints from the first layout on.

    Textual sets them after the first one, so that everything would be laid out and painted twice.
    """

    def on_compose(self) -> None:
        """Set the classes, before there are widgets that would be styled for nothing."""
        size = self.app.size
        for here, breakpoints in (
            (size.width, self.HORIZONTAL_BREAKPOINTS),
            (size.height, self.VERTICAL_BREAKPOINTS),
        ):
            fitting = [name for least, name in sorted(breakpoints or ()) if least <= here]
            self.add_class(*fitting[-1:])


class Layer(SizedScreen[ScreenResultType], Generic[ScreenResultType]):
    """A screen that leaves the screens above and below it alone."""

    # What it will close with when it is on top again; None while it need not.
    _outcome: tuple[ScreenResultType | None] | None = None

    async def on_event(self, event: events.Event) -> None:
        """As Textual does, but for input that comes too late or while it is covered."""
        if not isinstance(event, events.InputEvent) or self.is_current:
            await super().on_event(event)

    async def _on_message(self, message: Message) -> None:
        """As Textual does, but for what is told to a screen that is being removed.

        Its widgets go first, and an answer of the backend may still be waiting for the screen.
        """
        if self.display or type(message).__module__ == messages.__name__:
            await super()._on_message(message)

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        """Close with a result: at once on top, later when covered, and not at all when closed."""
        if self.is_current:
            return super().dismiss(result)
        if self in self.app.screen_stack:
            self._outcome = (result,)
        return AwaitComplete()

    def on_screen_resume(self) -> None:
        if self._outcome is not None:
            (result,), self._outcome = self._outcome, None
            self.dismiss(result)
