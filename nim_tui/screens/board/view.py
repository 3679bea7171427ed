"""What the board shows: lines, heaps and moves, painted from the table and what is in hand."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import Screen

from backend.domain.game import Game
from nim_tui.matches import Match
from nim_tui.screens.board import captions
from nim_tui.screens.board.hand import MoveSelection
from nim_tui.text import game as game_text
from nim_tui.text.sanitize import SENTENCE_WIDTH, clean
from nim_tui.theme.themes import look_of
from nim_tui.widgets.board import motion
from nim_tui.widgets.board.heap_row import HeapRow
from nim_tui.widgets.board.lines import Line, Take, pill
from nim_tui.widgets.board.moves import Moves
from nim_tui.widgets.keys import KeysFooter

MARGIN = 2

TICK = 20.0
"""Seconds between two looks at the clock, for words such as `4 min ago`."""


class BoardView(Screen[None]):
    """The widgets of the board, and how they come to show the state."""

    CSS_PATH = "board.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (72, "-normal"), (110, "-wide"), (150, "-huge")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-middle"), (31, "-tall")]
    AUTO_FOCUS = ""

    def __init__(self, table: Match) -> None:
        super().__init__()
        self._table = table
        self._hand = MoveSelection(table)
        self._offline = ""

    @property
    def game(self) -> Game:
        """The game as it is shown."""
        return self._table.game

    @property
    def summary(self) -> str:
        """All of it in a few words, for where nothing else fits: `Your turn  5 4 3`."""
        counts = " ".join(map(str, self.game.heaps))
        return f"{game_text.turn(self.game, self._table.viewer)}  {counts}"

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
                yield Line(id="coach")
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

    def _paint(self, through: list[motion.Phase] | None = None) -> None:
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
        banner = captions.banner(table, look.marks, bare=bare)
        self._line("#turn").show(banner)
        beside = (self.size.width - 2 * MARGIN - banner.cell_length) // 2
        self._line("#place").show(captions.place(table, look.marks))
        self._line("#aside").show(captions.aside(table, look.marks, beside))
        coach = self._line("#coach")
        coach.show(captions.coach(table, look.marks))
        coach.display = bool(coach.render().plain)
        self._line("#last").show(captions.news(table, look.marks, self._offline))
        doing = self._doing
        ask = captions.ask(table, doing)
        self._line("#selection").show(Content.styled(ask.sentence, ask.style))
        shown = pill(ask.pill.text, ask.pill.side, bare=bare) if ask.pill.text else Content()
        self._line("#take").show(shown)
        self.query_one(KeysFooter).show(captions.hints(table, doing))

    @property
    def _still(self) -> motion.Views:
        hand, table = self._hand, self._table
        return motion.still(self.game, table.side, hand.choice, hand.hint, table.here)

    @property
    def _doing(self) -> captions.MoveIntent:
        hand = self._hand
        return captions.MoveIntent(hand.choice, hand.sent is not None, hand.hint)

    def _line(self, selector: str) -> Line:
        return self.query_one(selector, Line)

    def _say(self, error: str) -> None:
        """Show what is wrong in the row of the last move, or, for "", the last move again."""
        marks = look_of(self.app).marks
        text = f"{marks.bad} {clean(error, SENTENCE_WIDTH)}" if error else ""
        self._line("#error").show(Content.styled(text, "$bad"))
        self.query_one("#news").set_class(bool(error), "-error")
