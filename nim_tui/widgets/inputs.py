"""Inputs that show nothing harmful, and one whose text nobody can take out of it again."""

from __future__ import annotations

from textual.reactive import reactive
from textual.widgets import Input

from nim_tui.text.sanitize import harmless


class CalmInput(Input):
    """Its cursor stands still: nothing here blinks."""

    cursor_blink: reactive[bool] = reactive(False, init=False)


class PlainInput(CalmInput):
    """What is typed or pasted stands there without control characters."""

    def validate_value(self, value: str) -> str:
        """Called by Textual before each change."""
        return harmless(value)


class SecretInput(CalmInput):
    """A password: masked, and never on the clipboard."""

    def action_copy(self) -> None:
        """Copy nothing: the clipboard would hold the clear text."""

    def action_cut(self) -> None:
        """Cut nothing, for the same reason."""
