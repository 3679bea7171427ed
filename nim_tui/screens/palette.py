"""Textual's palette of commands, safe against keys and clicks that come before or after it."""

from __future__ import annotations

from rich.cells import cell_len
from textual.command import CommandList, CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from nim_tui.screens.layer import Layer
from nim_tui.widgets.option_list import can_page

KEYS = 10
"""Columns for the keys before the names of the actions."""


class Actions(Provider):
    """Every action in one line: its keys, which are the command's help, and its name."""

    async def discover(self) -> Hits:
        for name, keys, command, _ in self.app.get_system_commands(self.screen):
            yield DiscoveryHit(_line(keys, Content(name)), command, text=name)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for name, keys, command, _ in self.app.get_system_commands(self.screen):
            if (score := matcher.match(name)) > 0:
                yield Hit(score, _line(keys, matcher.highlight(name)), command, text=name)


def _line(keys: str, name: Content) -> Content:
    gap = " " * max(1, KEYS - cell_len(keys))
    return Content.assemble((keys, "$you"), gap, name)


class ActionPalette(CommandPalette, Layer[None]):
    """Every action, by name."""

    # The palette of themes, which opens from here, is styled by it, too.
    CSS_PATH = "palette.tcss"

    def __init__(self) -> None:
        super().__init__([Actions], id="--command-palette")

    def _action_command_list(self, action: str) -> None:
        if not action.startswith("page_") or can_page(self.query_one(CommandList)):
            super()._action_command_list(action)
