"""What screens copy to the terminal's clipboard (OSC 52), which not every terminal allows."""

from __future__ import annotations

from typing import Any

from textual.screen import Screen

from nim_tui.text.sanitize import clean

COPIED = "Copied {game_id}, if your terminal allows it."


def copy_id(screen: Screen[Any], game_id: str) -> None:
    """Copy the id of a game, and say so."""
    screen.app.copy_to_clipboard(game_id)
    screen.notify(COPIED.format(game_id=clean(game_id)), markup=False)
