"""The app: which screen stands when, the theme and the session. It does no I/O itself."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from rich.text import Text
from textual import events
from textual.app import App, SystemCommand
from textual.binding import Binding
from textual.filter import LineFilter
from textual.geometry import Size
from textual.screen import Screen

from backend.nim import DEFAULT_HEAPS, Heaps, Level, Rule
from nim_tui import attention, messages, theme
from nim_tui.clean import SENTENCE_WIDTH, clean
from nim_tui.paint import Depth, Look
from nim_tui.screens.welcome import WelcomeScreen
from nim_tui.screens.work import begin
from nim_tui.settings import Settings, load_settings, save_settings

if TYPE_CHECKING:
    from nim_tui.client import NimClient
    from nim_tui.screens.help import Key
    from nim_tui.session import Account, Resumed
    from nim_tui.tables import Table
    from nim_tui.tokens import Vault

HERE = Path(__file__).parent

Start: TypeAlias = Literal["welcome", "hotseat", "practice", "demo"]

CRASHED = "nim-tui stopped by a fault of its own ({kind}). Your games are safe: start it again."
SESSION_OVER = "Your session has ended. Sign in again: your games are as they were."
NOTHING_WAITS = "Nothing waits for you."

# The contract's status for a place that cannot be used.
CANNOT_OPEN = 4


class NimApp(App[None]):
    """Nim in a terminal.

    Args:
        client: the backend to play on; nothing of it is used before the first frame is shown.
        vault: where sessions are kept; None is the keyring of the operating system.
        start: what stands there at first.
        heaps, rule, level: for boards without an account.
        user: whose session to take, where there are several.
        settings: what the person has chosen; None reads their file.
        terminal: what the terminal can show; None finds it out.

    """

    TITLE = "nim"
    # Whole paths, for they would be relative to a subclass's file. The first screen is the default
    # one, whose own CSS_PATH Textual does not read.
    CSS_PATH = [HERE / "nim.tcss", HERE / "screens" / "welcome.tcss"]
    BINDINGS = [
        Binding("question_mark,f1", "help", "these keys", show=False),
        Binding("ctrl+q", "quit", "quit", show=False, priority=True),
        Binding("ctrl+z", "suspend_process", "back to the shell", show=False),
    ]

    def __init__(
        self,
        client: NimClient,
        *,
        vault: Vault | None = None,
        start: Start = "welcome",
        heaps: Heaps = DEFAULT_HEAPS,
        rule: Rule = "misere",
        level: Level = "medium",
        user: str | None = None,
        settings: Settings | None = None,
        terminal: theme.Terminal | None = None,
    ) -> None:
        super().__init__()
        self._client = client
        self._vault = vault
        self._start: Start = start
        self._heaps, self._rule, self._level = heaps, rule, level
        self._user = user
        self._made_account: Account | None = None
        self._told: set[str] = set()
        self.settings = settings or load_settings()
        # Textual obeys an empty NO_COLOR too, and with greys.
        self._terminal = terminal or theme.Terminal.detect(self.console.color_system)
        self.no_color = self._terminal.depth is Depth.NONE
        for ours in theme.OUR_THEMES:
            self.register_theme(ours)
        known = self.settings.theme in self.available_themes
        self.theme = self.settings.theme if known else theme.DEFAULT_THEME
        self.animation_level = "full" if self.settings.animation else "none"
        self._drawn_for: tuple[str, str] = ("", "")
        self._filter = theme.DepthFilter(self.look)

    # -- looks -----------------------------------------------------------------------------------

    @property
    def look(self) -> Look:
        """How everything is to be drawn: palette, depth of colour, glyphs."""
        wanted = (self.theme, self.settings.glyphs)
        if wanted != self._drawn_for:
            self._look = theme.make_look(self.current_theme, self._terminal, wanted[1])
            self._drawn_for = wanted
        return self._look

    def get_css_variables(self) -> dict[str, str]:
        """The theme's variables, and the palette's tokens as `$you`, `$key`, … on top."""
        palette = theme.palette_of(self.current_theme)
        self.theme_variables = super().get_css_variables() | theme.css_variables(palette)
        return self.theme_variables

    def get_line_filters(self) -> Sequence[LineFilter]:
        """What stands between the styles and the terminal: only our own filter."""
        if self._filter.look != self.look:
            self._filter = theme.DepthFilter(self.look)
        return [self._filter] if self._filter.needed else []

    def action_next_theme(self) -> None:
        """The next of our own three themes; the palette of commands offers all."""
        names = [ours.name for ours in theme.OUR_THEMES]
        here = names.index(self.theme) if self.theme in names else -1
        self.theme = names[(here + 1) % len(names)]

    def watch_theme(self, name: str) -> None:
        """Keep a theme that was chosen while the app runs."""
        if self.is_running and name != self.settings.theme:
            self.choose(theme=name)

    def choose(self, **change: Any) -> None:
        """Change settings, by their names, and keep them."""
        from dataclasses import replace

        self.settings = replace(self.settings, **change)
        self.animation_level = "full" if self.settings.animation else "none"
        self.run_worker(self._keep_settings, thread=True, group="settings")

    def _keep_settings(self) -> None:
        if problem := save_settings(self.settings):
            self.post_message(messages.Told(problem, event=problem))

    # -- the beginning ---------------------------------------------------------------------------

    def get_default_screen(self) -> Screen[None]:
        return WelcomeScreen()

    def on_mount(self) -> None:
        self._write(attention.SAVE_TITLE + attention.title(self.title))
        if self.settings.problem:
            self.post_message(messages.Told(self.settings.problem))
        if self._start == "welcome":
            # After the first frame: the backend, the keyring and httpx are imported by this.
            self.call_after_refresh(self._begin)
        elif self._start == "demo":
            self.post_message(messages.DemoWanted())
        elif self._start == "practice":
            self.post_message(messages.PracticeWanted())
        else:
            self.post_message(messages.HotseatWanted())

    @property
    def _account(self) -> Account:
        if self._made_account is None:
            from nim_tui.session import Account

            self._made_account = Account(self._client, self._vault)
        return self._made_account

    def _begin(self) -> None:
        begin(self, partial(self._resume, self._user), group="session")

    async def _resume(self, user: str | None) -> None:
        from backend.errors import NimError

        try:
            outcome = await self._account.resume(user)
        except NimError as error:
            self.post_message(messages.PlaceFailed(error.message))
        else:
            self.post_message(messages.Resumed(outcome, user))

    async def on_resumed(self, event: messages.Resumed) -> None:
        self._say_note()
        outcome: Resumed = event.outcome
        if not self._at_welcome:
            # The person has begun something else meanwhile: it is not taken from them.
            return
        if outcome == "signed_in":
            await self._open_games()
        elif outcome == "choose":
            from nim_tui.screens.choose_session import ChooseSessionScreen

            self.push_screen(ChooseSessionScreen(self._account.names), self._chose_session)
        elif event.user is not None:
            why = f"{clean(event.user)} has no session here. Sign in."
            self.post_message(messages.SignInWanted(why))

    @property
    def _at_welcome(self) -> bool:
        """Whether the first screen stands there; while the app ends, none does."""
        return bool(self.screen_stack) and isinstance(self.screen_stack[-1], WelcomeScreen)

    def _chose_session(self, name: str | None) -> None:
        if name is None:
            self.post_message(messages.SignInWanted())
        else:
            begin(self, partial(self._resume, name), group="session")

    def on_place_failed(self, event: messages.PlaceFailed) -> None:
        if self._at_welcome:
            self.exit(return_code=CANNOT_OPEN, message=Text(f"nim-tui: {event.why}"))
        else:
            self.post_message(messages.Told(event.why))

    # -- screens ---------------------------------------------------------------------------------

    async def on_practice_wanted(self) -> None:
        from nim_tui.tables import PracticeTable

        await self._open_board(PracticeTable(self._level, self._heaps, self._rule))

    async def on_hotseat_wanted(self) -> None:
        from nim_tui.tables import HotseatTable

        await self._open_board(HotseatTable(heaps=self._heaps, rule=self._rule))

    async def on_demo_wanted(self) -> None:
        from nim_tui.tables import DemoTable

        await self._open_board(DemoTable(self._heaps, self._rule))

    async def on_game_wanted(self, event: messages.GameWanted) -> None:
        from nim_tui.tables import LiveTable

        await self._open_board(LiveTable(self._client, event.game))

    async def _open_board(self, table: Table) -> None:
        from nim_tui.screens.board import BoardScreen

        if isinstance(self.screen, BoardScreen):
            await self.pop_screen()
        await self._open(BoardScreen(table))

    async def _open(self, screen: Screen[Any]) -> None:
        """Push a screen; the one that asks for more room stays on top."""
        from nim_tui.screens.too_small import TooSmallScreen

        if isinstance(self.screen, TooSmallScreen):
            await self.pop_screen()
        await self.push_screen(screen)
        self._check_room(self.size)

    async def on_next_game_wanted(self, event: messages.NextGameWanted) -> None:
        games = self._games_screen
        game = games.lobby.next_waiting(event.after) if games is not None else None
        if game is None:
            self.post_message(messages.Told(NOTHING_WAITS))
        else:
            self.post_message(messages.GameWanted(game))

    def on_game_seen(self, event: messages.GameSeen) -> None:
        if (games := self._games_screen) is not None:
            games.see(event.game)

    @property
    def _games_screen(self) -> Any:
        """The list of games, wherever it stands; None while nobody is signed in."""
        from nim_tui.screens.games import GamesScreen

        return next((one for one in self.screen_stack if isinstance(one, GamesScreen)), None)

    # -- the session -----------------------------------------------------------------------------

    async def on_sign_in_wanted(self, event: messages.SignInWanted) -> None:
        from nim_tui.screens.login import LoginScreen

        await self._open_form(LoginScreen(self._account, why=event.why))

    async def on_register_wanted(self) -> None:
        from nim_tui.screens.register import RegisterScreen

        await self._open_form(RegisterScreen(self._account))

    async def _open_form(self, screen: Screen[Any]) -> None:
        from nim_tui.screens.form import FormScreen

        if isinstance(self.screen, FormScreen):
            await self.pop_screen()
        await self._open(screen)

    async def on_signed_in(self) -> None:
        self._say_note()
        await self._to_welcome()
        await self._open_games()

    async def _open_games(self) -> None:
        from nim_tui.screens.games import GamesScreen

        await self._open(GamesScreen(self._client))

    async def on_sign_out_wanted(self) -> None:
        await self._to_welcome()
        self.on_games_waiting(messages.GamesWaiting(0))
        # Its own words for failing are silence: the session is forgotten here in any case.
        begin(self, self._account.sign_out, group="session")

    async def on_session_lost(self) -> None:
        if self._games_screen is not None:
            await self._to_welcome()
            self.post_message(messages.SignInWanted(SESSION_OVER))

    async def _to_welcome(self) -> None:
        while len(self.screen_stack) > 1:
            await self.pop_screen()

    # -- being told ------------------------------------------------------------------------------

    def on_told(self, told: messages.Told) -> None:
        if told.event and told.event in self._told:
            return
        self._told.add(told.event)
        game = getattr(self.screen_stack[-1], "game", None) if self.screen_stack else None
        if told.game_id and game is not None and game.game_id == told.game_id:
            seen_there = self.app_focus
        else:
            seen_there = False
            self.notify(clean(told.text, SENTENCE_WIDTH), markup=False)
        if told.urgent and not seen_there and not self.app_focus:
            if self.settings.bell:
                self.bell()
            if self.settings.desktop_notices:
                self._write(attention.notice(told.text, os.environ))

    def _say_note(self) -> None:
        if note := self._account.take_note():
            self.post_message(messages.Told(note))

    def on_games_waiting(self, event: messages.GamesWaiting) -> None:
        self.title = f"nim ({event.count})" if event.count else "nim"
        self._write(attention.title(self.title))

    def on_app_blur(self) -> None:
        self._client.slow = True

    def on_app_focus(self) -> None:
        self._client.slow = False

    def _write(self, sequence: str) -> None:
        """A whole escape sequence, to a real terminal only."""
        if self._driver is not None and not self.is_headless and not self.is_web:
            self._driver.write(sequence)

    # -- help, room, ends ------------------------------------------------------------------------

    def action_help(self) -> None:
        """The keys of the screen that stands there."""
        from nim_tui.screens.help import HelpScreen

        if not self.screen.is_modal:
            self.push_screen(HelpScreen(self.screen))

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Every action of the screen by its words, then Textual's own commands."""
        from nim_tui.screens.help import keys_of

        for key in keys_of(screen, self):
            if key.action:
                yield self._command(screen, key)
        own = {"Theme", "Screenshot"}
        yield from (one for one in super().get_system_commands(screen) if one.title in own)

    def _command(self, screen: Screen[Any], key: Key) -> SystemCommand:
        async def run() -> None:
            await self.run_action(key.action, screen)

        words = key.words[:1].upper() + key.words[1:]
        return SystemCommand(words, f"Key: {key.keys}", run)

    def on_resize(self, event: events.Resize) -> None:
        # `self.size` is still the former one here.
        self._check_room(event.size)

    def _check_room(self, size: Size) -> None:
        from nim_tui.screens.too_small import TooSmallScreen, enough

        small = isinstance(self.screen, TooSmallScreen)
        if enough(size) and small:
            self.pop_screen()
        elif not enough(size) and not small:
            self.push_screen(TooSmallScreen(self.screen))

    async def on_unmount(self) -> None:
        self._write(attention.RESTORE_TITLE)
        await self._client.close()

    def _fatal_error(self) -> None:
        """A crash says one line. Textual's own would print local variables, tokens among them."""
        self._exit_renderables.append(self._crashed())
        self._close_messages_no_wait()

    def _print_error_renderables(self) -> None:
        """The last words: one line, not folded, and never what Textual has rendered of a crash."""
        for words in self._exit_renderables[:1]:
            line = words if isinstance(words, Text) else self._crashed()
            self.error_console.print(line, soft_wrap=True)
        self._exit_renderables.clear()

    def _crashed(self) -> Text:
        return Text(CRASHED.format(kind=type(self._exception).__name__))
