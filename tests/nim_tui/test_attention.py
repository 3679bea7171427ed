from __future__ import annotations

from collections.abc import Mapping

import pytest

from nim_tui.attention import notice, title


@pytest.mark.parametrize(
    ("environ", "sequence"),
    [
        ({}, "\x1b]777;notify;nim;bob moved, you, too\x1b\\"),
        ({"TERM_PROGRAM": "iTerm.app"}, "\x1b]9;bob moved; you; too\x1b\\"),
        ({"WT_SESSION": "1"}, "\x1b]9;bob moved; you; too\x1b\\"),
        (
            {"TMUX": "/tmp/tmux"},
            "\x1bPtmux;\x1b\x1b]777;notify;nim;bob moved, you, too\x1b\x1b\\\x1b\\",
        ),
    ],
)
def test_a_notice_in_the_terminals_own_way(environ: Mapping[str, str], sequence: str) -> None:
    assert notice("bob moved; you; too", environ) == sequence


def test_no_text_ends_a_sequence_early() -> None:
    hostile = "a\x1b\\b\x07c\x9cd\n"
    assert title(hostile) == "\x1b]2;a\\bcd\x1b\\"
    assert notice(hostile, {}) == "\x1b]777;notify;nim;a\\bcd\x1b\\"
