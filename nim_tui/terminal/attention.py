"""Being told: what happened is said once, and louder to somebody who looks elsewhere.

Only what waits for the person calls them, and only while the terminal has no focus. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping

from nim_tui.config.settings import Settings
from nim_tui.messages import Told
from nim_tui.terminal import escape_codes


class Attention:
    """What has been told already, and how to call somebody back to this terminal.

    Args:
        environ: says which escape sequences the terminal knows.

    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._told: set[str] = set()

    def is_new(self, told: Told) -> bool:
        """Whether this has not been told before; what names no event always is new."""
        if told.event and told.event in self._told:
            return False
        self._told.add(told.event)
        return True

    @staticmethod
    def rings(told: Told, settings: Settings, *, focused: bool) -> bool:
        """Whether the bell calls somebody back who looks elsewhere."""
        return told.urgent and not focused and settings.bell

    def notice(self, told: Told, settings: Settings, *, focused: bool) -> str:
        """The sequence of a desktop notice for somebody who looks elsewhere; "" for none."""
        wanted = told.urgent and not focused and settings.desktop_notices
        return escape_codes.notice(told.text, self._environ) if wanted else ""

    def begin(self, title: str) -> str:
        """Keeps the terminal's own title, and sets ours."""
        return self._if_known(escape_codes.SAVE_TITLE + escape_codes.title(title))

    def name(self, title: str) -> str:
        """Sets another title."""
        return self._if_known(escape_codes.title(title))

    def end(self) -> str:
        """Gives the terminal its own title back."""
        return self._if_known(escape_codes.RESTORE_TITLE)

    def _if_known(self, sequence: str) -> str:
        return sequence if escape_codes.knows_titles(self._environ) else ""
