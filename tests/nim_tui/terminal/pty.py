"""A process on its own terminal (a pty), for what a headless run cannot show."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyte

# pyte takes these for something else (a kitty keyboard's stack, a private SGR) and prints letters.
_NOT_PYTES = re.compile(rb"\x1b\[[<>=][\d;]*[a-zA-Z]|\x1b\[\?[\d;]+\$p|\x1b\[\d+;\d+t")
_PENDIN = getattr(termios, "PENDIN", 0)
_MODE = re.compile(rb"\x1b\[\?([\d;]+)([hl])")


class Terminal:
    """A process's output, the terminal modes that it leaves on, and its keyboard."""

    def __init__(
        self, process: subprocess.Popen[bytes], master: int, worker: int, size: tuple[int, int]
    ) -> None:
        self.process = process
        rows, columns = size
        self._screen = pyte.Screen(columns, rows)
        self._emulator = pyte.ByteStream(self._screen)
        self._master = master
        self._worker = worker
        self.written = b""
        self._seen = 0
        self.modes_before: list[Any] = termios.tcgetattr(worker)

    def read_until(self, wanted: Callable[[bytes], bool], seconds: float = 40.0) -> bytes:
        """Read until `wanted` is true of everything written so far."""
        deadline = time.monotonic() + seconds
        while not wanted(self.written):
            if time.monotonic() > deadline or self.process.poll() is not None:
                status = self.process.returncode
                shown = f"{self.written[-600:]!r}\n{self.shown}"
                raise AssertionError(f"not seen ({status=}); the end: {shown}")
            self._read_some()
        return self.written

    def end(self, seconds: float = 30.0) -> int:
        """The exit status, with everything written until then read."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None:
            if time.monotonic() > deadline:
                raise AssertionError(f"still running; its output ends with {self.written[-600:]!r}")
            self._read_some()
        while self._read_some():
            pass
        return self.process.returncode

    def press(self, keys: str | bytes) -> None:
        """Write keys, or any other bytes, at once."""
        os.write(self._master, keys if isinstance(keys, bytes) else keys.encode())

    @property
    def shown(self) -> str:
        """The rows of the screen as a person sees them."""
        # Only now: emulating a large terminal takes so long that it would delay what is read.
        unseen, self._seen = self.written[self._seen :], len(self.written)
        self._emulator.feed(_NOT_PYTES.sub(b"", unseen))
        return "\n".join(self._screen.display)

    def see(self, *words: str, seconds: float = 40.0) -> str:
        """Read until the screen shows all `words`; the screen."""
        self.read_until(lambda _: all(word in self.shown for word in words), seconds)
        return self.shown

    def settle(self, seconds: float) -> None:
        """Read on for so long: for what must not happen, and so cannot be waited for."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.process.poll() is None:
            self._read_some()

    def see_none_of(self, *words: str, seconds: float = 40.0) -> str:
        """Read until the screen shows none of `words`; the screen."""
        self.read_until(lambda _: not any(word in self.shown for word in words), seconds)
        return self.shown

    def resize(self, rows: int, columns: int) -> None:
        """Give the terminal another size, and tell the process."""
        fcntl.ioctl(self._worker, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._screen.resize(rows, columns)
        self.process.send_signal(signal.SIGWINCH)

    def hang_up(self) -> None:
        """Close the terminal. Nothing can be read any more."""
        os.close(self._master)
        self._master = -1

    @property
    def gone(self) -> bool:
        return self._master < 0

    @property
    def modes_on(self) -> set[int]:
        """The private modes that are still switched on."""
        on: set[int] = set()
        for numbers, how in _MODE.findall(self.written):
            for number in map(int, numbers.split(b";")):
                (on.add if how == b"h" else on.discard)(number)
        return on

    def cooked(self) -> bool:
        """Whether the line discipline is as it was before.

        The kernel itself sets PENDIN, where something typed waits to be read again by lines.
        """
        now, before = termios.tcgetattr(self._worker)[:4], self.modes_before[:4]
        return [*now[:3], now[3] & ~_PENDIN] == [*before[:3], before[3] & ~_PENDIN]

    def _read_some(self) -> bool:
        """Read what there is; whether there was anything."""
        import select

        ready, _, _ = select.select([self._master], [], [], 0.05)
        if ready:
            with contextlib.suppress(OSError):
                piece = os.read(self._master, 65536)
                self.written += piece
                return bool(piece)
        return False


@contextlib.contextmanager
def started(
    arguments: Sequence[str],
    *,
    size: tuple[int, int] = (24, 80),
    stderr: int | None = None,
    home: Path | None = None,
    program: Sequence[str] = (sys.executable,),
    **env: str,
) -> Iterator[Terminal]:
    """`python ARGUMENTS` (or another program) on a terminal of `size` rows and columns."""
    master, worker = pty.openpty()
    fcntl.ioctl(worker, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
    environ = {**os.environ, "TERM": "xterm-256color", **env}
    if home is not None:
        environ["HOME"] = str(home)
    process = subprocess.Popen(
        [*program, *arguments],
        stdin=worker,
        stdout=worker,
        stderr=worker if stderr is None else stderr,
        env=environ,
        start_new_session=True,
    )
    terminal = Terminal(process, master, worker, size)
    try:
        yield terminal
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        if not terminal.gone:
            terminal.hang_up()
        os.close(worker)
