"""Inputs without control characters, and one for passwords that can't be copied out of it."""

from __future__ import annotations

from textual.reactive import reactive
from textual.widgets import Input

from nim_tui.text.sanitize import harmless


class CalmInput(Input):
    """Its cursor does not blink: nothing here does."""

    cursor_blink: reactive[bool] = reactive(False, init=False)


class PlainInput(CalmInput):
    """Drops control characters from what is typed or pasted."""

    def validate_value(self, value: str) -> str:
        """Called by Textual before each change."""
        return harmless(value)


class SecretInput(CalmInput):
    """A password: masked, and never copied to the clipboard."""

    def action_copy(self) -> None:
        """Copy nothing: the clipboard would hold the clear text."""

    def action_cut(self) -> None:
        """Cut nothing, for the same reason."""
