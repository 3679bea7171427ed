"""The real process on each kind of terminal: what it sends, byte by byte."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pty", reason="needs a terminal of its own")

from nim_tui.terminal import escape_codes
from tests.nim_tui.terminal.pty import Terminal, started
from tests.support import at_length

_SGR = re.compile(rb"\x1b\[([\d;:]*)m")
_ESCAPES = re.compile(rb"\x1b\[[0-9;?<>$=]*[a-zA-Z]|\x1b\][^\x07\x1b]*(\x07|\x1b\\)|\x1b[=>78]")
# Reset, bold, underline, reverse: available without colours too.
COLOURLESS = {"", "0", "1", "4", "7"}


def words(written: bytes) -> bytes:
    return _ESCAPES.sub(b"", written)


def codes(written: bytes) -> Iterator[str]:
    """The parameters of every SGR sequence; those of one colour (38;5;N, 38;2;R;G;B) as one."""
    for found in _SGR.findall(written):
        rest = found.decode().replace(":", ";")
        while True:
            colour = re.match(r"[34]8;(5;\d+|2;\d+;\d+;\d+)", rest)
            code = colour[0] if colour else rest.partition(";")[0]
            yield code
            if len(rest) <= len(code):
                break
            rest = rest[len(code) + 1 :]


def play(terminal: Terminal) -> bytes:
    """A move, the help and the end on a board for two; everything that was written."""
    terminal.read_until(lambda seen: b"Choose a heap" in words(seen))
    terminal.press("a2")
    terminal.read_until(lambda seen: b"leaves 3" in words(seen))
    terminal.press("\r")
    terminal.read_until(lambda seen: b"took 2 from heap 1" in words(seen))
    terminal.press("?")
    terminal.read_until(lambda seen: b"Any key closes this" in words(seen))
    terminal.press(" ")
    terminal.press("\x11")  # ctrl+q
    assert terminal.end() == 0
    return terminal.written


def test_no_color_sends_no_colour_code_at_all() -> None:
    with started(["-m", "nim_tui", "--hotseat"], NO_COLOR="1", COLORTERM="truecolor") as terminal:
        sent = set(codes(play(terminal)))
    assert sent <= COLOURLESS, "no colour, and not even the codes of the default ones"
    assert {"1", "7"} <= sent


@pytest.fixture(scope="module")
def ordinary() -> bytes:
    """What an ordinary terminal gets, for whatever is to be looked for in it."""
    with started(
        ["-m", "nim_tui", "--hotseat"], NO_COLOR="", COLORTERM="truecolor", LC_ALL="de_DE.UTF-8"
    ) as terminal:
        return play(terminal)


def test_an_empty_no_color_asks_for_nothing(ordinary: bytes) -> None:
    assert any(code.startswith("38;2;") for code in codes(ordinary))


@pytest.mark.parametrize(
    ("env", "allowed"),
    [
        ({"TERM": "xterm-256color", "COLORTERM": ""}, r"[34]8;5;\d{1,3}|39|49|[349]\d|10\d"),
        ({"TERM": "xterm", "COLORTERM": ""}, r"39|49|[349][0-7]|10[0-7]"),
        pytest.param(
            {"TERM": "xterm-256color", "COLORTERM": "truecolor"},
            r"[34]8;2;\d+;\d+;\d+",
            marks=pytest.mark.reliability,
        ),
    ],
    ids=["256", "16", "truecolor"],
)
def test_only_the_colours_that_the_terminal_has(env: Any, allowed: str) -> None:
    with started(["-m", "nim_tui", "--hotseat"], **env) as terminal:
        colours = set(codes(play(terminal))) - COLOURLESS - {"2", "3", "22", "23", "24", "27"}
    assert len(colours) > 6
    assert [code for code in colours if not re.fullmatch(allowed, code)] == []


@pytest.mark.parametrize(
    "env",
    [
        {"TERM": "linux"},
        *at_length({"TERM": "dumb"}),
        {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        *at_length({"LC_ALL": "", "LANG": "C"}),
    ],
    ids=["linux", "dumb", "C", "LANG=C"],
)
def test_where_only_ascii_is_safe_only_ascii_is_sent(env: Any) -> None:
    with started(["-m", "nim_tui", "--hotseat"], **env) as terminal:
        written = play(terminal)
    assert written.isascii()
    assert b"(####" in words(written)


@pytest.mark.parametrize(
    ("column", "wide"),
    [(3, True), (None, False), pytest.param(2, False, marks=pytest.mark.reliability)],
)
def test_where_signs_are_two_columns_wide_only_ascii_is_sent(
    column: int | None, *, wide: bool
) -> None:
    question = "\r●\x1b[6n".encode()
    with started(["-m", "nim_tui", "--hotseat"], LC_ALL="ja_JP.UTF-8") as terminal:
        terminal.read_until(lambda seen: seen.endswith(question))
        if column is not None:
            terminal.press(f"\x1b[1;{column}R")
        written = play(terminal)[len(question) :]
        assert terminal.cooked()
    assert written.startswith(b"\r\x1b[K"), "what was drawn to be measured is wiped"
    assert written.isascii() == wide


def test_elsewhere_the_terminal_is_not_asked(ordinary: bytes) -> None:
    assert b"\x1b[6n" not in ordinary


def test_the_terminal_gets_its_title_back(ordinary: bytes) -> None:
    save, ours, restore = (
        each.encode()
        for each in (escape_codes.SAVE_TITLE, escape_codes.title("nim"), escape_codes.RESTORE_TITLE)
    )
    assert ordinary.count(save + ours) == 1
    assert ordinary.count(restore) == 1
    assert b"\x1b]2;" not in ordinary[ordinary.index(restore) :]


def test_after_a_crash_too() -> None:
    program = (
        "import nim_tui.app as app, nim_tui.cli as cli\n"
        "def crash(self): raise KeyError\n"
        "app.NimApp.on_ready = crash\n"
        "raise SystemExit(cli.run(['--hotseat']))\n"
    )
    with started(["-c", program]) as terminal:
        assert terminal.end() == 1
        assert terminal.written.count(escape_codes.RESTORE_TITLE.encode()) == 1


@pytest.mark.parametrize("term", [*at_length("linux"), "dumb"])
def test_a_terminal_without_titles_gets_no_letters_of_one(term: str) -> None:
    with started(["-m", "nim_tui", "--hotseat"], TERM=term) as terminal:
        written = play(terminal)
    assert b"\x1b]2;" not in written
    assert b"22;2t" not in written


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
def test_put_aside_the_title_is_the_shells() -> None:
    with started(["-m", "nim_tui", "--hotseat"]) as terminal:
        terminal.read_until(lambda seen: b"Choose a heap" in words(seen))
        terminal.press("\x1a")  # ctrl+z
        stat = Path(f"/proc/{terminal.process.pid}/stat")
        terminal.read_until(lambda _: stat.read_text().rpartition(")")[2].split()[0] == "T")
        terminal.read_until(lambda seen: escape_codes.RESTORE_TITLE.encode() in seen)
        put_aside = len(terminal.written)
        terminal.process.send_signal(signal.SIGCONT)
        again = (escape_codes.SAVE_TITLE + escape_codes.title("nim")).encode()
        terminal.read_until(lambda seen: again in seen[put_aside:])
