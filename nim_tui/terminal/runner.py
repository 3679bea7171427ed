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
# An app that is told to end has so many seconds before the terminal is taken from it.
END_SECONDS = 3.0
_HANG_UP = getattr(signal, "SIGHUP", None)  # Windows has none


def run_app(app: App[Any]) -> int:
    """Run the app to its end; the exit status.

    A signal to end (SIGTERM, SIGHUP, SIGINT) ends it as leaving does, with the status that shells
    give to such an end.
    """
    # Without any handler, Python prints warnings and errors of libraries over the screen.
    logging.getLogger().addHandler(logging.NullHandler())
    modes = _modes()
    caught: list[int] = []

    def end(number: int) -> None:
        if number == _HANG_UP and number in caught:
            return  # one hang-up, told by the system and by `_tell_of_hang_up`
        caught.append(number)
        # Not the loop's own timer: where the window was closed, Textual's writer is dead, and the
        # loop blocks on its full queue.
        patience = END_SECONDS if len(caught) == 1 else 0.0
        timer = threading.Timer(patience, _take_away, (number, modes))
        timer.daemon = True
        timer.start()
        app.exit(return_code=128 + number)

    async def main() -> None:
        if sys.platform != "win32":
            for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
                asyncio.get_running_loop().add_signal_handler(number, end, number)
            threading.Thread(target=_tell_of_hang_up, daemon=True).start()
        await app.run_async()

    try:
        with _screen_on_stdout():
            asyncio.run(main())
    except BaseException:
        _restore(modes)
        raise
    if _wait_for_hang_up(milliseconds=0):
        if not caught:  # Textual met the end of its input first, and took it for a fault
            caught.append(signal.SIGHUP)
        _write_into_nothing()
    return 128 + caught[0] if caught else app.return_code or 0


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


def _tell_of_hang_up() -> None:
    """Wait for the terminal to go, and say so as the system does to the first process on it.

    A client started by another program, as by make, is not told, and Textual would go on asking a
    terminal that is not there, as fast as it can.
    """
    if _wait_for_hang_up():
        os.kill(os.getpid(), signal.SIGHUP)


def _wait_for_hang_up(milliseconds: int | None = None) -> bool:
    """Whether the terminal has gone, at the latest after so long; None waits until it has."""
    if sys.platform == "win32":
        return False
    terminal = select.poll()
    terminal.register(0, 0)  # a hang-up is told without being asked for
    return any(event & select.POLLHUP for _, event in terminal.poll(milliseconds))


def _write_into_nothing() -> None:
    """Let what is still to be written go nowhere: failing to write it is another exit status."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (1, 2):
        os.dup2(nothing, standard)


def _take_away(number: int, modes: Modes | None) -> None:
    """End the process where the app does not: the terminal first."""
    _restore(modes)
    os._exit(128 + number)


def _restore(modes: Modes | None) -> None:
    # The terminal may be gone already, with its window.
    with suppress(OSError):
        os.write(1, RESET.encode())
    if modes is not None:
        import termios

        with suppress(termios.error):
            termios.tcsetattr(0, termios.TCSANOW, modes)


def _modes() -> Modes | None:
    """The terminal's own modes, before anything changes them."""
    if sys.platform == "win32":
        return None
    import termios

    try:
        return termios.tcgetattr(0)
    except termios.error:
        return None
