"""The board of the current game, small, beside the list. It takes no input."""

from __future__ import annotations

from rich.cells import cell_len
from textual.geometry import Size

from backend.domain.clock import utc_now
from backend.domain.game import Game
from nim_tui.matches.base import Clock
from nim_tui.paint import Look, Rows, Side, blank, fit_heap, paint_heap, put
from nim_tui.text import game as game_text
from nim_tui.text.sanitize import fitting
from nim_tui.widgets.board import motion
from nim_tui.widgets.scene import Painted

HEAPS_TOP, BELOW = 6, 3
"""The rows of words above the heaps, and the rows below them for the key."""

# The most objects that make a cairn; the most rows for objects in rows of five.
CAIRN_OBJECTS, ROWS_HEIGHT = 5, 22


class Preview(Painted):
    """Shows a game, or nothing."""

    def __init__(self, viewer: str, *, id: str, now: Clock = utc_now) -> None:  # noqa: A002 - Textual's own word
        super().__init__(id=id)
        self._viewer = viewer
        self._now = now
        self._game: Game | None = None

    def show(self, game: Game | None) -> None:
        """Show this game; None shows nothing."""
        self._game = game
        self.paint_again()

    def paint(self, size: Size, look: Look) -> Rows:
        rows = blank(size.width, size.height, look.colour("bg"))
        game, third = self._game, size.width // 3
        if game is None or size.height <= HEAPS_TOP + 4:
            return rows
        height = min(size.height - HEAPS_TOP - BELOW, _most_rows(third, max(game.start)))
        # In the middle, a little towards the top, where the list begins.
        top = (size.height - HEAPS_TOP - height - BELOW) * 2 // 5
        block = rows[top:]
        self._words(block, game, look)
        self._heaps(block, game, (third, height), look)
        x = (size.width - 12) // 2
        y = HEAPS_TOP + height + 1
        put(block, x, y, " enter ", look.ink_on("key"), look.colour("key"), bold=True)
        put(block, x + 8, y, "open", look.colour("muted"))
        return rows

    def _words(self, rows: Rows, game: Game, look: Look) -> None:
        now, width = self._now(), len(rows[0])
        sizes = " ".join(map(str, game.start))
        kind = "misère" if game.rule == "misere" else "normal"
        left = game_text.deadline(game, now)
        name = game_text.name(game.opponent_of(self._viewer))
        forms = (f"   {kind} · {sizes} · {left}" if left else "", f"   {kind} · {sizes}")
        room = width - cell_len(name)
        more = next((form for form in forms if form and cell_len(form) <= room), "")
        x = (width - cell_len(name) - cell_len(more)) // 2
        put(rows, x, 0, name, look.colour("opp"), bold=True)
        put(rows, x + cell_len(name), 0, more, look.colour("muted"))

        turn = game_text.turn(game, self._viewer)
        if game.state == "open":
            side: Side = "you" if game.turn == self._viewer else "opp"
            mark, colour = look.marks.of(side), look.colour(side)
        else:
            won = game.winner == self._viewer
            mark = look.marks.good if won else look.marks.bad if game.winner else ""
            colour = look.colour("good" if won else "bad" if game.winner else "muted")
        fill = game.turn == self._viewer
        text = f"  {mark} {turn}  "
        ink = look.ink_on("you") if fill else colour
        x = (width - cell_len(text)) // 2
        ground = colour if fill else None
        put(rows, x, 2, text, ink, ground, bold=True, reverse=fill and ink is None)

        if game.state == "done":
            sentence = game_text.end(game, self._viewer)
        else:
            sentence = game_text.last_move(game, self._viewer)
            past = game_text.last_move_ago(game, now)
            if past and cell_len(f"{sentence} · {past}") <= width:
                sentence = f"{sentence} · {past}"
        sentence = fitting(sentence, width)
        put(rows, max(0, (width - cell_len(sentence)) // 2), 3, sentence, look.colour("muted"))

    def _heaps(self, rows: Rows, game: Game, size: tuple[int, int], look: Look) -> None:
        """The heaps as the board shows them; at the end, in the colours of who took what."""
        third, height = size
        views = motion.still(game, self._side)
        for place, view in enumerate(views):
            heap = place + 1
            fit = fit_heap(third, height, view.start, largest=max(game.start), heap=heap)
            for y, row in enumerate(paint_heap(view, fit, look)):
                rows[HEAPS_TOP + y][place * third : heap * third] = row
            if fit.label is not None:
                name, count = f"heap {heap}  ", str(view.count)
                x = place * third + fit.centred(len(name) + len(count))
                put(rows, x, HEAPS_TOP + fit.label, name, look.colour("muted"))
                x += len(name)
                put(rows, x, HEAPS_TOP + fit.label, count, look.colour("text"), bold=True)

    def _side(self, user: str) -> Side:
        return "you" if user == self._viewer else "opp"


def _most_rows(width: int, largest: int) -> int:
    """The rows that the largest stones of that width need, with ground, reflection and label."""
    if largest > CAIRN_OBJECTS:
        return ROWS_HEIGHT
    stone = max(2, min(6, width * 10 // 64))
    return max(2, largest) * stone + stone + 2
