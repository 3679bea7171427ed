"""Textual's driver of a real terminal, made safe from what comes in and from what others write."""

from __future__ import annotations

import os
import selectors
import shutil
import sys
from contextlib import suppress
from threading import Event
from typing import Any, TextIO

from textual.drivers.linux_driver import LinuxDriver

from nim_tui.terminal.keyboard import MOST_CELLS, Keyboard

_CHUNK = 4096
# How often to look whether the rest of something is not coming any more.
_LOOK_SECONDS = 0.05


class _Bell(Event):
    """An event that a `select` can wait for, too. Its pipe serves as long as the process."""

    def __init__(self) -> None:
        super().__init__()
        self._heard, self._rung = os.pipe()

    def fileno(self) -> int:
        """Can be read while the event is set."""
        return self._heard

    def set(self) -> None:
        if not self.is_set():
            super().set()
            os.write(self._rung, b".")

    def clear(self) -> None:
        if self.is_set():
            super().clear()
            os.read(self._heard, 1)


class TerminalDriver(LinuxDriver):
    """Takes bytes of any kind, and has the terminal to itself while the screen is up.

    The thread that reads sleeps until something comes. Textual's own looks ten times a second,
    which is most of the processor time of an idle app.

    Standard input, output and error lead nowhere meanwhile: a keyring's library, or a program that
    it starts, would write over the screen or read what is typed.
    """

    # The standard descriptors that were put aside, by their numbers; None while they serve.
    _kept: dict[int, int] | None = None

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.exit_event: _Bell = _Bell()

    def start_application_mode(self) -> None:
        self._take_over()
        super().start_application_mode()  # type: ignore[no-untyped-call] # Textual's

    def close(self) -> None:
        super().close()
        self._give_back()

    def _run_input_thread(self) -> None:
        try:
            self.run_input_thread()
        except Exception as error:  # noqa: BLE001 (the thread's last stop)
            # Textual's own way for an error of a worker; `panic` would not say which it was.
            self._app.call_later(self._app._handle_exception, error)  # noqa: SLF001

    def run_input_thread(self) -> None:
        """Read until the app ends, or the terminal goes."""
        keyboard = Keyboard()
        # macOS cannot wait for a terminal in any other way.
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            selector.register(self.exit_event, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                ready = selector.select(_LOOK_SECONDS if keyboard.pending else None)
                if self.exit_event.is_set():
                    return
                if not ready:
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

    @property
    def _screen(self) -> TextIO:
        """What is drawn on."""
        assert self._file is not None, "`cli.run` requires the standard streams"
        return self._file

    def _take_over(self) -> None:
        if self._kept is not None:
            return
        for stream in (sys.stdout, sys.__stdout__, sys.__stderr__):
            if stream is not None:
                stream.flush()
        # What goes into a file, as in `2>errors`, may go on.
        numbers = [number for number in (0, 1, 2) if os.isatty(number)]
        self._kept = {number: os.dup(number) for number in numbers}
        self._standard = (self.fileno, self._file)
        self.fileno = self._kept.get(self.fileno, self.fileno)
        # Whatever cannot be written is drawn as a sign: an error would end Textual's writer.
        screen = os.dup(self._screen.fileno())
        encoding = self._screen.encoding
        self._file = os.fdopen(screen, "w", encoding=encoding, errors="replace", newline="")
        self._size = self._get_terminal_size()
        nowhere = os.open(os.devnull, os.O_RDWR)
        for number in numbers:
            os.dup2(nowhere, number)
        os.close(nowhere)

    def _give_back(self) -> None:
        if self._kept is None:
            return
        kept, self._kept = self._kept, None
        with suppress(OSError):  # the terminal may have gone, with its window
            self._screen.close()
        self.fileno, self._file = self._standard
        for number, copy in kept.items():
            os.dup2(copy, number)
            os.close(copy)

    def _get_terminal_size(self) -> tuple[int, int]:
        """COLUMNS and LINES, as everywhere; else what the terminal says."""
        try:
            width, height = os.get_terminal_size(self._screen.fileno())
        except OSError:
            width, height = 0, 0
        width, height = shutil.get_terminal_size((width or 80, height or 24))
        return min(width, MOST_CELLS), min(height, MOST_CELLS)
