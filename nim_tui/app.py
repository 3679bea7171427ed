"""The app: which screen stands when, the theme and the session. It does no I/O itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, TypeAlias

from rich.text import Text
from textual.app import App
from textual.binding import Binding
from textual.filter import LineFilter
from textual.screen import Screen

from backend.nim import DEFAULT_HEAPS, Heaps, Level, Rule
from nim_tui import messages, theme
from nim_tui.clean import SENTENCE_WIDTH, clean
from nim_tui.paint import Depth, Look
from nim_tui.screens.welcome import WelcomeScreen

if TYPE_CHECKING:
    from nim_tui.client import NimClient
    from nim_tui.tokens import Vault

Start: TypeAlias = Literal["welcome", "hotseat", "practice", "demo"]

CRASHED = "nim-tui stopped: a fault of its own ({kind}). Your games are safe. Start it again."


class NimApp(App[None]):
    """Nim in a terminal.

    Args:
        client: the backend to play on; nothing of it is used before the first frame is shown.
        vault: where sessions are kept; None is the keyring of the operating system.
        start: what stands there at first.
        heaps, rule, level: for boards without an account.
        user: whose session to take, where there are several.
        terminal: what the terminal can show; None finds it out.

    """

    TITLE = "nim"
    # The first screen is the default one, whose own CSS_PATH Textual does not read.
    CSS_PATH = ["nim.tcss", "screens/welcome.tcss"]
    BINDINGS = [
        Binding("question_mark,f1", "help", "the keys of this screen", show=False),
        Binding("ctrl+q", "quit", "quit", show=False, priority=True),
        Binding("ctrl+z", "suspend_process", "put aside, back to the shell", show=False),
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
        terminal: theme.Terminal | None = None,
    ) -> None:
        super().__init__()
        self._client = client
        self._vault = vault
        self._start: Start = start
        self._heaps, self._rule, self._level = heaps, rule, level
        self._user = user
        # Textual obeys an empty NO_COLOR too, and with greys.
        self._terminal = terminal or theme.Terminal.detect(self.console.color_system)
        self.no_color = self._terminal.depth is Depth.NONE
        for ours in theme.OUR_THEMES:
            self.register_theme(ours)
        self.theme = theme.DEFAULT_THEME
        self._look_theme = self.theme
        self._look = theme.make_look(self.current_theme, self._terminal)
        self._filter = theme.DepthFilter(self._look)

    # -- looks -----------------------------------------------------------------------------------

    @property
    def look(self) -> Look:
        """How everything is to be drawn: palette, depth of colour, glyphs."""
        if self._look_theme != self.theme:
            self._look = theme.make_look(self.current_theme, self._terminal)
            self._look_theme = self.theme
        return self._look

    def get_css_variables(self) -> dict[str, str]:
        """The theme's variables, and the palette's tokens as `$you`, `$key`, … on top."""
        variables = super().get_css_variables() | theme.css_variables(
            theme.palette_of(self.current_theme)
        )
        self.theme_variables = variables
        return variables

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

    # -- screens ---------------------------------------------------------------------------------

    def get_default_screen(self) -> Screen[None]:
        return WelcomeScreen()

    def on_mount(self) -> None:
        if self._start == "practice":
            self.post_message(messages.PracticeWanted())
        elif self._start == "hotseat":
            self.post_message(messages.HotseatWanted())

    async def on_practice_wanted(self) -> None:
        from nim_tui.screens.board import BoardScreen
        from nim_tui.tables import PracticeTable

        table = PracticeTable(heaps=self._heaps, rule=self._rule, level=self._level)
        await self.push_screen(BoardScreen(table))

    async def on_hotseat_wanted(self) -> None:
        from nim_tui.screens.board import BoardScreen
        from nim_tui.tables import HotseatTable

        await self.push_screen(BoardScreen(HotseatTable(heaps=self._heaps, rule=self._rule)))

    # -- ends ------------------------------------------------------------------------------------

    def on_told(self, told: messages.Told) -> None:
        self.notify(clean(told.text, SENTENCE_WIDTH), markup=False)

    def _fatal_error(self) -> None:
        """A crash says one line. Textual's own would print local variables, tokens among them."""
        kind = type(self._exception).__name__
        self.panic(Text(CRASHED.format(kind=kind)))
