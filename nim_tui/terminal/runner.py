"""Running the app on a real terminal, and leaving that terminal clean however the app ends."""

from __future__ import annotations

import asyncio
import logging
import os
import select
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeAlias

from textual.app import App

Modes: TypeAlias = list[Any]

# What Textual has switched on, switched off: mouse, focus, paste, keyboard protocol, alternate
# screen; cursor and line wrap back. Used only where the app itself can no longer do it.
RESET = (
    "\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1016l\x1b[?1004l\x1b[?2004l\x1b[?2048l"
    "\x1b[<u\x1b[?1049l\x1b[?25h\x1b[?7h"
)
# An app that is asked to end has so many seconds before the terminal is taken from it.
END_SECONDS = 3.0
_HANG_UP = getattr(signal, "SIGHUP", None)  # Windows has none
# Every signal that ends a process and can be caught, but for those of a broken program (SIGSEGV, …)
# and the one that Python turns into an error of its own (SIGPIPE).
_ENDS = (
    "SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT", "SIGABRT", "SIGUSR1", "SIGUSR2", "SIGALRM",
    "SIGVTALRM", "SIGPROF", "SIGXCPU", "SIGIO", "SIGPWR", "SIGSTKFLT", "SIGTRAP", "SIGSYS",
)  # fmt: skip


def run_app(app: App[Any]) -> int:
    """Run the app to its end; the exit status.

    A signal ends it as quitting does, with the status that shells report for that signal.
    """
    # Without any handler, Python prints warnings and errors of libraries over the screen.
    logging.getLogger().addHandler(logging.NullHandler())
    # The driver puts the standard descriptors aside while the screen is up; these stay.
    terminal = _Terminal(*(os.dup(number) for number in (0, 1, 2)))
    signals = _Signals(app, terminal)

    async def main() -> None:
        signals.handle()
        await app.run_async()

    try:
        with _screen_on_stdout():
            asyncio.run(main())
    except BaseException:
        terminal.restore()
        raise
    finally:
        terminal.give_descriptors_back()
    if terminal.has_closed(milliseconds=0):
        if not signals.caught:  # the app met the end of its input first, and took it for a fault
            signals.caught.append(signal.SIGHUP)
        _discard_output()
    if signals.caught:
        return 128 + signals.caught[0]
    # An app that ends without being left has met a fault.
    return 1 if app.return_code is None else app.return_code


class _Signals:
    """Ends the app on a signal, and the process where the app does not end by itself.

    Attributes:
        caught: the signals' numbers, in order.

    """

    def __init__(self, app: App[Any], terminal: _Terminal) -> None:
        self.caught: list[int] = []
        self._app = app
        self._terminal = terminal

    def handle(self) -> None:
        """Handle them from now on, in the running event loop."""
        if sys.platform == "win32":
            return
        for number in {getattr(signal, name) for name in _ENDS if hasattr(signal, name)}:
            asyncio.get_running_loop().add_signal_handler(number, self._end, number)
        threading.Thread(target=_watch_for_hang_up, args=(self._terminal,), daemon=True).start()

    def _end(self, number: int) -> None:
        if number == _HANG_UP and number in self.caught:
            return  # one hang-up, reported by the system and by `_watch_for_hang_up`
        self.caught.append(number)
        # Not the loop's own timer: where the window was closed, Textual's writer is dead, and the
        # loop blocks on its full queue.
        patience = END_SECONDS if len(self.caught) == 1 else 0.0
        timer = threading.Timer(patience, _end_process, (number, self._terminal))
        timer.daemon = True
        timer.start()
        self._app.exit(return_code=128 + number)


@contextmanager
def _screen_on_stdout() -> Iterator[None]:
    """Draw on standard output where standard error goes elsewhere, as in `nim-tui 2>errors`.

    Textual draws on `sys.__stderr__`, whatever that is.
    """
    if sys.stderr.isatty() or sys.__stdout__ is None:
        yield
        return
    names = vars(sys)
    kept, names["__stderr__"] = names["__stderr__"], sys.__stdout__
    try:
        yield
    finally:
        names["__stderr__"] = kept


def _watch_for_hang_up(terminal: _Terminal) -> None:
    """Wait for the terminal to close, and send SIGHUP, as the system does to the first process.

    A client started by another program, as by make, is not told, and Textual would go on asking a
    terminal that is not there, as fast as it can.
    """
    if terminal.has_closed():
        os.kill(os.getpid(), signal.SIGHUP)


def _discard_output() -> None:
    """Discard output from now on: failing to write it would change the exit status."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (1, 2):
        os.dup2(nothing, standard)


def _end_process(number: int, terminal: _Terminal) -> None:
    """End the process because the app does not; restore the terminal first."""
    terminal.restore()
    os._exit(128 + number)


class _Terminal:
    """The terminal as it was before the app: its modes, and copies of the standard descriptors."""

    def __init__(self, *copies: int) -> None:
        self._copies = copies
        self._keyboard, self._screen = copies[:2]
        self._modes = self._read_modes()

    def has_closed(self, milliseconds: int | None = None) -> bool:
        """Whether it has closed, waiting at most this long; None waits until it does."""
        if sys.platform == "win32":
            return False
        gone = select.poll()
        gone.register(self._keyboard, 0)  # a hang-up is always reported
        return any(event & select.POLLHUP for _, event in gone.poll(milliseconds))

    def restore(self) -> None:
        """Switch off what the app has switched on, where it cannot do so itself."""
        # The terminal may be gone already, with its window.
        with suppress(OSError):
            os.write(self._screen, RESET.encode())
        if self._modes is not None:
            import termios

            with suppress(termios.error):
                termios.tcsetattr(self._keyboard, termios.TCSANOW, self._modes)

    def give_descriptors_back(self) -> None:
        """Make the copies the standard descriptors again."""
        for number, copy in enumerate(self._copies):
            os.dup2(copy, number)

    def _read_modes(self) -> Modes | None:
        if sys.platform == "win32":
            return None
        import termios

        try:
            return termios.tcgetattr(self._keyboard)
        except termios.error:
            return None
