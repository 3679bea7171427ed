"""Running the app on a real terminal, and leaving that terminal clean however the app ends."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
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
        caught.append(number)
        app.exit(return_code=128 + number)
        patience = END_SECONDS if len(caught) == 1 else 0.0
        asyncio.get_running_loop().call_later(patience, _take_away, number, modes)

    async def main() -> None:
        if sys.platform != "win32":
            for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
                asyncio.get_running_loop().add_signal_handler(number, end, number)
        await app.run_async()

    try:
        with _screen_on_stdout():
            asyncio.run(main())
    except BaseException:
        _restore(modes)
        raise
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
