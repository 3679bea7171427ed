"""The keys of a screen, made from its bindings, and the rules in three lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content, Span
from textual.dom import DOMNode
from textual.screen import ModalScreen, Screen
from textual.style import Style
from textual.widgets import Static

from nim_tui.screens.card import CardScreen
from nim_tui.theme.themes import look_of

# Columns for the keys, and for the left one of the two columns.
KEYS = 8
LEFT = 30

RULES = (
    "Three heaps. On your turn take one object or more, all from one heap.",
    "Misère: whoever takes the last object loses. Normal play: they win.",
    "The invited player moves first. Amber is you, blue is your opponent.",
)

_SHOWN = {
    "comma": ",", "question_mark": "?", "slash": "/", "escape": "esc",
    "up": "↑", "down": "↓", "left": "←", "right": "→",
}  # fmt: skip
_ASCII = {"↑": "up", "↓": "down", "←": "left", "→": "right"}


@dataclass(frozen=True, slots=True)
class Key:
    """Keys with the same action, as they are drawn; what they do; the action."""

    keys: str
    words: str
    action: str


def keys_of(screen: DOMNode, app: DOMNode) -> list[Key]:
    """The keys that a screen and the app bind themselves, in the order of their classes.

    Actions are relative to the screen: those of the app begin with `app.`.
    """
    found: dict[str, Key] = {}
    # Over a card, only the app's priority keys work.
    modal = isinstance(screen, ModalScreen)
    apps = [each for each in bindings_of(app) if each[1].priority or not modal]
    for node, binding in (*bindings_of(screen), *apps):
        if not binding.description:
            continue
        action = f"app.{binding.action}" if node is app else binding.action
        keys = " ".join(map(_drawn, binding.key.split(",")))
        digit = binding.key.isdigit()
        words = binding.description
        known = found.get(words)
        if digit:
            keys = f"{known.keys[0]} … {keys}" if known is not None else keys
        elif known is not None:
            keys = f"{known.keys} {keys}"
        found[words] = Key(keys, words, "" if digit else known.action if known else action)
    return list(found.values())


def bindings_of(node: DOMNode) -> Iterator[tuple[DOMNode, Binding]]:
    """What a screen or the app binds itself, with the node."""
    for kind in reversed(type(node).__mro__):
        # Textual's own classes bind keys too (tab, copying text), which need no explanation.
        if not kind.__module__.startswith("textual."):
            for binding in kind.__dict__.get("BINDINGS", ()):
                if isinstance(binding, Binding):
                    yield node, binding


def _drawn(key: str) -> str:
    return _SHOWN.get(key, key.replace("ctrl+", "^"))


class HelpScreen(CardScreen[None]):
    """A card over the screen that it explains."""

    def __init__(self, about: Screen[Any]) -> None:
        super().__init__()
        self._about = about
        palette = Key("^p", "every action, by name", "app.command_palette")
        self._keys = [*keys_of(about, about.app), palette]

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="card", can_focus=False):
            with Vertical(id="rules"):
                for line in RULES:
                    yield Static(Content(line))
            yield Static(self._columns(), id="keys", markup=False)
            yield Static(Content("Any key closes this. Click a line to do it."), id="foot")

    def _columns(self) -> Content:
        """The keys in two columns if there is room, else in one."""
        two = self.app.size.width >= 76
        rows = -(-len(self._keys) // 2) if two else len(self._keys)
        left = max(LEFT, *(cell_len(key.words) + KEYS + 2 for key in self._keys[:rows]))
        lines = []
        for row in range(rows):
            line = self._entry(self._keys[row], left if two else 0)
            if two and row + rows < len(self._keys):
                line = line.append(self._entry(self._keys[row + rows], 0))
            lines.append(line)
        return Content("\n").join(lines)

    def _entry(self, key: Key, width: int) -> Content:
        keys = key.keys
        if look_of(self.app).ascii:
            for arrow, word in _ASCII.items():
                keys = keys.replace(arrow, word)
        gap = " " * max(1, KEYS - cell_len(keys))
        entry = Content.assemble((keys, "$you bold"), gap, (key.words, "$ink"))
        if key.action:
            does = Span(0, len(entry.plain), Style.from_meta({"does": key.action}))
            entry = Content(entry.plain, [*entry.spans, does])
        return entry.append(" " * max(0, width - entry.cell_length))

    def on_key(self, event: events.Key) -> None:
        event.stop()
        card = self.query_one("#card")
        if event.key in ("down", "pagedown") and card.max_scroll_y:
            card.scroll_page_down(animate=False)
        elif event.key in ("up", "pageup") and card.max_scroll_y:
            card.scroll_page_up(animate=False)
        else:
            self.dismiss()

    def on_click(self, event: events.Click) -> None:
        """Close, and do what the line under the pointer says; beside the lines, only close."""
        event.prevent_default()
        action = event.style.meta.get("does")
        self.dismiss()
        if action:
            self.app.call_later(self.app.run_action, action, self._about)
