"""What all cards have in common: their place over the dimmed screen, and the way out."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Generic

from textual import events
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
