"""The app without its game: looks, settings, announcements, help, size, and how it ends."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType
from rich.text import Text
from textual import actions, events
from textual.app import SystemCommand
from textual.binding import Binding
from textual.driver import Driver
from textual.filter import LineFilter
from textual.geometry import Size
from textual.screen import Screen

from nim_tui import messages
from nim_tui.config.settings import Settings, load_settings, save_settings
from nim_tui.paint import Depth, Look
from nim_tui.screens.too_small import TooSmallScreen, enough
from nim_tui.terminal.attention import Attention
from nim_tui.terminal.capabilities import Terminal
from nim_tui.terminal.typeahead import TypeaheadApp
from nim_tui.text.sanitize import SENTENCE_WIDTH, clean
from nim_tui.theme import themes
from nim_tui.theme.color_filter import DepthFilter
from nim_tui.theme.style_sheet import ParsedOnce

if TYPE_CHECKING:
    from nim_tui.screens.help import Key

HERE = Path(__file__).parent

CRASHED = "nim-tui stopped by an internal error ({kind}). Your games are safe. Start it again."


class AppBase(TypeaheadApp):
    """The services that every screen shares.

    Args:
        settings: the person's; None reads their file.
        terminal: what the terminal can show; None detects it.

    """

    TITLE = "nim"
    # Absolute paths, because relative ones would start at a subclass's file. Textual does not read
    # the CSS_PATH of the default screen, which is the first one.
    CSS_PATH = [HERE / "nim.tcss", HERE / "screens" / "welcome.tcss"]
    BINDINGS = [
        Binding("question_mark,f1", "help", "these keys", show=False),
        Binding("comma", "settings", "settings", show=False),
        Binding("ctrl+q", "quit", "quit", show=False, priority=True),
        Binding("ctrl+z", "suspend_process", "back to the shell", show=False),
    ]

    def __init__(self, settings: Settings | None = None, terminal: Terminal | None = None) -> None:
        super().__init__()
        self._attention = Attention(os.environ)
        self.settings = settings or load_settings()
        # Textual obeys even an empty NO_COLOR, and shows greys.
        self._terminal = terminal or Terminal.detect(self.console.color_system)
        self.no_color = self._terminal.depth is Depth.NONE
        for ours in themes.OUR_THEMES:
            self.register_theme(ours)
        self.stylesheet = ParsedOnce(variables=self.theme_variables)
        known = self.settings.theme in self.available_themes
        self.theme = self.settings.theme if known else themes.DEFAULT_THEME
        self.animation_level = "full" if self.settings.animation else "none"
        self._drawn_for: tuple[str, str] = ("", "")
        self._filter = DepthFilter(self.look)

    def on_mount(self) -> None:
        self._write(self._attention.begin(self.title))
        # ctrl+z: until we are back, the title belongs to the shell.
        self.app_suspend_signal.subscribe(
            self, lambda _: self._write(self._attention.end()), immediate=True
        )
        self.app_resume_signal.subscribe(
            self, lambda _: self._write(self._attention.begin(self.title))
        )
        if self.settings.problem:
            self.post_message(messages.Announcement(self.settings.problem))

    # -- looks -----------------------------------------------------------------------------------

    @property
    def look(self) -> Look:
        """How everything is drawn: palette, colour depth, glyphs."""
        wanted = (self.theme, self.settings.glyphs)
        if wanted != self._drawn_for:
            self._look = themes.make_look(self.current_theme, self._terminal, wanted[1])
            self._drawn_for = wanted
        return self._look

    def get_css_variables(self) -> dict[str, str]:
        """The theme's variables, and the palette's tokens as `$you`, `$key`, … on top."""
        palette = themes.palette_of(self.current_theme)
        self.theme_variables = super().get_css_variables() | themes.css_variables(palette)
        return self.theme_variables

    def get_line_filters(self) -> Sequence[LineFilter]:
        """The filters between styles and terminal: only our own."""
        if self._filter.look != self.look:
            self._filter = DepthFilter(self.look)
        return [self._filter] if self._filter.needed else []

    def action_next_theme(self) -> None:
        """The next of our own three themes; the command palette offers all."""
        names = [ours.name for ours in themes.OUR_THEMES]
        here = names.index(self.theme) if self.theme in names else -1
        self.theme = names[(here + 1) % len(names)]

    def watch_theme(self, name: str) -> None:
        """Save a theme that was chosen while the app runs."""
        if self.is_running and name != self.settings.theme:
            self.choose(theme=name)

    def choose(self, **change: Any) -> None:
        """Change settings, by their names, and save them."""
        self.settings = replace(self.settings, **change)
        self.animation_level = "full" if self.settings.animation else "none"
        self.keep_settings()

    def keep_settings(self) -> None:
        """Save the settings as they are now, where the person will find them again."""
        self.run_worker(self._save_settings, thread=True, group="settings")

    def _save_settings(self) -> None:
        if problem := save_settings(self.settings):
            self.post_message(messages.Announcement(problem, event=problem))

    def on_setting_chosen(self, event: messages.SettingChosen) -> None:
        if event.name == "theme":
            self.theme = str(event.value)
        else:
            self.choose(**{event.name: event.value})
            self.repaint_all()

    def repaint_all(self) -> None:
        """Draw every screen anew: objects may have other glyphs, on the screens beneath too."""
        for screen in self.screen_stack:
            for widget in screen.walk_children(with_self=True):
                widget.refresh()

    def action_settings(self) -> None:
        """Open the settings."""
        from nim_tui.screens.settings import SettingsScreen

        if not self.screen.is_modal:
            # With an unknown theme, the default one is shown.
            self.push_screen(SettingsScreen(replace(self.settings, theme=self.theme)))

    # -- announcements ---------------------------------------------------------------------------

    def on_announcement(self, announcement: messages.Announcement) -> None:
        if not self._attention.is_new(announcement):
            return
        game = getattr(self.screen_stack[-1], "game", None) if self.screen_stack else None
        on_its_board = bool(game and game.game_id == announcement.game_id)
        if not on_its_board:
            self.notify(clean(announcement.text, SENTENCE_WIDTH), markup=False)
        focused, settings = self.app_focus, self.settings
        if self._attention.rings(announcement, settings, focused=focused):
            self.bell()
        if notice := self._attention.notice(announcement, settings, focused=focused):
            self._write(notice)

    def on_games_waiting(self, event: messages.GamesWaiting) -> None:
        title = f"nim ({event.count})" if event.count else "nim"
        if title != self.title:
            self.set_reactive(AppBase.title, title)  # no screen shows it, so none is painted anew
            self._write(self._attention.name(title))

    def _write(self, sequence: str) -> None:
        """A whole escape sequence, to a real terminal only."""
        if self._driver is not None and not self.is_headless and not self.is_web:
            self._driver.write(sequence)

    # -- help, size, ends ------------------------------------------------------------------------

    def action_help(self) -> None:
        """Show the keys of the current screen."""
        from nim_tui.screens.help import HelpScreen

        if not isinstance(self.screen, HelpScreen | TooSmallScreen):
            self.push_screen(HelpScreen(self.screen))

    def action_command_palette(self) -> None:
        """The palette of commands, unless there is no room for any screen."""
        from nim_tui.screens.palette import ActionPalette

        if not isinstance(self.screen, ActionPalette | TooSmallScreen):
            self.push_screen(ActionPalette())

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Every action of the screen by its description, then Textual's own commands.

        The help of each is its keys.
        """
        from nim_tui.screens.help import keys_of

        for key in keys_of(screen, self):
            if key.action and _does(screen, key.action):
                yield self._command(screen, key)
        # The page in a browser cannot deliver a file.
        own = {"Theme"} if self.is_web else {"Theme", "Screenshot"}
        for one in super().get_system_commands(screen):
            if one.title in own:
                yield one._replace(help="")

    def _command(self, screen: Screen[Any], key: Key) -> SystemCommand:
        async def run() -> None:
            await self.run_action(key.action, screen)

        words = key.words[:1].upper() + key.words[1:]
        return SystemCommand(words, key.keys, run)

    def on_resize(self, event: events.Resize) -> None:
        # `self.size` is not updated yet.
        self._check_size(event.size)

    async def _open(self, screen: Screen[Any], then: Callable[[Any], None] | None = None) -> None:
        """Push a screen, keeping the one that asks for a larger terminal on top."""
        if isinstance(self.screen, TooSmallScreen):
            await self.pop_screen()
        await self.push_screen(screen, then)
        self._check_size(self.size)

    async def _to_welcome(self) -> None:
        while len(self.screen_stack) > 1:
            await self.pop_screen()

    def _check_size(self, size: Size) -> None:
        small = isinstance(self.screen, TooSmallScreen)
        if enough(size) and small:
            self.pop_screen()
        elif not enough(size) and not small:
            self.push_screen(TooSmallScreen(self.screen))

    def deliver_screenshot(
        self,
        filename: str | None = None,
        path: str | None = None,
        time_format: str | None = None,
    ) -> str | None:
        """As Textual does; where there is no folder to put it in, in words."""
        try:
            return super().deliver_screenshot(filename, path, time_format)
        except (OSError, RuntimeError):
            self.post_message(
                messages.Announcement("The screenshot cannot be saved: no home folder.")
            )
            return None

    def get_driver_class(self) -> type[Driver]:
        """Textual's choice, and for a real terminal our own."""
        chosen = super().get_driver_class()
        if chosen.__module__ != "textual.drivers.linux_driver":
            return chosen
        from nim_tui.terminal.driver import TerminalDriver

        return TerminalDriver

    def panic(self, *renderables: RenderableType) -> None:
        """Textual's way out when one of its threads has failed: a fault like any other."""
        self._return_code = 1
        super().panic(*renderables)

    def _fatal_error(self) -> None:
        """Report a crash in one line: Textual would print local variables, tokens among them."""
        self._exit_renderables.append(self._crashed())
        self._close_messages_no_wait()

    def _print_error_renderables(self) -> None:
        """Print the exit message: one line, unwrapped, and never Textual's report of a crash."""
        for message in self._exit_renderables[:1]:
            line = message if isinstance(message, Text) else self._crashed()
            self.error_console.print(line, soft_wrap=True)
        self._exit_renderables.clear()

    def _crashed(self) -> Text:
        return Text(CRASHED.format(kind=type(self._exception).__name__))


def _does(screen: Screen[Any], action: str) -> bool:
    """Whether an action of the screen is enabled at the moment."""
    namespace, name, parameters = actions.parse(action)
    return bool(namespace or screen.check_action(name, parameters))
