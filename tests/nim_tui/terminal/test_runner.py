"""The real process on a real terminal: however it ends, the terminal is restored."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("pty", reason="needs a terminal of its own")

from tests.nim_tui.terminal.pty import started
from tests.support import at_length

ALTERNATE_SCREEN, MOUSE = 1049, {1000, 1003, 1006}
_ESCAPES = re.compile(rb"\x1b\[[0-9;?<>$=]*[a-zA-Z]|\x1b\][^\x07\x1b]*(\x07|\x1b\\)|\x1b[=>78]")


def drawn(written: bytes) -> bool:
    """Whether the board is visible."""
    return b"\x1b[?1049h" in written and b"heap 1" in _ESCAPES.sub(b"", written)


def last_words(written: bytes) -> str:
    """The text on the terminal after the app's screen has closed."""
    return _ESCAPES.sub(b"", written.rsplit(b"\x1b[?1049l", 1)[-1]).decode().strip()


@pytest.mark.parametrize(
    "number",
    [
        signal.SIGTERM,
        signal.SIGHUP,
        signal.SIGABRT,
        *at_length(signal.SIGINT, signal.SIGQUIT, signal.SIGUSR1, signal.SIGALRM),
    ],
)
def test_a_signal_leaves_the_terminal_clean(number: int) -> None:
    with started(["-m", "nim_tui", "--hotseat"]) as terminal:
        terminal.read_until(drawn)
        assert ALTERNATE_SCREEN in terminal.modes_on
        assert terminal.modes_on >= MOUSE
        assert not terminal.cooked()
        terminal.process.send_signal(number)
        assert terminal.end() == 128 + number
        assert terminal.modes_on <= {7, 25}, "only line wrap and the cursor, as before"
        assert terminal.cooked()
        assert last_words(terminal.written) == ""


def test_it_ends_with_its_terminal_even_without_a_signal() -> None:
    """As under make: the pty is not its controlling terminal, so the system sends no SIGHUP."""
    with started(["-m", "nim_tui", "--hotseat"]) as terminal:
        terminal.read_until(drawn)
        terminal.hang_up()
        # If the signal comes late in its shutdown, Python's default handler ends it.
        assert terminal.process.wait(timeout=30) in (129, -signal.SIGHUP)


def test_quitting_is_status_0() -> None:
    with started(["-m", "nim_tui", "--hotseat"]) as terminal:
        terminal.read_until(drawn)
        terminal.press("\x11")  # ctrl+q
        assert terminal.end() == 0
        assert terminal.modes_on <= {7, 25}
        assert terminal.cooked()


def test_a_crash_prints_one_line_without_secrets() -> None:
    program = (
        "import nim_tui.app as app, nim_tui.cli as cli\n"
        "def crash(self):\n"
        "    token = 'sec' + 'ret-token'\n"
        "    raise KeyError(token)\n"
        "app.NimApp.on_ready = crash\n"
        "raise SystemExit(cli.run(['--hotseat']))\n"
    )
    with started(["-c", program], size=(24, 60)) as terminal:
        assert terminal.end() == 1
        assert terminal.modes_on <= {7, 25}
        words = last_words(terminal.written)
        assert "KeyError" in words
        assert "secret-token" not in words
        assert "Traceback" not in words
        assert len(words.splitlines()) == 1


def test_a_database_that_cannot_be_used_ends_with_4(tmp_path: Path) -> None:
    (tmp_path / "games.db").write_bytes(b"no database at all, and long enough to be looked at" * 50)
    with started(["-m", "nim_tui", "--data", str(tmp_path / "games.db")]) as terminal:
        assert terminal.end() == 4
        assert terminal.modes_on <= {7, 25}
        words = last_words(terminal.written)
        assert words.startswith("nim-tui: ")
        assert "games.db" in words
        assert len(words.splitlines()) == 1


def test_a_board_without_an_account_needs_no_database(tmp_path: Path) -> None:
    (tmp_path / "games.db").write_bytes(b"no database at all")
    with started(["-m", "nim_tui", "--practice", "--data", str(tmp_path / "games.db")]) as terminal:
        terminal.read_until(drawn)
        terminal.press("\x11")
        assert terminal.end() == 0


def test_standard_error_may_go_to_a_file(tmp_path: Path) -> None:
    errors = tmp_path / "errors"
    with errors.open("wb") as file:
        with started(["-m", "nim_tui", "--hotseat"], stderr=file.fileno()) as terminal:
            terminal.read_until(drawn)
            terminal.press("\x11")
            assert terminal.end() == 0
            assert terminal.cooked()
        assert errors.read_bytes() == b""
        with started(["-m", "nim_tui", "--data", str(tmp_path)], stderr=file.fileno()) as terminal:
            assert terminal.end() == 4
    printed = errors.read_text()
    assert printed.startswith("nim-tui: ")
    assert len(printed.splitlines()) == 1


