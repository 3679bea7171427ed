"""Textual's driver of a terminal at the other end of a line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, TextIO, cast

from textual import events, messages
from textual.app import App
from textual.driver import Driver
from textual.geometry import Size
from textual.message import Message

from nim_tui.ssh.thinning import Thinner
from nim_tui.terminal.runner import RESET

if TYPE_CHECKING:
    from nim_tui.ssh.app import SshApp

# Alternate screen; mouse: buttons, moves, and both newer ways to report them; hidden cursor, focus,
# the keyboard protocol of kitty as Textual uses it (flags 1, 8 and 16), pasted text in brackets, no
# wrapping of lines; and the question whether frames may be drawn at once.
_BEGIN = (
    "\x1b[?1049h\x1b[?1000h\x1b[?1003h\x1b[?1015h\x1b[?1006h\x1b[?25l\x1b[?1004h\x1b[>25u"
    "\x1b[?2004h\x1b[?7l\x1b[?2026$p"
)


class SshDriver(Driver):
    """Writes to the session's outlet; the session hands it what has come in."""

    def __init__(
        self,
        app: App[Any],
        *,
        debug: bool = False,
        mouse: bool = True,
        size: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._outlet = cast("SshApp", app).outlet
        self._takes_input = False
        self._thinner = Thinner()

    def write(self, data: str) -> None:
        if self._outlet.blocked:
            # It will be dropped, and then the whole screen drawn.
            self._thinner.forget()
            self._outlet.write(data)
        else:
            self._outlet.write(self._thinner.thin(data))

    def start_application_mode(self) -> None:
        self._takes_input = True
        self.write(_BEGIN)
        self.resize(cast("SshApp", self._app).console.size)

    def resize(self, size: tuple[int, int]) -> None:
        """Tell the app its size."""
        # A terminal of another size may have wrapped or cut what it showed.
        self._thinner.forget()
        self.send_message(events.Resize(Size(*size), Size(*size)))

    def disable_input(self) -> None:
        self._takes_input = False

    def stop_application_mode(self) -> None:
        self._takes_input = False
        self._outlet.finish(RESET)

    def receive(self, message: Message) -> None:
        """An event of the keyboard or the mouse."""
        # The size comes beside what is typed, not in it.
        if self._takes_input and not isinstance(message, messages.InBandWindowResize):
            self.process_message(message)

    def send_message(self, message: Message) -> None:
        # Textual's own goes through threads: here all is one thread already.
        self._app.post_message(message)

    def open_url(self, url: str, new_tab: bool = True) -> None:  # noqa: FBT001, FBT002 (Textual's)
        """Open nothing: the browser would be the server's."""

    def deliver_binary(
        self,
        binary: BinaryIO | TextIO,
        *,
        delivery_key: str,
        save_path: Path,
        open_method: Literal["browser", "download"] = "download",
        encoding: str | None = None,
        mime_type: str | None = None,
        name: str | None = None,
    ) -> None:
        """Deliver nothing: the folder would be the server's."""
        binary.close()
