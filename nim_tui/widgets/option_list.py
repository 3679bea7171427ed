"""A list of options with the keys of vi and the mouse wheel, safe before it has been laid out."""

from __future__ import annotations

from textual import events
from textual.binding import Binding
from textual.widgets import OptionList


class Options(OptionList):
    """The mouse wheel moves the highlight, and stops at the ends.

    Textual's own page keys look for lines that are made with the first layout (KeyError).
    """

    BINDINGS = [
        Binding("k", "cursor_up", show=False),
        Binding("j", "cursor_down", show=False),
        Binding("g", "first", show=False),
        Binding("G", "last", show=False),
    ]

    def action_page_up(self) -> None:
        if can_page(self):
            super().action_page_up()  # type: ignore[no-untyped-call] # Textual's

    def action_page_down(self) -> None:
        if can_page(self):
            super().action_page_down()  # type: ignore[no-untyped-call] # Textual's

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.prevent_default().stop()
        self._scroll(1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.prevent_default().stop()
        self._scroll(-1)

    def go(self, index: int) -> None:
        """Move the highlight to an option that can be chosen, counted from 0; -1 is the last."""
        if enabled := self._enabled:
            self.highlighted = enabled[index]

    @property
    def _enabled(self) -> list[int]:
        return [i for i, option in enumerate(self.options) if not option.disabled]

    def _scroll(self, by: int) -> None:
        enabled = self._enabled
        if self.highlighted in enabled:
            self.go(min(max(enabled.index(self.highlighted) + by, 0), len(enabled) - 1))
        else:
            self.go(0)


def can_page(options: OptionList) -> bool:
    """Whether the list has the room that its lines are made for."""
    return bool(options.scrollable_content_region)
