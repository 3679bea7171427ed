"""Textual's driver of a real terminal, with a keyboard that nothing unexpected breaks."""

from __future__ import annotations

import os
import selectors

from textual.drivers.linux_driver import LinuxDriver

from nim_tui.terminal.keyboard import MOST_CELLS, Keyboard

_CHUNK = 4096
_LOOK_SECONDS = 0.05


class TerminalDriver(LinuxDriver):
    """Reads bytes of any kind, and draws on a screen of any size that can be meant."""

    def run_input_thread(self) -> None:
        """Read until the app ends, or the terminal goes."""
        keyboard = Keyboard()
        # macOS cannot wait for a terminal in any other way.
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if not selector.select(_LOOK_SECONDS):
                    found = keyboard.tick()
                elif data := self._read():
                    found = keyboard.feed(data)
                else:
                    return
                for message in found:
                    self.process_message(message)

    def _read(self) -> bytes:
        """What has been typed; b"" where the terminal has gone, which `run_app` notices itself."""
        try:
            return os.read(self.fileno, _CHUNK)
        except OSError:
            return b""

    def _get_terminal_size(self) -> tuple[int, int]:
        width, height = super()._get_terminal_size()
        return min(width, MOST_CELLS), min(height, MOST_CELLS)
