"""Where the answers come from: a terminal, key by key, or lines of a file or a pipe."""

from __future__ import annotations

import asyncio
import codecs
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

from nim_tui.accessible.console import Console
from nim_tui.accessible.typed_line import END, MOST_CHARACTERS, TypedLine

_READ_BYTES = 4096


@contextmanager
def answers(console: Console, stdin: TextIO | None) -> Iterator[None]:
    """Hand the console what is typed, or what stands in the file or the pipe."""
    if stdin is None:
        console.end_input()
        yield
    elif console.interactive and os.name == "posix":
        with _keys(console, stdin.fileno()):
            yield
    else:
        _read_lines(console, stdin.fileno())
        yield


def _read_lines(console: Console, handle: int) -> None:
    """Read in a thread, which does not keep the process alive."""
    loop = asyncio.get_running_loop()

    def read() -> None:
        with suppress(RuntimeError):  # the loop has ended: nobody is waiting any more
            for line in _lines(handle):
                loop.call_soon_threadsafe(console.typed, line)
            loop.call_soon_threadsafe(console.end_input)

    threading.Thread(target=read, name="nim-lines", daemon=True).start()


def _lines(handle: int) -> Iterator[str]:
    """The lines of a file or a pipe, as they come.

    Not those of `sys.stdin`: its lock would be taken while Python ends.
    """
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    begun = ""
    while data := _read(handle):
        *lines, begun = (begun + decoder.decode(data)).split("\n")
        yield from (line.rstrip("\r")[:MOST_CHARACTERS] for line in lines)
        begun = begun[:MOST_CHARACTERS]
    if begun:
        yield begun


def _read(handle: int) -> bytes:
    """What has come; nothing at the end, and where it cannot be read, as a folder cannot."""
    try:
        return os.read(handle, _READ_BYTES)
    except OSError:
        return b""


@contextmanager
def _keys(console: Console, handle: int) -> Iterator[None]:
    """Read key by key, and echo: so it is known whether a line is being typed."""
    import termios
    import tty

    modes = termios.tcgetattr(handle)
    loop = asyncio.get_running_loop()
    keyboard = _Keyboard(console, handle)

    def listen() -> None:
        # cbreak leaves ctrl+c and ctrl+z to the terminal.
        tty.setcbreak(handle, termios.TCSANOW)

    listen()
    loop.add_reader(handle, keyboard.read)
    loop.add_signal_handler(signal.SIGCONT, listen)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGCONT)
        loop.remove_reader(handle)
        termios.tcsetattr(handle, termios.TCSADRAIN, modes)


class _Keyboard:
    """Turns bytes of a terminal into answers."""

    def __init__(self, console: Console, handle: int) -> None:
        self._console = console
        self._handle = handle
        self._line = TypedLine()
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        console.partial = lambda: bool(self._line.text)
        console.hide = self._hide

    def _hide(self, hidden: bool) -> None:  # noqa: FBT001 (a Console's)
        self._line.secret = hidden

    def read(self) -> None:
        """Take in what has been typed."""
        data = _read(self._handle)
        if not data:  # the terminal is gone
            asyncio.get_running_loop().remove_reader(self._handle)
            self._console.end_input()
        for char in self._decoder.decode(data):
            self._key(char)

    def _key(self, char: str) -> None:
        echo, line = self._line.key(char)
        if echo:
            self._console.write(echo)
        if line == END:
            self._console.end_input()
        elif line is not None:
            self._console.typed(line)
        if not self._line.text:
            self._console.release()
