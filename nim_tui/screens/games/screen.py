"""The games: whose turn it is in which, live, and the ways to another one."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Static

from backend.domain.game import Game
from nim_tui import messages
from nim_tui.client.models import Offline
from nim_tui.model.lobby import FEW_FINISHED
from nim_tui.screens.games.feed import GamesFeed
from nim_tui.screens.games.new_game import NewGameScreen
from nim_tui.screens.games.open_game import OpenGameScreen
from nim_tui.screens.workers import begin
from nim_tui.text.sanitize import SENTENCE_WIDTH, clean
from nim_tui.theme.themes import look_of
from nim_tui.widgets.board.preview import Preview
from nim_tui.widgets.games_list import GamesList
from nim_tui.widgets.header import Header
from nim_tui.widgets.inputs import PlainInput
from nim_tui.widgets.keys import Hint, KeysFooter
from nim_tui.widgets.pill import Pill

EMPTY = "No games yet. Press n to invite a friend."
LISTLESS = "No list of games here. Press i to open one by its id, n to begin one."
ID_KEPT = "This game's id is {game_id}. Tell it to your friend: this server keeps no list."
REVIEW_WHAT = "Only a finished game can be reviewed. Choose one of those."
LOOKING = "Looking for your games"
# Seconds after which "4 min" is looked at again.
CLOCK = 20.0

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


class GamesScreen(GamesFeed):
    """All games of the person who is signed in."""

    CSS_PATH = "games.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (74, "-normal"), (110, "-wide"), (150, "-huge")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-normal-height"), (31, "-tall")]
    AUTO_FOCUS = "#games"
    BINDINGS = [
        Binding("enter", "open", "open the game", show=False),
        Binding("up,down", "to_list", show=False),
        Binding("n", "new_game", "new game"),
        Binding("i", "open_by_id", "open a game by its id"),
        Binding("slash", "filter", "only games against …", key_display="/"),
        Binding("f", "finished", "all that are finished"),
        Binding("v", "review", "review a finished game", show=False),
        Binding("escape", "unfilter", "all games again", show=False),
        Binding("u", "update", "look for news now"),
        Binding("o", "sign_out", "sign out"),
        Binding("t", "app.next_theme", "another theme"),
        Binding("q", "app.quit", "quit"),
    ]

    _asked_for_finished = False

    def compose(self) -> ComposeResult:
        yield Header(
            "games",
            Pill("New game", id="new-game"),
            Pill("Sign out", id="logout", link=True),
            who=clean(self._me),
        )
        with Horizontal(id="columns"):
            with Vertical(id="list-side"):
                yield Static(Content(LOOKING), id="empty")
                yield GamesList(self._me, id="games", now=self._now)
            yield Preview(self._me, id="preview", now=self._now)
        with Horizontal(id="filter-row"):
            yield Static(Content("/"), id="filter-mark")
            yield PlainInput(id="filter", compact=True, max_length=40, placeholder="a name")
        yield Static(id="status", markup=False)
        yield KeysFooter(HINTS)

    def on_mount(self) -> None:
        self._countdown = self.set_interval(1.0, self.show_status, pause=True)
        self.set_interval(CLOCK, self._tick)
        self.action_update()

    def on_screen_resume(self) -> None:
        # The settings may have changed the signs in the rows.
        if self.is_mounted:
            self._tick()
            self.show_status()

    @property
    def _list(self) -> GamesList:
        return self.query_one(GamesList)

    # -- what is shown ---------------------------------------------------------------------------

    def show_games(self) -> None:
        wanted = self.query_one("#filter", Input).value
        shown = self._lobby.matching(wanted)
        self._list.show(shown, all_finished=self._all_finished)
        empty = not shown.open and not shown.done
        note = self.query_one("#empty", Static)
        note.display = empty
        if empty and wanted.strip():
            note.update(Content(f'No game matches "{clean(wanted, 20)}".'))
        elif empty:
            note.update(Content(self._nothing()))
        self.query_one(KeysFooter).show(LISTLESS_HINTS if self._listless else HINTS)
        self._look_at(self._list.current)
        self.show_status()

    def _nothing(self) -> str:
        """What stands where there are no games."""
        if self._listless:
            return LISTLESS
        return EMPTY if self._known else "" if self._error else LOOKING

    def show_status(self) -> None:
        if self._offline is None:
            self._countdown.pause()
        else:
            self._countdown.resume()
        self.query_one("#status", Static).update(self._status())

    def _status(self) -> Content:
        marks = look_of(self.app).marks
        if self._error:
            text = clean(self._error, SENTENCE_WIDTH)
            return Content.assemble((f"{marks.bad} ", "$bad"), text)
        if self._offline is not None:
            return self._offline_line(self._offline)
        if self._listless:
            return self._listless_line()
        if not self._known:
            return Content("")
        count = len(self._lobby.your_turn)
        waits = "Nothing waits for you." if self._lobby.open or self._lobby.done else ""
        if count:
            waits = f"{count} game{' waits' if count == 1 else 's wait'} for you."
        return Content.assemble((f"{marks.you} ", "$good"), f"Up to date.  {waits}".rstrip())

    def _offline_line(self, offline: Offline) -> Content:
        seconds = max(1, round((self._retry_at - self._now()).total_seconds()))
        if offline.since is not None:
            rest = f"Games as of {offline.since.astimezone():%H:%M}."
        else:
            rest = clean(offline.message, SENTENCE_WIDTH)
        mark = look_of(self.app).marks.offline
        return Content.assemble(
            (f"{mark} Offline.", "$bad bold"), f" Trying again in {seconds} s. {rest}"
        )

    def _listless_line(self) -> Content:
        current = self._list.current
        if current is None:
            return Content("")
        return Content(f"This game's id is {clean(current)}. Keep it: this server keeps no list.")

    def _tick(self) -> None:
        if self._listless:
            self.action_update()
        self._list.redraw()
        self.query_one(Preview).paint_again()

    def _look_at(self, game_id: str | None) -> None:
        self.query_one(Preview).show(self._lobby.find(game_id))

    def on_games_list_looked(self, event: GamesList.Looked) -> None:
        event.stop()
        self._look_at(event.game_id)
        self.show_status()

    # -- what the person does --------------------------------------------------------------------

    def on_games_list_opened(self, event: GamesList.Opened) -> None:
        event.stop()
        if (game := self._lobby.find(event.game_id)) is not None:
            self.post_message(messages.GameWanted(game))

    def action_open(self) -> None:
        """Open the game under the highlight."""
        if (current := self._list.current) is not None:
            self.post_message(GamesList.Opened(current))

    def action_to_list(self) -> None:
        """From a pill back to the list, which has these keys itself."""
        self._list.focus()

    def action_review(self) -> None:
        """Look again at the game under the highlight, once it is over."""
        game = self._lobby.find(self._list.current)
        if game is not None and game.state == "done":
            self.post_message(messages.ReviewWanted(game))
        else:
            self.notify(REVIEW_WHAT, markup=False)

    def action_finished(self) -> None:
        """All finished games, or the last few again."""
        self._all_finished = not self._all_finished
        begin(self, self._load_finished, group="finished", exclusive=True)
        self._asked_for_finished = self._all_finished
        self.show_games()

    def on_games_feed_finished(self, event: GamesFeed.Finished) -> None:
        """Where there were none to be shown but those few, pressing a key has to say so."""
        asked, self._asked_for_finished = self._asked_for_finished, False
        if asked and len(event.games) <= FEW_FINISHED:
            self.notify(_finished_words(len(event.games)), markup=False)

    def action_filter(self) -> None:
        """Type part of a name; only games against such people stay."""
        self.add_class("-filtering")
        self.query_one("#filter", Input).focus()

    def action_unfilter(self) -> None:
        """All games again."""
        self.query_one("#filter", Input).value = ""
        self.remove_class("-filtering")
        self._list.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.show_games()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.value.strip():
            self._list.focus()
        else:
            self.action_unfilter()

    def action_new_game(self) -> None:
        """Invite somebody."""
        self.app.push_screen(NewGameScreen(self._client), self._begun)

    def _begun(self, game: Game | None) -> None:
        self._opened(game)
        if game is not None and self._listless:
            self.notify(ID_KEPT.format(game_id=clean(game.game_id)), markup=False)

    def action_open_by_id(self) -> None:
        """Open a game that is not in the list."""
        self.app.push_screen(OpenGameScreen(self._client), self._opened)

    def _opened(self, game: Game | None) -> None:
        if game is not None:
            self.add(game)
            self.post_message(messages.GameWanted(game))

    def action_sign_out(self) -> None:
        """End the session here."""
        self.post_message(messages.SignOutWanted())

    def on_pill_pressed(self, event: Pill.Pressed) -> None:
        event.stop()
        if event.pill.id == "new-game":
            self.action_new_game()
        else:
            self.action_sign_out()


def _finished_words(count: int) -> str:
    return "No game is finished yet." if not count else "These are all finished games."
