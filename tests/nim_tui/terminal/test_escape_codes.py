"""Escape sequences: which one a terminal gets, and that no text breaks out of it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nim_tui.terminal import escape_codes

XTERM = {"TERM": "xterm-256color"}
SEVENS = "\x1b]777;notify;nim;bob moved, you, too\x1b\\"


@pytest.mark.parametrize(
    ("environ", "sequence"),
    [
        (XTERM, SEVENS),
        (XTERM | {"TERM_PROGRAM": "WezTerm"}, SEVENS),
        ({"TERM": "foot"}, SEVENS),
        (XTERM | {"TERM_PROGRAM": "iTerm.app"}, "\x1b]9;nim: bob moved; you; too\x1b\\"),
        (XTERM | {"LC_TERMINAL": "iTerm2"}, "\x1b]9;nim: bob moved; you; too\x1b\\"),
        ({"TERM": "xterm-kitty"}, "\x1b]99;i=nim:o=unfocused;nim: bob moved; you; too\x1b\\"),
        (XTERM | {"WT_SESSION": "1"}, ""),
        (XTERM | {"TERM_PROGRAM": "Apple_Terminal"}, ""),
        ({"TERM": "linux"}, ""),
        ({"TERM": "dumb", "TERM_PROGRAM": "iTerm.app"}, ""),
        (
            {"TERM": "tmux-256color", "TERM_PROGRAM": "tmux", "TMUX": "/tmp/tmux-0/default,1,0"},
            "\x1bPtmux;\x1b\x1b]777;notify;nim;bob moved, you, too\x1b\x1b\\\x1b\\",
        ),
        (
            {"TERM": "tmux-256color", "TMUX": "x", "LC_TERMINAL": "iTerm2"},
            "\x1bPtmux;\x1b\x1b]9;nim: bob moved; you; too\x1b\x1b\\\x1b\\",
        ),
    ],
)
def test_a_notice_in_the_terminals_own_dialect(environ: Mapping[str, str], sequence: str) -> None:
    assert escape_codes.notice("bob moved; you; too", environ) == sequence


@given(st.text(st.characters(codec="utf-8"), max_size=200))
def test_no_text_ends_a_sequence_early(text: str) -> None:
    """Between the beginning and the end of a sequence there are no control characters."""
    wholes = [escape_codes.title(text)]
    wholes += [
        escape_codes.notice(text, XTERM | {"TERM_PROGRAM": name}) for name in ("kitty", "iTerm.app")
    ]
    for whole in (*wholes, escape_codes.notice(text, XTERM)):
        inside = whole.removeprefix("\x1b]").removesuffix("\x1b\\")
        assert all(ord(char) >= 0x20 and not 0x7F <= ord(char) <= 0x9F for char in inside)
    assert escape_codes.notice(text, XTERM).count(";") == 3, "the text adds no field"


def test_a_text_is_not_a_conemu_command() -> None:
    sent = escape_codes.notice("4;3;100", XTERM | {"TERM_PROGRAM": "iTerm.app"})
    assert not sent.removeprefix("\x1b]9;")[0].isdigit()
