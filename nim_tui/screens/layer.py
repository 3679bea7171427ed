"""What all screens that close have in common: they close once, and only while they are on top.

Input can come to a screen that has just closed, or that another one has covered: clicks in one
burst, or an answer of the backend. Textual would then close whichever screen is on top.
"""

from __future__ import annotations

from typing import Generic

from textual import events, messages
from textual.await_complete import AwaitComplete
from textual.message import Message
from textual.reactive import Reactive
from textual.screen import Screen, ScreenResultType
from textual.widget import Widget


class SizedScreen(Screen[ScreenResultType], Generic[ScreenResultType]):
    """A screen that lays out and paints only what it has to."""

    # Textual paints the whole screen at each change of it. The two widgets paint themselves.
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)

    def on_compose(self) -> None:
        """Set the classes of the breakpoints before there are widgets that they style.

        Textual sets them after the first layout, so that everything would be laid out twice.
        """
        size = self.app.size
        for here, breakpoints in (
            (size.width, self.HORIZONTAL_BREAKPOINTS),
            (size.height, self.VERTICAL_BREAKPOINTS),
        ):
            fitting = [name for least, name in sorted(breakpoints or ()) if least <= here]
            self.add_class(*fitting[-1:])

    def _compositor_refresh(self) -> None:
        """As Textual does, but for what is hidden: the one on top would be painted anew for it."""
        if self.app.screen is self or self.app.screen.styles.background.a < 1:
            super()._compositor_refresh()
        else:
            self._dirty_widgets.clear()


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
