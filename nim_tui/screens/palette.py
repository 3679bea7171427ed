"""Textual's palette of commands, safe against keys and clicks that come before or after it."""

from __future__ import annotations

from textual.command import CommandList, CommandPalette

from nim_tui.screens.layer import Layer
from nim_tui.widgets.options import can_page


class ActionPalette(CommandPalette, Layer[None]):
    """Every action, by name."""

    def _action_command_list(self, action: str) -> None:
        if not action.startswith("page_") or can_page(self.query_one(CommandList)):
            super()._action_command_list(action)
