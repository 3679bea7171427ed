"""The games: a live list, and the ways to another game."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding

from backend.domain.clock import utc_now
from backend.domain.game import Game
from nim_tui import messages
from nim_tui.client.invitations import join_line
from nim_tui.client.models import OpenInvitation
from nim_tui.model.lobby import FEW_FINISHED, Lobby
from nim_tui.screens.clipboard import copy_id
from nim_tui.screens.games.feed import GamesFeed, Lister
from nim_tui.screens.games.invitation import InvitationScreen
from nim_tui.screens.games.invitations import InvitationsScreen
from nim_tui.screens.games.new_game import NewGameScreen
from nim_tui.screens.games.open_game import OpenGameScreen
from nim_tui.screens.games.opponents import OpponentsScreen
from nim_tui.screens.games.session import GamesSession, GamesUpdate
from nim_tui.screens.games.view import GamesView
from nim_tui.screens.layer import Layer
from nim_tui.screens.workers import begin
from nim_tui.text.sanitize import clean
from nim_tui.widgets.games_list import GamesList
from nim_tui.widgets.pill import Pill

ID_KEPT = "This game's id is {game_id}. Send it to your opponent: this server keeps no list."
REVIEW_WHAT = "Only a finished game can be reviewed. Choose one of those under FINISHED."
# Seconds between two updates of words such as "4 min".
CLOCK = 20.0


class GamesScreen(Layer[None]):
    """All games of the person who is signed in."""

    CSS_PATH = "games.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (74, "-normal"), (110, "-wide"), (150, "-huge")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-normal-height"), (31, "-tall")]
    AUTO_FOCUS = "#games"
    BINDINGS = [
        Binding("enter", "open", "open the game", show=False),
        Binding("up,down,k,j", "to_list", show=False),
        Binding("home,g", "go(0)", "the first game", show=False),
        Binding("end,G", "go(-1)", "the last game", show=False),
        Binding("n", "new_game", "new game"),
        Binding("p", "opponents", "opponents and scores"),
        Binding("c", "invitations", "open invitations"),
        Binding("i", "open_by_id", "open a game by its id"),
        Binding("slash", "filter", "filter by opponent", key_display="/"),
        Binding("f", "finished", "all finished games"),
        Binding("v", "review", "review a finished game", show=False),
        Binding("y", "copy_id", "copy the game's id", show=False),
        Binding("escape", "unfilter", "all games again", show=False),
        Binding("u", "update", "update now"),
        Binding("a", "account", "your account"),
        Binding("o", "sign_out", "sign out"),
        Binding("t", "app.next_theme", "another theme"),
        Binding("q", "app.quit", "quit"),
    ]

    def __init__(self, client: Lister, *, now: Callable[[], datetime] = utc_now) -> None:
        super().__init__()
        self._client = client
        self._now = now
        self._session = GamesSession(client.username or "", now)
        self._feed = GamesFeed(client, self.post_message)
        self._asked_for_finished = False

    def compose(self) -> ComposeResult:
        yield GamesView(self._session.state, self._now, self._client.place_name)

    def on_mount(self) -> None:
        self.set_interval(CLOCK, self._tick)
        self.action_update()

    def on_screen_resume(self) -> None:
        # The settings may have changed the glyphs in the rows.
        if self.is_mounted:
            self._tick()
            self._view.show_status(self._session.state)

    @property
    def lobby(self) -> Lobby:
        """The games as they are known now."""
        return self._session.lobby

    @property
    def _view(self) -> GamesView:
        return self.query_one(GamesView)

    def _tick(self) -> None:
        if self._session.state.listless:
            self.action_update()
        self._view.redraw()

    # -- what comes in: the feed posts, these handlers change the session --------------------------

    def action_update(self) -> None:
        """Ask for the games, and keep listening."""
        self._session.forget_error()
        state = self._session.state
        listless = partial(self._feed.reread, state.lobby.open)
        begin(self, listless if state.listless else self._feed.watch, group="watch", exclusive=True)
        self._view.show_status(state)

    def listen_again(self) -> None:
        self.action_update()

    def _load_finished(self) -> None:
        load = partial(self._feed.load_finished, all_pages=self._session.state.all_finished)
        begin(self, load, group="finished", exclusive=True)

    def on_games_feed_open_listed(self, event: GamesFeed.OpenListed) -> None:
        event.stop()
        self._apply(self._session.listed(event.games))

    def on_games_feed_finished_listed(self, event: GamesFeed.FinishedListed) -> None:
        event.stop()
        self._apply(self._session.finished(event.games, more=event.more))
        # If there are no more than the few that were shown, the key must not seem to do nothing.
        asked, self._asked_for_finished = self._asked_for_finished, False
        if asked and len(event.games) <= FEW_FINISHED:
            self.notify(_finished_words(len(event.games)), markup=False)

    def on_games_feed_finished_missing(self, event: GamesFeed.FinishedMissing) -> None:
        event.stop()
        self._session.finished_failed()
        self._view.show(self._session.state)

    def on_games_feed_reread(self, event: GamesFeed.Reread) -> None:
        event.stop()
        self._apply(self._session.reread(event.games))

    def on_games_feed_connection_lost(self, event: GamesFeed.ConnectionLost) -> None:
        event.stop()
        self._session.lost(event.offline)
        self._view.show_status(self._session.state)

    def on_games_feed_watch_failed(self, event: GamesFeed.WatchFailed) -> None:
        event.stop()
        if self._session.failed(event.error):
            self._view.show(self._session.state)
        else:
            self.post_message(messages.SessionLost())

    def see(self, game: Game) -> None:
        """Take in a game from its board: the person may be looking at another screen."""
        self._apply(self._session.see(game))

    def _apply(self, update: GamesUpdate) -> None:
        """Show the games as they are now, and tell the app what concerns it."""
        for item in update.news:
            self.post_message(
                messages.Announcement(item.text, item.key, item.game_id, urgent=item.urgent)
            )
        if update.load_finished:
            self._load_finished()
        self.post_message(messages.GamesWaiting(len(self.lobby.your_turn)))
        self.post_message(messages.LobbyChanged(self.lobby))
        self._view.show(self._session.state)

    # -- what the person does --------------------------------------------------------------------

    def on_games_list_opened(self, event: GamesList.Opened) -> None:
        event.stop()
        if (game := self.lobby.find(event.game_id)) is not None:
            self.post_message(messages.GameWanted(game))

    def action_open(self) -> None:
        """Open the game under the highlight."""
        if (current := self._view.current) is not None:
            self.post_message(GamesList.Opened(current))

    def action_to_list(self) -> None:
        """From a pill back to the list, which handles these keys itself."""
        self._view.focus_list()

    def action_go(self, index: int) -> None:
        """Go to a game of the list; -1 is the last one."""
        self._view.go(index)

    def action_copy_id(self) -> None:
        """Copy the id of the game under the highlight to the terminal's clipboard (OSC 52)."""
        if (current := self._view.current) is not None:
            copy_id(self, current)

    def action_review(self) -> None:
        """Review the game under the highlight, if it is over."""
        game = self.lobby.find(self._view.current)
        if game is not None and game.state == "done":
            self.post_message(messages.ReviewWanted(game))
        else:
            self.notify(REVIEW_WHAT, markup=False)

    def action_finished(self) -> None:
        """All finished games, or the last few again."""
        self._asked_for_finished = self._session.toggle_finished()
        self._load_finished()
        self._view.show(self._session.state)

    def action_filter(self) -> None:
        """Show only games against people whose name contains what is typed."""
        self._view.begin_filter()

    def action_unfilter(self) -> None:
        """All games again."""
        self._view.end_filter()

    def action_new_game(self) -> None:
        """Invite somebody."""
        self.app.push_screen(NewGameScreen(self._client), self._begun)

    def action_opponents(self) -> None:
        """Show whom the person has played with; choosing one of them begins a new game."""
        self.app.push_screen(OpponentsScreen(self._client), self._chose_opponent)

    def _chose_opponent(self, name: str | None) -> None:
        if name is not None:
            self.app.push_screen(NewGameScreen(self._client, name), self._begun)

    def _begun(self, made: Game | OpenInvitation | None) -> None:
        if isinstance(made, OpenInvitation):
            self._show_invitation(made)
            return
        self._opened(made)
        if made is not None and self._session.state.listless:
            self.notify(ID_KEPT.format(game_id=clean(made.game_id)), markup=False)

    def action_invitations(self) -> None:
        """List the open invitations; each can be shown again, or withdrawn."""
        screen = InvitationsScreen(self._client.invitations, self._now())
        self.app.push_screen(screen, self._show_invitation)

    def _show_invitation(self, invitation: OpenInvitation | None) -> None:
        if invitation is not None:
            line = join_line(invitation, self._client.place)
            self.app.push_screen(InvitationScreen(invitation, line, self._now()))

    def action_open_by_id(self) -> None:
        """Open a game that is not in the list."""
        self.app.push_screen(OpenGameScreen(self._client), self._opened)

    def _opened(self, game: Game | None) -> None:
        if game is not None:
            self._session.add(game)
            self._apply(GamesUpdate())
            self.post_message(messages.GameWanted(game))

    def on_click(self, event: events.Click) -> None:
        """A click on the player's name opens the account."""
        if event.widget is not None and event.widget.id == "who":
            self.action_account()

    def action_account(self) -> None:
        """Open the account."""
        self.post_message(messages.AccountWanted())

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
    return "No game is finished yet." if not count else "There are no more finished games."
