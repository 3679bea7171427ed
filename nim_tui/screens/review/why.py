"""Why a hint is good: the heaps in binary and the sentences of the review. Only in practice."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from backend.domain.nim import Board, Move
from nim_tui.screens.card import CardScreen
from nim_tui.screens.review.captions import notes
from nim_tui.text import game as game_text
from nim_tui.text import review as review_text
from nim_tui.widgets.columns import COMPACT, Columns


class WhyScreen(CardScreen[None]):
    """A card over the board; any key closes it.

    Args:
        board: the current board; `mover`, who is at this terminal, is to move.
        move: the hint.
        largest: the most objects a heap has ever had, which sets the number of columns.

    """

    VERTICAL_BREAKPOINTS = [(0, "-low"), (22, "-high")]

    def __init__(self, board: Board, move: Move, mover: str, largest: int) -> None:
        super().__init__()
        self._board, self._move, self._mover, self._largest = board, move, mover, largest

    def compose(self) -> ComposeResult:
        board, move = self._board, self._move
        with Vertical(id="card"):
            yield Static(Content(game_text.hint(move, board)), id="title")
            yield Columns(id="columns")
            yield Static(id="notes", markup=False)
            yield Static(Content("Any key closes this."), id="foot")

    def on_mount(self) -> None:
        columns = self.query_one(Columns)
        columns.styles.height = COMPACT
        columns.show(self._board.heaps, self._largest, "you", ground="surface")

    def on_resize(self) -> None:
        self.call_after_refresh(self._write)

    def _write(self) -> None:
        sentences = review_text.hint(self._board, self._move, self._mover)
        between = "\n" if self.has_class("-low") else "\n\n"
        self.query_one("#notes", Static).update(notes(sentences, "you", between))

    def on_key(self, event: events.Key) -> None:
        event.stop()
        self.dismiss()

    def on_click(self, event: events.Click) -> None:
        event.prevent_default()
        self.dismiss()
