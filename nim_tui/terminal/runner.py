"""Running the app on a real terminal, and restoring that terminal however the app ends."""

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

# Switches off what Textual switches on (mouse, focus, paste, keyboard protocol, alternate screen),
# and cursor and line wrap back on. Used only where the app itself can no longer do it.
RESET = (
    "\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1016l\x1b[?1004l\x1b[?2004l\x1b[?2048l"
    "\x1b[<u\x1b[?1049l\x1b[?25h\x1b[?7h"
)
# How long an app may take to end before the process ends without it.
END_SECONDS = 3.0
_HANG_UP = getattr(signal, "SIGHUP", None)  # Windows has none


class _SignalHandler:
    """Ends the app on a signal, and the process where the app does not end in time.

    Attributes:
        caught: the signals so far.

    """

    def __init__(self, app: App[Any], modes: Modes | None) -> None:
        self.caught: list[int] = []
        self._app = app
        self._modes = modes

    def install(self) -> None:
        """Handle the signals from now on; call it in the running loop."""
        if sys.platform == "win32":
            return
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._end, number)
        threading.Thread(target=_watch_for_hang_up, daemon=True).start()

    def _end(self, number: int) -> None:
        if number == _HANG_UP and number in self.caught:
            return  # one hang-up, signalled by the system and by `_watch_for_hang_up`
        self.caught.append(number)
        # Not the loop's own timer: where the window was closed, Textual's writer is dead, and the
        # loop blocks on its full queue.
        seconds = END_SECONDS if len(self.caught) == 1 else 0.0
        timer = threading.Timer(seconds, _end_process, (number, self._modes))
        timer.daemon = True
        timer.start()
        self._app.exit(return_code=128 + number)


def run_app(app: App[Any]) -> int:
    """Run the app to its end; the exit status.

    A signal (SIGTERM, SIGHUP, SIGINT) ends it as quitting does, with the status that shells report
    for that signal.
    """
    # Without any handler, Python prints warnings and errors of libraries over the screen.
    logging.getLogger().addHandler(logging.NullHandler())
    modes = _modes()
    handler = _SignalHandler(app, modes)

    async def main() -> None:
        handler.install()
        await app.run_async()

    try:
        with _screen_on_stdout():
            asyncio.run(main())
    except BaseException:
        _restore(modes)
        raise
    if _wait_for_hang_up(milliseconds=0):
        if not handler.caught:  # Textual saw the end of its input first, and took it for a crash
            handler.caught.append(signal.SIGHUP)
        _discard_output()
    return 128 + handler.caught[0] if handler.caught else app.return_code or 0


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


def _watch_for_hang_up() -> None:
    """Wait for the terminal to close, and send SIGHUP, as the system does to the first process.

    A client started by another program, such as make, gets no signal, and Textual would poll the
    closed terminal in a busy loop.
    """
    if _wait_for_hang_up():
        os.kill(os.getpid(), signal.SIGHUP)


def _wait_for_hang_up(milliseconds: int | None = None) -> bool:
    """Whether the terminal has closed, waiting at most this long; None waits until it does."""
    if sys.platform == "win32":
        return False
    terminal = select.poll()
    terminal.register(0, 0)  # a hang-up is always reported
    return any(event & select.POLLHUP for _, event in terminal.poll(milliseconds))


def _discard_output() -> None:
    """Discard output from now on: failing to write it would change the exit status."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (1, 2):
        os.dup2(nothing, standard)


def _end_process(number: int, modes: Modes | None) -> None:
    """End the process because the app does not; restore the terminal first."""
    _restore(modes)
    os._exit(128 + number)


def _restore(modes: Modes | None) -> None:
    # The terminal may have closed already, with its window.
    with suppress(OSError):
        os.write(1, RESET.encode())
    if modes is not None:
        import termios

        with suppress(termios.error):
            termios.tcsetattr(0, termios.TCSANOW, modes)


def _modes() -> Modes | None:
    """The terminal's modes before the app changes them."""
    if sys.platform == "win32":
        return None
    import termios

    try:
        return termios.tcgetattr(0)
    except termios.error:
        return None
