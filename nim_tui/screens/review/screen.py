"""The review of a finished game, move by move: how good each was, and why."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from backend.domain.game import Game
from nim_tui.matches import Match
from nim_tui.model import analysis
from nim_tui.screens.layer import Layer
from nim_tui.screens.review import captions
from nim_tui.text import game as game_text
from nim_tui.text import review as review_text
from nim_tui.theme.themes import look_of
from nim_tui.widgets.board import motion
from nim_tui.widgets.board.heap_row import HeapRow
from nim_tui.widgets.board.lines import Line
from nim_tui.widgets.board.selection import Digits
from nim_tui.widgets.columns import Columns
from nim_tui.widgets.keys import KeysFooter
from nim_tui.widgets.track import Track


class ReviewScreen(Layer[bool]):
    """The moves of a match's game. Its result is whether a rematch is wanted.

    Raises:
        ValueError: the game is not over; advice on a live game would be unfair.

    """

    CSS_PATH = "review.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (72, "-normal"), (110, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-middle"), (31, "-tall")]
    AUTO_FOCUS = ""
    BINDINGS = [
        Binding("left,k", "step(-1)", "the previous move", show=False),
        Binding("right,j", "step(1)", "the next move", show=False),
        Binding("home,g", "first", "the first move", show=False),
        Binding("end,G", "last", "the last move", show=False),
        *(
            Binding(str(digit), f"digit({digit})", "go to that move", show=False)
            for digit in range(10)
        ),
        Binding("d", "decisive", "the move that lost the game", show=False),
        Binding("b", "binary", "the heaps in binary", show=False),
        Binding("r", "again", "rematch", show=False),
        Binding("escape,v", "leave", "back to the board", show=False),
    ]

    def __init__(self, match: Match) -> None:
        super().__init__()
        if match.game.state != "done":
            raise ValueError("only a finished game is reviewed")
        self._match = match
        self._game = match.game
        self._stops = analysis.stops(self._game)
        self._known = [i for i, stop in enumerate(self._stops) if stop.after is not None]
        lost = (i for i, stop in enumerate(self._stops) if stop.decisive)
        self._decisive = next(lost, None)
        first = self._known[0] if self._known else None
        self._now = first if self._decisive is None else self._decisive
        self._digits = Digits()

    @property
    def game(self) -> Game:
        """The game under review."""
        return self._game

    @property
    def now(self) -> int | None:
        """The number of the move that is shown; None if no move is known."""
        return self._stops[self._now].step.number if self._now is not None else None

    @property
    def summary(self) -> str:
        """The result in a few words, for a window that is too small."""
        return game_text.outcome(self._game, self._match.viewer)

    def compose(self) -> ComposeResult:
        with Horizontal(id="top"):
            yield Line(id="place")
            yield Line(id="outcome")
        with Horizontal(id="middle"):
            with Vertical(id="left"):
                with Horizontal(id="step"):
                    yield Line(id="move")
                with Horizontal(id="worth"):
                    yield Line(id="verdict")
                yield HeapRow(keyed=False)
            with Vertical(id="why"):
                yield Columns(id="columns")
                yield Static(id="notes", markup=False)
        with Horizontal(id="foot"):
            yield Track(self._match.side, id="track")
            yield Static(id="legend", markup=False)
        yield Columns(id="across")
        yield KeysFooter((), id="keys")

    def on_mount(self) -> None:
        self._paint()

    def on_resize(self) -> None:
        # The classes of the breakpoints change a moment after the size.
        self.call_after_refresh(self._paint_words)

    def on_key(self, event: events.Key) -> None:
        self.query_one(HeapRow).finish()
        if not event.key.isdigit():
            self._digits.forget()

    # -- what is shown ---------------------------------------------------------------------------

    def _paint(self, *, onwards: bool = False) -> None:
        """Show the current move; `onwards`: with the motion that leads to it."""
        game, stop = self._game, self._stop
        heaps = stop.after if stop and stop.after else game.start
        side = self._match.side(stop.step.user if stop else game.last_move_by)
        heap, taken = (stop.step.heap, stop.step.taken) if stop else (None, None)
        through: list[motion.Phase] = []
        if onwards and stop and stop.before and heap and taken:
            before = motion.after(game.start, stop.before, side)
            through = motion.other_taking(before, heap, taken)
        largest = analysis.largest(game)
        shown = motion.after(game.start, heaps, side, heap, taken)
        self.query_one(HeapRow).show(shown, largest=largest, open_=False, through=through)
        self.query_one(Track).show(self._stops, self._now or 0)
        self._paint_words()

    def _paint_words(self) -> None:
        match, stop = self._match, self._stop
        look, bare = look_of(self.app), self.app.no_color
        explanation = captions.explain(match, self._game, stop)
        width = self.query_one("#left").size.width
        self._line("#place").show(captions.place(match, look.marks))
        self._line("#outcome").show(Content.styled(self.summary, "$muted"))
        self._line("#move").show(
            captions.head(match, self._game, stop, look.marks, width - 2, bare=bare)
        )
        course: tuple[str, ...] = ()
        if self._decisive is None and self._now in self._known[:1]:
            course = review_text.course(self._game, self._stops, match.viewer)
        self._line("#verdict").show(
            captions.verdict(match, self._game, stop, look, width - 2, course)
        )
        largest = analysis.largest(self._game)
        for name in ("#columns", "#across"):
            columns = self.query_one(name, Columns)
            columns.show(explanation.heaps, largest, explanation.side, explanation.reasons)
        self.query_one("#notes", Static).update(
            captions.notes(explanation.sentences, explanation.side)
        )
        self.query_one("#legend", Static).update(
            captions.legend(match, self._game, look, lost=self._decisive is not None)
        )
        wide = self.has_class("-wide")
        self.query_one(KeysFooter).show(
            captions.hints(lost=self._decisive is not None, table=not wide)
        )

    @property
    def _stop(self) -> analysis.Stop | None:
        return self._stops[self._now] if self._now is not None else None

    def _line(self, selector: str) -> Line:
        return self.query_one(selector, Line)

    # -- going from move to move -----------------------------------------------------------------

    def _go(self, choose: Callable[[list[int]], int | None]) -> None:
        """Go to one of the moves whose board is known, if there is one to go to."""
        before = self._now
        wanted = choose(self._known)
        if wanted is not None and wanted in self._known:
            self._now = wanted
            self._paint(onwards=before is not None and wanted == before + 1)

    def action_step(self, by: int) -> None:
        """Go to the next or previous move; skip moves whose board is unknown."""
        here = self._now if self._now is not None else 0
        if by > 0:
            self._go(lambda known: next((i for i in known if i > here), None))
        else:
            self._go(lambda known: next((i for i in reversed(known) if i < here), None))

    def action_first(self) -> None:
        self._go(lambda known: next(iter(known), None))

    def action_last(self) -> None:
        self._go(lambda known: next(reversed(known), None))

    def action_digit(self, digit: int) -> None:
        """Go to the move whose number is typed; digits typed quickly make one number."""
        number = self._digits.typed(str(digit), monotonic())
        numbers = {stop.step.number: index for index, stop in enumerate(self._stops)}
        self._go(lambda _: numbers.get(number))

    def action_decisive(self) -> None:
        """Go to the move that lost the game, if it is known."""
        self._go(lambda _: self._decisive)

    def on_track_move_picked(self, event: Track.MovePicked) -> None:
        self.query_one(HeapRow).finish()
        self._go(lambda _: event.index)

    def on_mouse_scroll_down(self) -> None:
        self.action_step(1)

    def on_mouse_scroll_up(self) -> None:
        self.action_step(-1)

    # -- the rest --------------------------------------------------------------------------------

    def action_binary(self) -> None:
        """Show or hide the heaps in binary, if there is no room for them beside the board."""
        self.toggle_class("-binary")
        self.call_after_refresh(self._paint_words)

    def action_again(self) -> None:
        self.dismiss(True)

    def action_leave(self) -> None:
        self.dismiss(False)