def test_without_a_terminal_it_refuses_at_once() -> None:
    """Whichever of the two is a pipe, and before any slow import."""
    program = (
        "import sys\n"
        "from nim_tui.cli import run\n"
        "status = run(['--hotseat'])\n"
        "assert 'textual' not in sys.modules\n"
        "raise SystemExit(status)\n"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert found.returncode == 2
    assert found.stdout == b""
    assert len(found.stderr.decode().splitlines()) == 1
    assert b"terminal" in found.stderr
    shell = f"{sys.executable} -m nim_tui --hotseat | cat; exit ${{PIPESTATUS[0]}}"
    with started(
        ["-c", f"import subprocess;raise SystemExit(subprocess.call(['bash','-c',{shell!r}]))"]
    ) as piped:
        assert piped.end() == 2
        assert ALTERNATE_SCREEN not in piped.modes_on


def test_an_app_that_does_not_end_loses_the_terminal() -> None:
    program = (
        "import asyncio\n"
        "from nim_tui import cli\n"
        "from nim_tui.client import client\n"
        "from nim_tui.terminal import runner\n"
        "runner.END_SECONDS = 0.2\n"
        "async def stuck(self): await asyncio.Event().wait()\n"
        "client.NimClient.close = stuck\n"
        "raise SystemExit(cli.run(['--hotseat']))\n"
    )
    with started(["-c", program]) as terminal:
        terminal.read_until(drawn)
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.end() == 143
        assert terminal.modes_on <= {7, 25}
        assert terminal.cooked()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
def test_ctrl_z_suspends_and_fg_resumes() -> None:
    with started(["-m", "nim_tui", "--hotseat"]) as terminal:
        terminal.read_until(drawn)
        terminal.press("\x1a")
        stat = Path(f"/proc/{terminal.process.pid}/stat")
        terminal.read_until(lambda _: stat.read_text().rpartition(")")[2].split()[0] == "T")
        terminal.read_until(lambda _: ALTERNATE_SCREEN not in terminal.modes_on)
        assert terminal.cooked()
        seen = len(terminal.written)
        terminal.process.send_signal(signal.SIGCONT)
        terminal.read_until(lambda written: drawn(written[seen:]))
        terminal.press("\x11")
        assert terminal.end() == 0
        assert terminal.cooked()


@pytest.mark.parametrize("closed", ["<&-", *at_length(">&-", "2>&-", "<&- >&-"), "<&- >&- 2>&-"])
def test_a_closed_descriptor_is_refused_in_one_line(closed: str) -> None:
    shell = f"{sys.executable} -m nim_tui --hotseat {closed}"
    program = f"import subprocess;raise SystemExit(subprocess.call(['bash', '-c', {shell!r}]))"
    with started(["-c", program], size=(24, 120)) as terminal:
        assert terminal.end() == 2
        assert ALTERNATE_SCREEN not in terminal.modes_on
        lines = terminal.written.decode().splitlines()
        assert len(lines) == (0 if closed == "<&- >&- 2>&-" else 1), lines
        assert all(line.startswith("nim-tui: ") for line in lines)


def test_nobody_writes_over_the_screen_or_reads_its_keys(tmp_path: Path) -> None:
    """A keyring's library, in C, or a program that it starts, knows only the descriptors."""
    (tmp_path / "loud.py").write_text(
        "import os, subprocess, sys\n"
        "from keyring.backend import KeyringBackend\n"
        "class Keyring(KeyringBackend):\n"
        "    priority = 1\n"
        "    def get_password(self, service, username):\n"
        "        for number in (1, 2): os.write(number, b'LOUD descriptor')\n"
        "        for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):\n"
        "            print('LOUD stream', file=stream, flush=True)\n"
        "        subprocess.run(['sh', '-c', 'echo LOUD program; read answer'])\n"
        "        with open(os.environ['DONE'], 'w'): pass\n"
        "    set_password = delete_password = get_password\n"
    )
    done = tmp_path / "done"
    with started(
        ["-m", "nim_tui", "--data", str(tmp_path / "games.db")],
        PYTHONPATH=str(tmp_path),
        PYTHON_KEYRING_BACKEND="loud.Keyring",
        DONE=str(done),
    ) as terminal:
        terminal.see("Practice")
        terminal.read_until(lambda _: done.exists())
        terminal.press("?")
        terminal.see("Any key closes this")
        terminal.press("\x11")
        assert terminal.end() == 0
        assert b"LOUD" not in terminal.written
