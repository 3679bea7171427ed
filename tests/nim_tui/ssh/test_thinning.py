"""A thinned frame looks the same and weighs less."""

from __future__ import annotations

import pyte
from hypothesis import given
from hypothesis import strategies as st

from nim_tui.ssh.thinning import Thinner

WIDTH, HEIGHT = 12, 4

_STYLES = st.sampled_from(["", "\x1b[0m", "\x1b[38;2;1;2;3m", "\x1b[7m"])
_TEXTS = st.text(st.sampled_from("ab ●界\n"), max_size=6)
_PIECES = st.tuples(
    st.integers(1, HEIGHT), st.integers(1, WIDTH - 2), st.lists(st.tuples(_STYLES, _TEXTS))
)


def drawn(pieces: list[tuple[int, int, list[tuple[str, str]]]]) -> str:
    """A frame as Textual writes it: each piece ends in its row, with the usual style."""
    frame = []
    for row, column, runs in pieces:
        text, room = "", WIDTH - column + 1
        for style, words in runs:
            for char in words.replace("\n", ""):
                wide = 2 if char == "界" else 1
                if room >= wide:
                    text, room = f"{text}{style}{char}\x1b[0m", room - wide
        frame.append(f"\x1b[{row};{column}H{text}")
    return "".join(frame)


def shown(written: list[str]) -> list[list[object]]:
    screen = pyte.Screen(WIDTH, HEIGHT)
    # As Textual sets it: the end of a row does not wrap.
    stream = pyte.Stream(screen)
    stream.feed("\x1b[?7l")
    for text in written:
        stream.feed(text)
    return [[screen.buffer[y][x] for x in range(WIDTH)] for y in range(HEIGHT)]


@given(st.lists(st.lists(_PIECES, max_size=4), max_size=6))
def test_it_looks_the_same(
    frames: list[list[tuple[int, int, list[tuple[str, str]]]]],
) -> None:
    thinner = Thinner()
    whole = [drawn(pieces) for pieces in frames]
    thin = [thinner.thin(frame) for frame in whole]
    assert shown(thin) == shown(whole)
    assert sum(map(len, thin)) <= sum(map(len, whole))


def test_a_frame_that_changes_nothing_weighs_nothing() -> None:
    thinner = Thinner()
    frame = "".join(f"\x1b[{row};1H\x1b[31mabcdef\x1b[0m\n" for row in range(1, 5))
    assert thinner.thin(frame).count("abcdef") == 4
    assert thinner.thin(frame) == ""
    changed = thinner.thin(frame.replace("\x1b[2;1H\x1b[31ma", "\x1b[2;1H\x1b[31mX"))
    assert changed == "\x1b[2;1H\x1b[31mXbcdef\x1b[0m"
    thinner.forget()
    assert thinner.thin(frame) == frame.replace("\n", "")


def test_of_a_row_only_what_has_changed_is_drawn() -> None:
    thinner = Thinner()
    red, blue, green = (f"\x1b[{number}m{{}}\x1b[0m" for number in (31, 34, 32))
    thinner.thin(f"\x1b[1;3H{red.format('one')}{blue.format('界two')}{green.format('three')}")
    thin = thinner.thin(
        f"\x1b[1;3H{red.format('one')}{blue.format('界TWO')}{green.format('three')}"
    )
    assert thin == f"\x1b[1;6H{blue.format('界TWO')}"


def test_a_piece_over_another_is_remembered_cell_by_cell() -> None:
    thinner = Thinner()
    thinner.thin("\x1b[1;1Ha\x1b[0m\x1b[1;1Hab界def")
    thinner.thin("\x1b[1;1Hab界def")
    thinner.thin("\x1b[1;6HX")
    assert thinner.thin("\x1b[1;5HdXf") == ""
    thinner.thin("\x1b[1;4H|")
    assert thinner.thin("\x1b[1;3H界") == "\x1b[1;3H界", "its half was drawn over"


def test_what_is_no_frame_passes_as_it_is() -> None:
    thinner = Thinner()
    for text in ("\x1b[?2026h", "\x07", "\x1b]2;nim\x1b\\", "", "\x1b[?1049h\x1b[1;1H"):
        assert thinner.thin(text) == text
    thinner.thin("\x1b[1;1Habc")
    assert thinner.thin("\x1b[1;1Ha\x1b[2Jb") == "\x1b[1;1Ha\x1b[2Jb"
    assert thinner.thin("\x1b[1;1Habc") == "\x1b[1;1Habc"
