"""A board as text, for `show` on a terminal."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from backend.domain.game import Game
from backend.domain.nim import HEAP_NUMBERS
from nim_tui.model.history import last_step
from nim_tui.paint import (
    DUSK,
    PALETTES,
    Depth,
    Glyphs,
    HeapView,
    Look,
    Rows,
    Side,
    fit_heap,
    paint_heap,
    put,
)
from nim_tui.text import game as game_text
from nim_tui.text.sanitize import harmless

if TYPE_CHECKING:
    from nim_tui.config.settings import Settings
    from nim_tui.shell.output import Output
    from nim_tui.terminal.capabilities import Terminal

WIDEST_HEAP = 36
_AROUND = 7  # rows of text below the board, and of the next prompt
_ROWS_OF_AN_OBJECT = 2
_BESIDE = 4  # rows of a heap that hold no object


def show_board(out: Output, game: Game, viewer: str, now: datetime) -> None:
    """Print the heaps, and what there is to say about them."""
    terminal, (columns, rows) = out.terminal, out.size
    look = look_for(terminal, out.settings)
    tallest = max(game.start) * _ROWS_OF_AN_OBJECT + _BESIDE
    height = max(2, min(rows - _AROUND, tallest))
    out.picture(
        paint_board(game, viewer, look, columns, height), colours=look.depth is not Depth.NONE
    )
    for line in _sentences(game, viewer, now):
        out.line(line)


def look_for(terminal: Terminal, settings: Settings) -> Look:
    """The painter's look on this terminal, with the person's theme where it is one of ours."""
    glyphs = Glyphs.STONES if settings.glyphs == "auto" else Glyphs(settings.glyphs)
    if not terminal.unicode:
        glyphs = Glyphs.ASCII
    elif terminal.depth is Depth.NONE and glyphs is Glyphs.STONES:
        glyphs = Glyphs.PLAIN
    return Look(PALETTES.get(settings.theme, DUSK), terminal.depth, glyphs)


def paint_board(game: Game, viewer: str, look: Look, width: int, height: int) -> Rows:
    """The three heaps beside each other, with the outlines of what the last move took."""
    step = last_step(game)
    share = max(4, min(width // len(HEAP_NUMBERS), WIDEST_HEAP))
    side: Side = "you" if step is not None and step.user == viewer else "opp"
    rows: Rows = [[] for _ in range(height)]
    for heap in HEAP_NUMBERS:
        count, start = game.heaps[heap - 1], game.start[heap - 1]
        gone = step.taken if step is not None and step.heap == heap else None
        view = HeapView(start, count, ghosts=gone or 0, ghosts_by=side)
        fit = fit_heap(share, height, start, largest=max(game.start), heap=heap)
        cells = paint_heap(view, fit, look)
        if fit.label is not None:
            label = f"{'abc'[heap - 1]}: {count}"
            put(cells, fit.centred(len(label)), fit.label, label, look.colour("text"))
        rows = [[*left, *right] for left, right in zip(rows, cells, strict=True)]
    return rows


def _sentences(game: Game, viewer: str, now: datetime) -> list[str]:
    opponent = game_text.name(game.opponent_of(viewer))
    about = f"{harmless(game.game_id)}: you against {opponent}, {game_text.rule(game.rule)}."
    if game.turn is None:
        return ["", about, f"{game_text.turn(game, viewer)}. {game_text.end(game, viewer)}"]
    left = game_text.deadline(game, now)
    turn = game_text.turn(game, viewer) + (f", {left}." if left else ".")
    moved, ago = game_text.last_move(game, viewer), game_text.last_move_ago(game, now)
    if moved:
        moved = f"{moved.rstrip('.')}{f', {ago}' if ago else ''}. "
    return ["", about, f"{moved}{turn}"]
