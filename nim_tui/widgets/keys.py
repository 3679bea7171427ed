"""The line of keys at the bottom of a screen. Each key can be clicked, too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len
from textual import events
from textual.content import Content, Span
from textual.style import Style
from textual.widget import Widget

from nim_tui.theme.themes import look_of

GAP = 3


class Hint(NamedTuple):
    """Keys as they are drawn, a word or two on what they do, and the action of a click."""

    keys: str
    words: str
    action: str = ""


class KeysFooter(Widget):
    """Hints in one row. Where they don't all fit, the last ones before the final one go first."""

    DEFAULT_CSS = """
    KeysFooter { dock: bottom; height: 1; padding: 0 2; color: $muted; }
    """

    def __init__(self, hints: Sequence[Hint], *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._hints = list(hints)

    def show(self, hints: Sequence[Hint]) -> None:
        """Replace the hints."""
        if list(hints) != self._hints:
            self._hints = list(hints)
            self.refresh()

    def render(self) -> Content:
        arrows = str.maketrans("↑↓←→", "^v<>") if look_of(self.app).ascii else {}
        shown: list[Content] = []
        for hint in fitting(self._hints, self.content_size.width):
            keys = hint.keys.translate(arrows)
            words = Content.assemble((keys, "$you bold"), f" {hint.words}")
            if hint.action:
                click = Style.from_meta({"hint": hint.action})
                words = Content(words.plain, [*words.spans, Span(0, len(words.plain), click)])
            shown.append(words)
        return Content(" " * GAP).join(shown)

    async def on_click(self, event: events.Click) -> None:
        action = event.style.meta.get("hint")
        if action:
            await self.run_action(action)


def fitting(hints: Sequence[Hint], width: int) -> list[Hint]:
    """The hints that fit into `width` columns; the last one (help) stays as long as two do."""
    shown = list(hints)
    while len(shown) > 1 and _length(shown) > width:
        shown.pop(-2 if len(shown) > 2 else -1)
    return shown


def _length(hints: Sequence[Hint]) -> int:
    words = sum(cell_len(hint.keys) + 1 + cell_len(hint.words) for hint in hints)
    return words + GAP * (len(hints) - 1)
