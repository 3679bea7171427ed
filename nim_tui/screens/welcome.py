"""The first screen: Nim in two lines, and the ways to begin."""

from __future__ import annotations

from collections.abc import Iterator

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container, Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from nim_tui import messages
from nim_tui.screens.layer import SizedScreen
from nim_tui.theme.themes import look_of
from nim_tui.widgets.keys import Hint, KeysFooter
from nim_tui.widgets.scene import Scene, Word

HINTS = (
    Hint("enter", "play", "screen.choose"),
    Hint("↑ ↓", "choose", "app.focus_next"),
    Hint("o", "options", "screen.options"),
    Hint("t", "theme", "app.next_theme"),
    Hint(",", "settings", "app.settings"),
    Hint("q", "quit", "app.quit"),
    Hint("?", "help", "app.help"),
)


class MenuItem(Widget):
    """A way to begin: a key cap, a name and a short note. `▌` marks the current one."""

    can_focus = True

    class ItemChosen(Message):
        """The item was clicked."""

        def __init__(self, choice: MenuItem) -> None:
            super().__init__()
            self.choice = choice

        @property
        def control(self) -> MenuItem:
            return self.choice

    def __init__(self, key: str, name: str, more: str, *, id: str) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self._key, self._words, self._more = key, name, more

    def render(self) -> Content:
        here = self.has_focus
        bare = self.app.no_color
        cap = (
            "reverse bold"
            if bare and here
            else "bold"
            if bare
            else ("$ink-you on $you bold" if here else "$ink on $key bold")
        )
        return Content.assemble(
            (look_of(self.app).marks.focus if here else " ", "$you"),
            " ",
            (f"[{self._key}]" if bare else f" {self._key} ", cap),
            "  ",
            (self._words, "$ink bold" if here else "$ink"),
            (f"  {self._more}" if self._more else "", "$muted"),
        )

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.post_message(self.ItemChosen(self))


class WelcomeScreen(SizedScreen[None]):
    """Practice, lessons, two at this keyboard, sign in, register, an invitation's code.

    Args:
        covered: a board is shown first, and this screen stays empty until `fill`.

    """

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (78, "-normal"), (112, "-wide"), (170, "-huge")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (22, "-high"), (34, "-tall"), (54, "-giant")]
    AUTO_FOCUS = "#practice"
    # With priority, the app handles a key before it looks at the next one, so that keys typed
    # ahead reach the screen that was chosen.
    BINDINGS = [
        Binding("enter", "choose", "begin with this choice", show=False, priority=True),
        Binding("up,k", "step(-1)", "the choice above", show=False),
        Binding("down,j", "step(1)", "the choice below", show=False),
        Binding("home,g", "go(0)", "the first choice", show=False),
        Binding("end,G", "go(-1)", "the last choice", show=False),
        Binding("p", "take('practice')", "play against the computer", priority=True),
        Binding("l", "take('lessons')", "learn to win", priority=True),
        Binding("h", "take('hotseat')", "two people at this keyboard", priority=True),
        Binding("s", "take('to-login')", "sign in", priority=True),
        Binding("r", "take('to-register')", "register", priority=True),
        Binding("i", "take('to-code')", "an invitation's code", priority=True),
        Binding("o", "options", "options of a board"),
        Binding("t", "app.next_theme", "another theme"),
        Binding("q", "app.quit", "quit"),
    ]

    def __init__(self, *, covered: bool = False) -> None:
        super().__init__()
        self._covered = covered
        self._suspended = False

    async def fill(self) -> None:
        """Compose what was not worth it while another screen was to be drawn first."""
        if self._covered:
            self._covered = False
            await self.recompose()

    def on_screen_suspend(self) -> None:
        self._suspended = True

    async def on_screen_resume(self) -> None:
        if self._suspended:  # and not at the start, before the board is pushed
            await self.fill()

    def compose(self) -> ComposeResult:
        if self._covered:
            return
        with Horizontal(id="middle"):
            with Vertical(id="left"):
                with Container(id="head"):
                    yield Word()
                    yield Static(
                        Content.assemble(
                            "Three heaps. Take from one.\n",
                            ("Whoever takes the last object loses.", "$muted"),
                        ),
                        id="rules",
                    )
                with Vertical(id="choices"):
                    yield MenuItem("p", "Practice", "against the computer", id="practice")
                    yield MenuItem("l", "Learn to win", "seven lessons", id="lessons")
                    yield MenuItem("h", "Two at this keyboard", "", id="hotseat")
                    yield Static(id="gap")
                    yield MenuItem("s", "Sign in", "", id="to-login")
                    yield MenuItem("r", "Register", "", id="to-register")
                    yield MenuItem("i", "I have a code", "", id="to-code")
            with Vertical(id="right"):
                yield Scene(id="scene")
        yield KeysFooter(HINTS)

    @property
    def choices(self) -> list[MenuItem]:
        """All of them, from the top."""
        return list(self._choices())

    def _choices(self) -> Iterator[MenuItem]:
        yield from self.query(MenuItem)

    def action_step(self, by: int) -> None:
        """Go from choice to choice, round at the ends."""
        choices = self.choices
        here = next((i for i, choice in enumerate(choices) if choice.has_focus), -by)
        choices[(here + by) % len(choices)].focus()

    def action_go(self, index: int) -> None:
        """Go to a choice; -1 is the last one."""
        self.choices[index].focus()

    def on_mouse_scroll_down(self) -> None:
        self._scroll(1)

    def on_mouse_scroll_up(self) -> None:
        self._scroll(-1)

    def _scroll(self, by: int) -> None:
        """Go to the next or previous choice; unlike the keys, the wheel stops at the ends."""
        here = next((i for i, choice in enumerate(self.choices) if choice.has_focus), 0)
        self.action_go(min(max(here + by, 0), len(self.choices) - 1))

    async def action_choose(self) -> None:
        """Take the choice that has the focus; without one, the first."""
        focused = self.focused if isinstance(self.focused, MenuItem) else self.choices[0]
        await self.action_take(str(focused.id))

    async def action_take(self, choice: str) -> None:
        """Take a choice by its id."""
        await self.run_action(f"app.begin('{choice}')")

    def action_options(self) -> None:
        """Open the options of the focused choice; practice, unless that is hotseat."""
        hotseat = self.focused is not None and self.focused.id == "hotseat"
        self.post_message(messages.OptionsWanted(hotseat))

    async def on_menu_item_item_chosen(self, event: MenuItem.ItemChosen) -> None:
        event.stop()
        await self.action_take(str(event.choice.id))
