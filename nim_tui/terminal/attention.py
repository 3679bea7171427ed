"""Announcements: each event once, with bell and desktop notice while the terminal has no focus.

Only what the player has to act on rings. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping

from nim_tui.config.settings import Settings
from nim_tui.messages import Announcement
from nim_tui.terminal import escape_codes


class Attention:
    """What has been announced already, and how to call the player back to this terminal.

    Args:
        environ: shows which escape sequences the terminal supports.

    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._announced: set[str] = set()

    def is_new(self, announcement: Announcement) -> bool:
        """Whether its event has not been announced before; without an event it is always new."""
        if announcement.event and announcement.event in self._announced:
            return False
        self._announced.add(announcement.event)
        return True

    @staticmethod
    def rings(announcement: Announcement, settings: Settings, *, focused: bool) -> bool:
        """Whether to ring the bell."""
        return announcement.urgent and not focused and settings.bell

    def notice(self, announcement: Announcement, settings: Settings, *, focused: bool) -> str:
        """The escape sequence of a desktop notice; "" for none."""
        wanted = announcement.urgent and not focused and settings.desktop_notices
        return escape_codes.notice(announcement.text, self._environ) if wanted else ""

    def begin(self, title: str) -> str:
        """Saves the terminal's own title, and sets ours."""
        return self._if_supported(escape_codes.SAVE_TITLE + escape_codes.title(title))

    def name(self, title: str) -> str:
        """Sets another title."""
        return self._if_supported(escape_codes.title(title))

    def end(self) -> str:
        """Restores the terminal's own title."""
        return self._if_supported(escape_codes.RESTORE_TITLE)

    def _if_supported(self, sequence: str) -> str:
        return sequence if escape_codes.supports_titles(self._environ) else ""
