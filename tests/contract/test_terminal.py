"""On a real terminal, where keys come as fast as somebody types them ahead."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest.importorskip("pty", reason="needs a terminal of its own")

from tests.nim_tui.terminal.pty import started

_ESCAPES = re.compile(rb"\x1b\[[0-9;?<>$=]*[a-zA-Z]|\x1b\][^\x07\x1b]*(\x07|\x1b\\)|\x1b[=>78]")


def text(written: bytes) -> bytes:
    return _ESCAPES.sub(b"", written)


def test_enter_a_enter_typed_at_once_is_a_first_move(tmp_path: Path) -> None:
    with started(["-m", "nim_tui", "--data", str(tmp_path / "games.db")]) as terminal:
        terminal.read_until(lambda written: b"Practice" in text(written))
        terminal.press("\ra\r")
        terminal.read_until(lambda written: b"The computer took" in text(written))


def test_what_is_typed_ahead_finds_its_fields(tmp_path: Path) -> None:
    with started(["-m", "nim_tui", "--data", str(tmp_path / "games.db")]) as terminal:
        terminal.read_until(lambda written: b"Practice" in text(written))
        terminal.press("ralice\tPassw0rd\ta@example.com\r")
        terminal.read_until(lambda written: b"No games yet" in text(written))
        assert b"Passw0rd" not in terminal.written
