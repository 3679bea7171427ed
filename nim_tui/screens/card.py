"""What cards have in common: their place over the dimmed screen, the way out, and rows."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Generic

from textual import events
from textual.binding import Binding
from textual.screen import ModalScreen, ScreenResultType
from textual.types import CSSPathType

from nim_tui.screens.layer import Layer

CARD_STYLES = Path(__file__).parent / "card.tcss"
"""For a card that adds styles of its own: `CSS_PATH` takes a list."""


class CardScreen(ModalScreen[ScreenResultType], Layer[ScreenResultType], Generic[ScreenResultType]):
    """A card, `#card`, in the middle of the screen. A click beside it closes it."""

    CSS_PATH: ClassVar[CSSPathType] = CARD_STYLES

    def on_click(self, event: events.Click) -> None:
        if event.widget is self:
            self.action_cancel()

    def action_cancel(self) -> None:
        """Close without a result."""
        self.dismiss(None)


class RowsCard(CardScreen[ScreenResultType], Generic[ScreenResultType]):
    """A card with a row for each choice. Keys and the mouse wheel move from row to row."""

    BINDINGS = [
        Binding("down,j", "app.focus_next", "the next row", show=False),
        Binding("up,k", "app.focus_previous", "the previous row", show=False),
        Binding("home,g", "go(0)", "the first row", show=False),
        Binding("end,G", "go(-1)", "the last row", show=False),
    ]

    def action_go(self, index: int) -> None:
        """Give the focus to a row; -1 is the last one, which is the pill."""
        self.focus_chain[index].focus()

    def on_mouse_scroll_down(self) -> None:
        self.focus_next()

    def on_mouse_scroll_up(self) -> None:
        self.focus_previous()
