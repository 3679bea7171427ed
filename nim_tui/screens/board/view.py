"""What the board shows, painted from a state that it is given: lines, heaps and moves."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content

from nim_tui.screens.board import captions
from nim_tui.screens.board.session import BoardState
from nim_tui.text.sanitize import SENTENCE_WIDTH, clean
from nim_tui.theme.themes import look_of
from nim_tui.widgets.board import motion
from nim_tui.widgets.board.heap import Heap
from nim_tui.widgets.board.heap_row import HeapRow
from nim_tui.widgets.board.lines import Line, Take, pill
from nim_tui.widgets.board.moves import Moves
from nim_tui.widgets.keys import KeysFooter

MARGIN = 2


class BoardView(Vertical):
    """The widgets of the board. It knows no session: the screen hands it a state to show."""

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
                with Horizontal(id="prompt"):
                    yield Line(id="selection")
                    yield Take(id="take")
            yield Moves()
        yield KeysFooter((), id="keys")

    def show(self, state: BoardState, through: Sequence[motion.Phase] = ()) -> None:
        """Show everything; `through` is the motion on the way there."""
        game = state.match.game
        self.query_one(HeapRow).show(
            _still(state),
            largest=max(*game.start, *game.heaps),
            open_=state.match.mover is not None and not state.intent.sending,
            through=through,
            calm=state.match.loops,
        )
        self.query_one(Moves).show(state.match)
        self.show_words(state)

    def show_choice(self, state: BoardState, heap: int) -> None:
        """Show a choice just made: its heap has the focus, and stones newly chosen slide out."""
        widget = self.query_one(f"#heap{heap}", Heap)
        widget.focus(scroll_visible=False)
        fresh = widget.chosen == 0
        self.show(state, motion.choosing(_still(state), heap) if fresh else ())

    def show_words(self, state: BoardState) -> None:
        """Show the words; some of them change with the clock, and with the width."""
        match, prompt, look = state.match, state.prompt, look_of(self.app)
        bare, width = self.app.no_color, self.screen.size.width
        banner = captions.banner(match, look.marks, bare=bare)
        self._line("#turn").show(banner)
        beside = (width - 2 * MARGIN - banner.cell_length) // 2
        place = self._line("#place")
        place.show(captions.place(match, look.marks, beside if place.display else None))
        self._line("#aside").show(captions.aside(match, look.marks, beside))
        coach = captions.coach(match, look.marks)
        self._line("#coach").show(coach)
        self._line("#coach").display = bool(coach)
        self._line("#last").show(captions.news(match, look.marks, state.offline, width - 2))
        self._line("#selection").show(captions.sentence(prompt, width - 2 * MARGIN))
        key = pill(prompt.pill.text, prompt.pill.side, bare=bare) if prompt.pill.text else Content()
        self._line("#take").show(key)
        self.query_one(KeysFooter).show(captions.hints(match, state.intent))
        self.show_error(state.error)

    def show_error(self, error: str) -> None:
        """Show an error in the row of the last move; for "", show the last move again."""
        marks = look_of(self.app).marks
        text = f"{marks.bad} {clean(error, SENTENCE_WIDTH)}" if error else ""
        self._line("#error").show(Content.styled(text, "$bad"))
        self.query_one("#news").set_class(bool(error), "-error")

    def finish_motion(self) -> None:
        """Skip to the end of the motion."""
        self.query_one(HeapRow).finish()

    def toggle_moves(self) -> None:
        """Open or close the card of moves, if there is no room for them beside the board."""
        moves = self.query_one(Moves)
        moves.set_class(not moves.display, "-open")

    def close_moves(self) -> bool:
        """Close the card of moves. Returns whether it was open."""
        moves = self.query_one(Moves)
        was_open = moves.has_class("-open")
        moves.remove_class("-open")
        return was_open

    def _line(self, selector: str) -> Line:
        return self.query_one(selector, Line)


def _still(state: BoardState) -> motion.Views:
    match, intent = state.match, state.intent
    winner = match.game.winner
    cheer = match.side(winner) if winner and match.viewer in (None, winner) else None
    return motion.still(match.game, match.side, intent.choice, intent.hint, match.here, cheer)
