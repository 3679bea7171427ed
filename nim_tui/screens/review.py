"""A finished game, looked at again."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import Screen

from nim_tui.tables import Table
from nim_tui.widgets.moves import Moves


class ReviewScreen(Screen[None]):
    """The moves of a table's game."""

    BINDINGS = [Binding("escape", "leave", "back to the board", show=False)]

    def __init__(self, table: Table) -> None:
        super().__init__()
        self._table = table

    def compose(self) -> ComposeResult:
        yield Moves()

    def on_mount(self) -> None:
        self.query_one(Moves).show(self._table)

    def action_leave(self) -> None:
        self.dismiss(None)
