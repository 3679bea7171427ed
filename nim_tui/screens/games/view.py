"""What the screen of games shows, painted from a state that it is given."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Static

from nim_tui.screens.games import captions
from nim_tui.screens.games.session import GamesState
from nim_tui.text.sanitize import clean
from nim_tui.theme.themes import look_of
from nim_tui.widgets.board.preview import Preview
from nim_tui.widgets.games_list import GamesList
from nim_tui.widgets.header import Header
from nim_tui.widgets.inputs import PlainInput
from nim_tui.widgets.keys import Hint, KeysFooter
from nim_tui.widgets.pill import Pill

PLACE_WIDTH = 40

HINTS = (
    Hint("↑ ↓", "choose"),
    Hint("enter", "open", "screen.open"),
    Hint("n", "new game", "screen.new_game"),
    Hint("/", "filter", "screen.filter"),
    Hint("f", "finished", "screen.finished"),
    Hint(",", "settings", "app.settings"),
    Hint("?", "help", "app.help"),
)
LISTLESS_HINTS = (*HINTS[:3], Hint("i", "open by id", "screen.open_by_id"), HINTS[-1])


class GamesView(Vertical):
    """The list, the preview of its current game, the filter and the status."""

    def __init__(self, state: GamesState, now: Callable[[], datetime], place: str) -> None:
        super().__init__()
        self._state = state
        self._place = place
        self._me = state.lobby.viewer
        self._now = now

    def compose(self) -> ComposeResult:
        yield Header(
            "games",
            Pill("New game", id="new-game"),
            Pill("Sign out", id="logout", link=True),
            who=clean(self._me),
            where=clean(self._place, PLACE_WIDTH),
        )
        with Horizontal(id="columns"):
            with Vertical(id="list-side"):
                yield Static(captions.empty(self._state, ""), id="empty")
                yield GamesList(self._me, id="games", now=self._now)
            yield Preview(self._me, id="preview", now=self._now)
        with Horizontal(id="filter-row"):
            yield Static(Content("/"), id="filter-mark")
            yield PlainInput(id="filter", compact=True, max_length=40, placeholder="a name")
        yield Static(id="status", markup=False)
        yield KeysFooter(HINTS)

    def on_mount(self) -> None:
        self._countdown = self.set_interval(1.0, self._show_status, pause=True)

    @property
    def current(self) -> str | None:
        """The id of the game under the highlight."""
        return self._list.current

    @property
    def _list(self) -> GamesList:
        return self.query_one(GamesList)

    def show(self, state: GamesState) -> None:
        """Show the games that match the filter, and the status."""
        self._state = state
        wanted = self.query_one("#filter", Input).value
        shown = state.lobby.matching(wanted)
        self._list.show(shown, all_finished=state.all_finished)
        note = self.query_one("#empty", Static)
        note.display = not shown.open and not shown.done
        note.update(captions.empty(state, wanted))
        self.query_one(KeysFooter).show(LISTLESS_HINTS if state.listless else HINTS)
        self._preview()
        self._show_status()

    def show_status(self, state: GamesState) -> None:
        """Show only the status again."""
        self._state = state
        self._show_status()

    def _show_status(self) -> None:
        state = self._state
        if state.offline is None:
            self._countdown.pause()
        else:
            self._countdown.resume()
        marks = look_of(self.app).marks
        line = captions.status(state, self.current, marks, self._now())
        self.query_one("#status", Static).update(line)

    def redraw(self) -> None:
        """Draw again what changes with the clock and the glyphs."""
        self._list.redraw()
        self.query_one(Preview).paint_again()

    def _preview(self) -> None:
        self.query_one(Preview).show(self._state.lobby.find(self.current))

    def on_games_list_highlighted(self, event: GamesList.Highlighted) -> None:
        event.stop()
        self._preview()
        self._show_status()

    def focus_list(self) -> None:
        """Give the focus to the list."""
        self._list.focus()

    def go(self, index: int) -> None:
        """Give the focus to the list, at a game by its index; -1 is the last one."""
        self._list.focus()
        self._list.go(index)

    # -- the filter ------------------------------------------------------------------------------

    def begin_filter(self) -> None:
        """Show the filter, and give it the focus."""
        self.add_class("-filtering")
        self.query_one("#filter", Input).focus()

    def end_filter(self) -> None:
        """All games again."""
        self.query_one("#filter", Input).value = ""
        self.remove_class("-filtering")
        self._list.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.show(self._state)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.value.strip():
            self._list.focus()
        else:
            self.end_filter()
