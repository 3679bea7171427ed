"""The games: whose turn it is in which, live, and the ways to another one."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input, Static

from backend.errors import NimError, NotSignedIn
from backend.game import Game, State
from backend.wire import utc_now
from nim_tui import messages
from nim_tui.answers import GameList, Offline
from nim_tui.clean import SENTENCE_WIDTH, clean
from nim_tui.lobby import FEW_FINISHED, Lobby, news
from nim_tui.screens.new_game import Inviter, NewGameScreen
from nim_tui.screens.work import begin
from nim_tui.theme import look_of
from nim_tui.widgets.games_list import GamesList
from nim_tui.widgets.header import Header
from nim_tui.widgets.inputs import PlainInput
from nim_tui.widgets.keys import Hint, KeysFooter
from nim_tui.widgets.pill import Pill
from nim_tui.widgets.preview import Preview

EMPTY = "No games yet. Press n to invite a friend."
LOOKING = "Looking for your games"
# Pages of a list that are fetched at most, 100 games each.
MOST_PAGES = 10
# Seconds after which "4 min" is looked at again.
CLOCK = 20.0

HINTS = (
    Hint("↑ ↓", "choose"),
    Hint("enter", "open", "screen.open"),
    Hint("n", "new game", "screen.new_game"),
    Hint("/", "filter", "screen.filter"),
    Hint("f", "finished", "screen.finished"),
    Hint("?", "help", "app.help"),
)


class Lister(Inviter, Protocol):
    """Where the games come from; `nim_tui.client.NimClient`."""

    @property
    def username(self) -> str | None: ...

    async def games(
        self, state: State = "open", cursor: str | None = None, limit: int = 100
    ) -> GameList: ...

    def watch_games(self) -> AsyncIterator[GameList | Offline]: ...


class GamesScreen(Screen[None]):
    """All games of the person who is signed in."""

    CSS_PATH = "games.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (74, "-normal"), (110, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-normal-height"), (31, "-tall")]
    AUTO_FOCUS = "#games"
    BINDINGS = [
        Binding("enter", "open", "open the game", show=False),
        Binding("n", "new_game", "new game"),
        Binding("slash", "filter", "only games against …", key_display="/"),
        Binding("f", "finished", "all that are finished"),
        Binding("escape", "unfilter", "all games again", show=False),
        Binding("u", "update", "look for news now"),
        Binding("o", "sign_out", "sign out"),
        Binding("t", "app.next_theme", "another theme"),
        Binding("q", "app.quit", "quit"),
    ]

    @dataclass
    class Listed(Message):
        """The open games, as they are now."""

        games: tuple[Game, ...]

    @dataclass
    class Finished(Message):
        """The finished games, the newest first; `more` where these are not all."""

        games: tuple[Game, ...]
        more: bool

    @dataclass
    class Lost(Message):
        """The backend cannot be reached; the watch goes on trying."""

        offline: Offline

    @dataclass
    class Failed(Message):
        """The watch has ended."""

        error: NimError

    def __init__(self, client: Lister, *, now: Callable[[], datetime] = utc_now) -> None:
        super().__init__()
        self._now = now
        self._client = client
        self._me = client.username or ""
        self._lobby = Lobby(self._me)
        # Games that have left the open ones, until the finished ones say how they ended.
        self._gone: dict[str, Game] = {}
        self._known = False
        self._offline: Offline | None = None
        self._retry_at = 0.0
        self._error = ""
        self._all_finished = False

    def compose(self) -> ComposeResult:
        yield Header(
            "games",
            Pill("New game", id="new-game"),
            Pill("Sign out", id="logout", link=True),
            who=clean(self._me),
        )
        with Horizontal(id="columns"):
            with Vertical(id="list-side"):
                yield GamesList(self._me, id="games", now=self._now)
                yield Static(Content(LOOKING), id="empty")
            yield Preview(self._me, id="preview", now=self._now)
        with Horizontal(id="filter-row"):
            yield Static(Content("/"), id="filter-mark")
            yield PlainInput(id="filter", compact=True, max_length=40, placeholder="a name")
        yield Static(id="status", markup=False)
        yield KeysFooter(HINTS)

    def on_mount(self) -> None:
        self._countdown = self.set_interval(1.0, self._show_status, pause=True)
        self.set_interval(CLOCK, self._tick)
        self.action_update()

    @property
    def lobby(self) -> Lobby:
        """The games as they are known now."""
        return self._lobby

    @property
    def _list(self) -> GamesList:
        return self.query_one(GamesList)

    # -- what comes in: workers only post --------------------------------------------------------

    async def _watch(self) -> None:
        try:
            async for seen in self._client.watch_games():
                if isinstance(seen, Offline):
                    self.post_message(self.Lost(seen))
                else:
                    games, _ = await self._rest("open", seen)
                    self.post_message(self.Listed(games))
        except NimError as error:
            self.post_message(self.Failed(error))

    async def _load_finished(self) -> None:
        few = 1 if not self._all_finished else MOST_PAGES
        try:
            games, more = await self._rest("done", await self._client.games("done"), few)
        except NimError:
            return  # the watch meets the same, says so, and asks again when it is over
        self.post_message(self.Finished(games, more))

    async def _rest(
        self, state: State, page: GameList, most: int = MOST_PAGES
    ) -> tuple[tuple[Game, ...], bool]:
        """The games of `page` and of those that follow; whether there are still more."""
        games = list(page.games)
        for _ in range(most - 1):
            if page.cursor is None:
                break
            page = await self._client.games(state, page.cursor)
            games += page.games
        return tuple(games), page.cursor is not None

    def on_games_screen_listed(self, event: GamesScreen.Listed) -> None:
        event.stop()
        before, after = self._lobby, self._lobby.with_open(event.games)
        here = {game.game_id for game in (*after.open, *after.done)}
        gone = {game.game_id: game for game in before.open if game.game_id not in here}
        self._gone |= gone
        first, back = not self._known, self._offline is not None
        self._known, self._offline, self._error = True, None, ""
        self._countdown.pause()
        if not first:
            self._tell(before, after)
        if first or gone or back:
            begin(self, self._load_finished, group="finished", exclusive=True)
        self._take(after)

    def on_games_screen_finished(self, event: GamesScreen.Finished) -> None:
        event.stop()
        ended = tuple(game for game in event.games if game.game_id in self._gone)
        before = Lobby(self._me, tuple(self._gone.values()))
        self._tell(before, Lobby(self._me, done=ended))
        self._gone.clear()
        self._take(self._lobby.with_done(event.games, more=event.more))

    def on_games_screen_lost(self, event: GamesScreen.Lost) -> None:
        event.stop()
        self._offline = event.offline
        self._retry_at = time.monotonic() + event.offline.retry_in
        self._countdown.resume()
        self._show_status()

    def on_games_screen_failed(self, event: GamesScreen.Failed) -> None:
        event.stop()
        self._offline = None
        self._countdown.pause()
        if isinstance(event.error, NotSignedIn):
            self.post_message(messages.SessionLost())
            return
        self._error = event.error.message
        self._show()

    def see(self, game: Game) -> None:
        """A game as it is now, learned from its board."""
        self._take(self._lobby.with_game(game))

    def _take(self, lobby: Lobby) -> None:
        self._lobby = lobby
        self.post_message(messages.GamesWaiting(len(lobby.your_turn)))
        self._show()

    def _tell(self, before: Lobby, after: Lobby) -> None:
        for item in news(before, after):
            told = messages.Told(item.text, item.key, item.game_id, urgent=item.urgent)
            self.post_message(told)

    # -- what is shown ---------------------------------------------------------------------------

    def _show(self) -> None:
        wanted = self.query_one("#filter", Input).value
        shown = self._lobby.matching(wanted)
        self._list.show(shown, all_finished=self._all_finished)
        empty = not shown.open and not shown.done
        self._list.display = not empty
        note = self.query_one("#empty", Static)
        note.display = empty
        if empty and wanted.strip():
            note.update(Content(f'No game matches "{clean(wanted, 20)}".'))
        elif empty:
            note.update(Content(EMPTY if self._known else "" if self._error else LOOKING))
        self._look_at(self._list.current)
        self._show_status()

    def _show_status(self) -> None:
        self.query_one("#status", Static).update(self._status())

    def _status(self) -> Content:
        marks = look_of(self.app).marks
        if self._error:
            text = clean(self._error, SENTENCE_WIDTH)
            return Content.assemble((f"{marks.bad} ", "$bad"), text)
        if self._offline is not None:
            return self._offline_line(self._offline)
        if not self._known:
            return Content("")
        count = len(self._lobby.your_turn)
        waits = "Nothing waits for you." if self._lobby.open or self._lobby.done else ""
        if count:
            waits = f"{count} game{' waits' if count == 1 else 's wait'} for you."
        return Content.assemble((f"{marks.you} ", "$good"), f"Up to date.  {waits}".rstrip())

    def _offline_line(self, offline: Offline) -> Content:
        seconds = max(1, round(self._retry_at - time.monotonic()))
        if offline.since is not None:
            rest = f"Games as of {offline.since.astimezone():%H:%M}."
        else:
            rest = clean(offline.message, SENTENCE_WIDTH)
        mark = look_of(self.app).marks.offline
        return Content.assemble(
            (f"{mark} Offline.", "$bad bold"), f" Trying again in {seconds} s. {rest}"
        )

    def _tick(self) -> None:
        self._list.redraw()
        self.query_one(Preview).paint_again()

    def _look_at(self, game_id: str | None) -> None:
        self.query_one(Preview).show(self._lobby.find(game_id))

    def on_games_list_looked(self, event: GamesList.Looked) -> None:
        event.stop()
        self._look_at(event.game_id)

    # -- what the person does --------------------------------------------------------------------

    def on_games_list_opened(self, event: GamesList.Opened) -> None:
        event.stop()
        if (game := self._lobby.find(event.game_id)) is not None:
            self.post_message(messages.GameWanted(game))

    def action_open(self) -> None:
        """Open the game under the highlight."""
        if (current := self._list.current) is not None:
            self.post_message(GamesList.Opened(current))

    def action_update(self) -> None:
        """Ask for the games, and go on listening."""
        self._error = ""
        begin(self, self._watch, group="watch", exclusive=True)
        self._show_status()

    def action_finished(self) -> None:
        """All finished games, or the last few again."""
        self._all_finished = not self._all_finished
        begin(self, self._load_finished, group="finished", exclusive=True)
        self._show()
        if self._all_finished and len(self._lobby.done) <= FEW_FINISHED:
            self.notify(_finished_words(len(self._lobby.done)), markup=False)

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
        self._show()

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
        if game is not None:
            self.see(game)
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
