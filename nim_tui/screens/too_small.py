"""Shown while the terminal is too small; it closes when there is room again."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from textual.app import ComposeResult
from textual.content import Content
from textual.geometry import Size
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from nim_tui.terminal.capabilities import LEAST_COLUMNS, LEAST_ROWS
from nim_tui.text.sanitize import SENTENCE_WIDTH, clean

LEAST = Size(LEAST_COLUMNS, LEAST_ROWS)


def enough(size: Size) -> bool:
    """Whether the screens fit."""
    return size.width >= LEAST.width and size.height >= LEAST.height


@runtime_checkable
class HasSummary(Protocol):
    """A screen that can sum itself up in a few words: `Your turn  5 4 3`."""

    @property
    def summary(self) -> str: ...


class TooSmallScreen(ModalScreen[None]):
    """Asks for more room, and takes no keys until there is enough."""

    DEFAULT_CSS = """
    TooSmallScreen { background: $bg; }
    TooSmallScreen Static { width: 1fr; height: auto; padding: 0 1; }
    """

    def __init__(self, over: Screen[object]) -> None:
        super().__init__()
        self._over = over

    def compose(self) -> ComposeResult:
        yield Static(id="too-small", markup=False)

    def on_mount(self) -> None:
        self.say()

    def on_resize(self) -> None:
        self.say()

    def say(self) -> None:
        """How much room there is, and how much is needed."""
        here = self.app.size
        needed = f"A little more room, please: {LEAST.width} × {LEAST.height}."
        lines = [f"{needed} Now {here.width} × {here.height}."]
        if isinstance(self._over, HasSummary) and self._over.summary:
            lines.insert(0, clean(self._over.summary, SENTENCE_WIDTH))
        self.query_one("#too-small", Static).update(Content("\n".join(lines)))
