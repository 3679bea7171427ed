"""The line of a form or a card that says what is wrong."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from nim_tui.text.sanitize import SENTENCE_WIDTH, clean
from nim_tui.theme.themes import look_of


class ErrorLine(Static):
    """`#error`: empty, or a sentence after `✗`."""

    def __init__(self) -> None:
        super().__init__(id="error", markup=False)

    def show(self, message: str) -> None:
        """Show a sentence; an empty one clears the line."""
        mark = look_of(self.app).marks.bad
        text = f"{mark} {clean(message, SENTENCE_WIDTH)}" if message else ""
        self.update(Content(text))
