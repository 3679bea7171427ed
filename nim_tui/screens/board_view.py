"""What the board shows: lines, heaps and moves, painted from the table and what is in hand."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import Screen

from backend.game import Game
from nim_tui import words
from nim_tui.clean import SENTENCE_WIDTH, clean
from nim_tui.screens import board_parts as parts
from nim_tui.screens.board_hand import Hand
from nim_tui.tables import Table
from nim_tui.theme import look_of
from nim_tui.widgets import views
from nim_tui.widgets.heaps import HeapRow
from nim_tui.widgets.keys import KeysFooter
from nim_tui.widgets.line import Line, Take, pill
from nim_tui.widgets.moves import Moves

MARGIN = 2

TICK = 20.0
"""Seconds between two looks at the clock, for words such as `4 min ago`."""


class BoardView(Screen[None]):
    """The widgets of the board, and how they come to show the state."""

    CSS_PATH = "board.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (72, "-normal"), (110, "-wide"), (150, "-huge")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-middle"), (31, "-tall")]
    AUTO_FOCUS = ""

    def __init__(self, table: Table) -> None:
        super().__init__()
        self._table = table
        self._hand = Hand(table)
        self._offline = ""

    @property
    def game(self) -> Game:
        """The game as it is shown."""
        return self._table.game

    @property
    def summary(self) -> str:
        """All of it in a few words, for where nothing else fits: `Your turn  5 4 3`."""
        counts = " ".join(map(str, self.game.heaps))
        return f"{words.turn(self.game, self._table.viewer)}  {counts}"

    def compose(self) -> ComposeResult:
        with Horizontal(id="top"):
            yield Line(id="place")
            yield Line(id="turn")
            yield Line(id="aside")
        with Horizontal(id="middle"):
            with Vertical(id="left"):
                with Horizontal(id="news"):
                    yield Line(id="last")
                    yield Line(id="error")
                yield HeapRow()
                with Horizontal(id="ask"):
                    yield Line(id="selection")
                    yield Take(id="take")
            yield Moves()
        yield KeysFooter((), id="keys")

    def on_mount(self) -> None:
        self.set_interval(TICK, self._paint_lines)
        self._paint()

    def on_resize(self) -> None:
        self._paint_lines()

    def on_screen_resume(self) -> None:
        # The settings may have changed the signs, which stand in the words, too.
        if self.is_mounted:
            self._paint_lines()

    def _paint(self, through: list[views.Phase] | None = None) -> None:
        """Show everything as it stands now; `through` is the motion on the way there."""
        game = self.game
        self.query_one(HeapRow).show(
            self._still,
            largest=max(*game.start, *game.heaps),
            open_=self._table.mover is not None and self._hand.sent is None,
            through=through or [],
        )
        self.query_one(Moves).show(self._table)
        self._paint_lines()

    def _paint_lines(self) -> None:
        """Show the words; some of them change with the clock."""
        table, look = self._table, look_of(self.app)
        bare = self.app.no_color
        banner = parts.banner(table, look.marks, bare=bare)
        self._line("#turn").show(banner)
        beside = (self.size.width - 2 * MARGIN - banner.cell_length) // 2
        self._line("#place").show(parts.place(table, look.marks))
        self._line("#aside").show(parts.aside(table, look.marks, beside))
        self._line("#last").show(parts.news(table, look.marks, self._offline))
        doing = self._doing
        ask = parts.ask(table, doing)
        self._line("#selection").show(Content.styled(ask.sentence, ask.style))
        shown = pill(ask.pill.text, ask.pill.side, bare=bare) if ask.pill.text else Content()
        self._line("#take").show(shown)
        self.query_one(KeysFooter).show(parts.hints(table, doing))

    @property
    def _still(self) -> views.Views:
        hand, table = self._hand, self._table
        return views.still(self.game, table.side, hand.choice, hand.hint, table.here)

    @property
    def _doing(self) -> parts.Doing:
        hand = self._hand
        return parts.Doing(hand.choice, hand.sent is not None, hand.hint)

    def _line(self, selector: str) -> Line:
        return self.query_one(selector, Line)

    def _say(self, error: str) -> None:
        """Show what is wrong in the row of the last move, or, for "", the last move again."""
        marks = look_of(self.app).marks
        text = f"{marks.bad} {clean(error, SENTENCE_WIDTH)}" if error else ""
        self._line("#error").show(Content.styled(text, "$bad"))
        self.query_one("#news").set_class(bool(error), "-error")
