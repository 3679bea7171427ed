"""The whole program: in a pipe, at a dumb terminal, with everything that turns it on."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from nim_tui.accessible.main import reason
from nim_tui.cli import parse_arguments, run
from nim_tui.config.places import Places
from nim_tui.config.settings import Settings, save_settings
from tests.nim_tui.accessible.stage import PASSWORD
from tests.nim_tui.shell.stage import Shell
from tests.support import at_length, require

BY_OPTION = "Accessible mode: on, by --accessible. For the screens start without it."


def because(*arguments: str, setting: bool = False, **environ: str) -> str | None:
    options = parse_arguments(arguments, {"NIM_DATA": "games.db"}, Places())
    return reason(options, environ, Settings(accessible=setting))


def test_the_option_goes_before_the_variable_and_that_before_the_setting() -> None:
    assert because() is None
    assert because("--accessible", ACCESSIBLE="0") == BY_OPTION
    assert because("--no-accessible", ACCESSIBLE="1", setting=True) is None
    assert "ACCESSIBLE" in (because(ACCESSIBLE="1") or "")
    assert "ACCESSIBLE" in (because(ACCESSIBLE="yes", setting=True) or "")
    assert because(ACCESSIBLE="0", setting=True) is None
    assert "settings" in (because(ACCESSIBLE="", setting=True) or "")


def test_it_does_not_go_with_a_browser(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--web", "--accessible"]) == 2
    assert "--accessible" in capsys.readouterr().err


def test_a_whole_game_by_standard_input(tmp_path: Path) -> None:
    found = Shell(tmp_path, processes=True).run(
        "--accessible", "--practice", "perfect", "--heaps", "1,1,2", "--rule", "misere",
        stdin="c1\nb1\nquit\n",
    )  # fmt: skip
    assert (found.status, found.err) == (0, ""), found
    lines = found.out.splitlines()
    assert lines[0] == BY_OPTION
    assert "Heap a: 1. Heap b: 1. Heap c: 2." in lines
    assert any(line.startswith("You won.") for line in lines)
    assert lines[-1] == "Goodbye."


@pytest.mark.parametrize(
    "start", [*at_length("--practice", "--hotseat"), "--demo", "--data=games.db"]
)
def test_without_any_answer_it_leaves(tmp_path: Path, start: str) -> None:
    found = Shell(tmp_path, processes=True).run(start, "--heaps", "1,1,0", ACCESSIBLE="1")
    assert (found.status, found.err) == (0, ""), found
    assert found.out.splitlines()[0].startswith("Accessible mode: on, by ACCESSIBLE.")
    assert found.out.splitlines()[-2:] == ["The input has ended.", "Goodbye."]
    if start == "--demo":
        assert any(" won. " in line for line in found.out.splitlines()), "it is told to its end"


def test_a_closed_standard_input_is_an_ended_one(tmp_path: Path) -> None:
    command = f'"{sys.executable}" -m nim_tui --accessible --hotseat <&-'
    found = subprocess.run(
        ["sh", "-c", command], env=Shell(tmp_path).variables, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert (found.returncode, found.stderr) == (0, "")
    assert "The input has ended." in found.stdout


def test_a_reader_that_has_seen_enough(tmp_path: Path) -> None:
    command = f'yes "?" | "{sys.executable}" -m nim_tui --accessible --hotseat | head -n 3'
    found = subprocess.run(
        ["bash", "-c", command], env=Shell(tmp_path).variables, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert found.stderr == ""
    assert len(found.stdout.splitlines()) == 3


def test_a_place_that_cannot_be_used_ends_with_4(tmp_path: Path) -> None:
    found = Shell(tmp_path, processes=True).run("--accessible", "--data", str(tmp_path))
    assert found.status == 4
    assert found.err.startswith("nim-tui: ")
    assert len(found.err.splitlines()) == 1


def test_no_answer_is_an_internal_error(tmp_path: Path) -> None:
    """Bytes that are not text, controls, and lines without end."""
    odd = b"\xff\xfe\n\x00\x1b[2J\n" + b"a" * 100_000 + b"\na1\r\n\xe2\x82"
    found = subprocess.run(
        [sys.executable, "-m", "nim_tui", "--accessible", "--hotseat"],
        env=Shell(tmp_path).variables, input=odd, capture_output=True, check=False,
    )  # fmt: skip
    assert (found.returncode, found.stderr) == (0, b"")
    assert b"Ana took 1 from heap a." in found.stdout
    assert b"\x1b" not in found.stdout


_CALL = """
import sys
from nim_tui.cli import run
run(sys.argv[1:])
print("textual" in sys.modules)
"""


def test_it_imports_no_textual(tmp_path: Path) -> None:
    answers = ["register", "alice", PASSWORD, "a@example.com", "", "back", "lessons", "1", "b2"]
    found = subprocess.run(
        [sys.executable, "-c", _CALL, "--accessible", "--data", str(tmp_path / "games.db")],
        input="\n".join(answers), env=Shell(tmp_path).variables, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert "Player: alice." in found.stdout
    assert found.stdout.splitlines()[-1] == "False"


# -- at a terminal ---------------------------------------------------------------------------------


def test_a_dumb_terminal_is_left_as_it_was(tmp_path: Path) -> None:
    pty = pytest.importorskip("tests.nim_tui.terminal.pty", reason="needs a terminal of its own")
    save_settings(Settings(accessible=True))
    arguments = ["-m", "nim_tui", "--hotseat", "--heaps", "2,1,0", "--data", str(tmp_path / "x.db")]
    with pty.started(arguments, TERM="dumb") as terminal:
        terminal.read_until(lambda written: b"?" in written and b"Ana's turn." in written)
        terminal.press("b2\x7f1\r")
        terminal.read_until(lambda written: b"Ben's turn." in written)
        terminal.press("a2")
        terminal.press("\n")
        terminal.read_until(lambda written: b"Another game?" in written)
        terminal.press("\x04")
        assert terminal.end() == 0
        assert terminal.cooked()
        assert b"\x1b" not in terminal.written
        assert b"by your settings" in terminal.written


@pytest.mark.parametrize(("how", "status"), [("\x03", 130), (signal.SIGTERM, 143)])
def test_it_is_interrupted(tmp_path: Path, how: str | int, status: int) -> None:
    pty = pytest.importorskip("tests.nim_tui.terminal.pty", reason="needs a terminal of its own")
    arguments = ["-m", "nim_tui", "--accessible", "--data", str(tmp_path / "x.db")]
    with pty.started(arguments) as terminal:
        terminal.read_until(lambda written: b"Menu:" in written)
        if isinstance(how, str):
            terminal.process.send_signal(signal.SIGINT)  # what ctrl+c does at its own terminal
        else:
            terminal.process.send_signal(how)
        assert terminal.end() == status
        assert terminal.cooked()
        assert b"Traceback" not in terminal.written


def test_a_password_is_not_shown(tmp_path: Path) -> None:
    pty = pytest.importorskip("tests.nim_tui.terminal.pty", reason="needs a terminal of its own")
    arguments = ["-m", "nim_tui", "--accessible", "--data", str(tmp_path / "x.db")]
    with pty.started(arguments) as terminal:
        terminal.read_until(lambda written: b"Menu:" in written)
        terminal.press("games\r")
        terminal.read_until(lambda written: b"which username?" in written)
        terminal.press("alice\r")
        terminal.read_until(lambda written: b"Password?" in written)
        terminal.press(f"{PASSWORD}\r")
        terminal.read_until(lambda written: written.count(b"which username?") == 2)
        terminal.press("quit\r")
        assert PASSWORD.encode() not in terminal.written
        assert b"alice" in terminal.written


# -- read aloud ------------------------------------------------------------------------------------


def test_a_synthesizer_knows_every_character_of_a_transcript(tmp_path: Path) -> None:
    espeak = shutil.which("espeak-ng")
    require(espeak, "needs espeak-ng")
    assert espeak is not None
    home = Shell(tmp_path, {"NIM_DATA": str(tmp_path / "games.db")}, processes=True)
    answers = [
        "?", "practice", "?", "hint", "b9", "a4", "undo", "a4", "moves", "back",
        "lessons", *(word for n in "1234567" for word in (n, "hint", "a1", "b1", "?", "back")),
        "back", "two players", "a5", "c4", "b4", "c1", "review", "back",
        "register", "alice", PASSWORD, "alice@example.com", "", "?", "new", "bobby", "", "", "",
        "finished", "sign out",
    ]  # fmt: skip
    written = home.run("--accessible", stdin="\n".join(answers)).out
    told = [line for line in written.splitlines() if not line.startswith("Answer: ")]
    assert len(told) > 100
    lines = list(dict.fromkeys(told))
    for line in lines:
        assert line[-1] in ".?:", line
    symbols = {char for char in "".join(lines) if not char.isalnum() and char != " "}
    assert symbols <= set(".,:;?'-_+()"), symbols
    for symbol in symbols - {".", ","}:
        said = subprocess.run(
            [espeak, "-q", "-x", "--punct", "--", symbol], capture_output=True, check=True
        )
        assert said.stdout.strip(), f"{symbol} has no name"
    said = subprocess.run(
        [espeak, "-q", "-x"], input="\n".join(lines).encode(), capture_output=True, check=True
    )
    assert b"l,Et3_|" not in said.stdout, "a letter is told by its number"
