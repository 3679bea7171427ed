"""What a subcommand prints: one JSON document, or lines for people and for pipes."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TextIO

from rich.cells import cell_len

if TYPE_CHECKING:
    from nim_tui.config.settings import Settings
    from nim_tui.paint.cells import Colour, Rows
    from nim_tui.terminal.capabilities import Terminal

_GAP = 2


class Output:
    """Standard output.

    Attributes:
        as_json: whether exactly one JSON document is wanted.
        is_terminal: whether people read it, rather than a pipe or a file.

    """

    def __init__(
        self, *, as_json: bool, environ: Mapping[str, str], stream: TextIO | None = None
    ) -> None:
        self._stream = stream or sys.stdout
        self._environ = environ
        self.as_json = as_json
        self.is_terminal = self._stream.isatty()

    @property
    def size(self) -> tuple[int, int]:
        """The terminal's columns and rows."""
        columns, rows = shutil.get_terminal_size()
        return columns, rows

    @property
    def terminal(self) -> Terminal:
        """What the terminal can show."""
        from nim_tui.terminal.capabilities import Terminal

        return Terminal.detect(self.color_system, self._environ)

    @property
    def color_system(self) -> str | None:
        """Rich's name for the colours of the terminal, from the environment alone."""
        return _color_system(self._environ)

    @property
    def settings(self) -> Settings:
        """The person's settings."""
        from nim_tui.config.settings import load_settings

        return load_settings()

    def document(self, value: object) -> None:
        """Print JSON in ASCII alone, so that no text in it can control the terminal."""
        self.line(json.dumps(value, ensure_ascii=True))

    def line(self, text: str) -> None:
        """Print a line; what the stream cannot encode is replaced."""
        encoding = self._stream.encoding or "utf-8"
        self._stream.write(text.encode(encoding, "replace").decode(encoding) + "\n")

    def flush(self) -> None:
        """Let what was printed be read now."""
        self._stream.flush()

    def table(self, rows: Iterable[Sequence[str]], heading: Sequence[str] = ()) -> None:
        """Print rows: aligned under a heading on a terminal, separated by tabs elsewhere."""
        rows = list(rows)
        if not self.is_terminal:
            for row in rows:
                self.line("\t".join(row))
            return
        if heading and rows:
            rows.insert(0, [word.upper() for word in heading])
        widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            cells = (
                text + " " * (width - cell_len(text) + _GAP)
                for text, width in zip(row, widths, strict=True)
            )
            self.line("".join(cells).rstrip())

    def picture(self, rows: Rows, *, colours: bool) -> None:
        """Print a painter's cells."""
        from nim_tui.paint.cells import runs, to_text

        if not colours:
            self.line(to_text(rows))
            return
        for row in rows:
            pieces = [f"\x1b[{_style(*run[1:])}m{run.text}" for run in runs(row)]
            self.line("".join(pieces) + "\x1b[0m")


def _color_system(environ: Mapping[str, str]) -> str | None:
    if environ.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return "truecolor"
    name = environ.get("TERM", "")
    if name in ("", "dumb", "unknown"):
        return None
    return "256" if name.endswith(("-256color", "-direct", "kitty")) else "standard"


def _style(fg: Colour, bg: Colour, bold: bool, reverse: bool) -> str:  # noqa: FBT001 (a Run's)
    codes = ["0"]
    codes += ["1"] if bold else []
    codes += ["7"] if reverse else []
    codes += [f"38;{_colour(fg)}"] if fg is not None else []
    codes += [f"48;{_colour(bg)}"] if bg is not None else []
    return ";".join(codes)


def _colour(colour: str | int) -> str:
    if isinstance(colour, int):
        return f"5;{colour}"
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"2;{red};{green};{blue}"
