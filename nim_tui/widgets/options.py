"""A list of options whose keys do nothing before it has been laid out."""

from __future__ import annotations

from textual.widgets import OptionList


class Options(OptionList):
    """Textual's own looks for lines that are made with the first layout (KeyError)."""

    def action_page_up(self) -> None:
        if can_page(self):
            super().action_page_up()  # type: ignore[no-untyped-call] # Textual's

    def action_page_down(self) -> None:
        if can_page(self):
            super().action_page_down()  # type: ignore[no-untyped-call] # Textual's


def can_page(options: OptionList) -> bool:
    """Whether the list has the room that its lines are made for."""
    return bool(options.scrollable_content_region)
