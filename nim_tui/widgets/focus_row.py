"""Rows of a form that show which of them has the focus.

Textual does not restyle the descendants of a widget whose `:focus-within` changes, so a mark styled
that way stays where the focus was. A class does restyle them.
"""

from __future__ import annotations

from textual.containers import Horizontal
from textual.widget import Widget


class ShowsFocus(Widget):
    """Has the class `-focused` while the focus is on one of its descendants.

    Name it after the container among the bases: Textual inherits the styles of the first.
    """

    def on_descendant_focus(self) -> None:
        self.set_class(self.has_focus_within, "-focused")

    def on_descendant_blur(self) -> None:
        self.set_class(self.has_focus_within, "-focused")


class FocusRow(Horizontal, ShowsFocus):
    """A row of a card: a label, and what it is for."""

    DEFAULT_CLASSES = "row"
