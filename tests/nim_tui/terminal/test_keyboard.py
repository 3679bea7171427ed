"""Bytes of a terminal to events: whatever they are, and however they are cut."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual.message import Message

from nim_tui.terminal.keyboard import (
    MOST_IN_A_SEQUENCE,
    MOST_PASTED,
    PASTE_SECONDS,
    REST_SECONDS,
    Keyboard,
)


class Typing:
    """A keyboard, and a clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.time = 0.0
        self.keyboard = Keyboard(lambda: self.time)

    def type(self, data: bytes) -> list[Any]:
        return [*map(_short, self.keyboard.feed(data))]

    def wait(self, seconds: float) -> list[Any]:
        self.time += seconds
        return [*map(_short, self.keyboard.tick())]


def _short(event: Message) -> Any:
    match event:
        case events.Key():
            return event.key
        case events.Paste():
            return (event.text,)
        case events.MouseEvent():
            return (type(event).__name__, int(event.x), int(event.y))
    return type(event).__name__


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"a\xff", ["a", "replacement_character"]),
        (b"\xe9x", ["replacement_character", "x"]),
        ("é€😀".encode(), ["é", "euro_sign", "grinning_face"]),
        (b"\x00", ["ctrl+@"]),
        (b"\x1b[A\x1bOP\x1b[[A\x1b[1;5A", ["up", "f1", "f1", "ctrl+up"]),
        (b"\x1ba\x1bA\x1b\xc3\xa9", ["alt+a", "alt+shift+a", "alt+é"]),
        (b"\x1b\x1b[A", ["escape", "up"]),
        (b"\x1b[97;5u\x1b[27;1u", ["ctrl+a", "escape"]),
        (b"\x1b[I\x1b[O", ["AppFocus", "AppBlur"]),
        (b"\x1b[<0;5;6M\x1b[<0;5;6m", [("MouseDown", 4, 5), ("MouseUp", 4, 5)]),
        (b"\x1b[M \x25\x26\x1b[M#\x25\x26", [("MouseDown", 4, 5), ("MouseUp", 4, 5)]),
        (b"\x1b[M \xc3\xa9a", [("MouseDown", 162, 136), "a"]),
        (b"\x1b[M \xff\xff\x1b[M\x00\x00\x00a", [("MouseDown", 222, 222), "a"]),
        (b"\x1b[200~one\ntwo\xff\x00\x1b[201~x", [("one\ntwo�",), "x"]),
        (b"\x1b]11;rgb:ffff/ffff/ffff\x07a\x1bP>|kitty\x1b\\b", ["a", "b"]),
        (b"\x1b[?62;4ca", ["a"]),
        (b"\x1b[?2026;1$y", ["TerminalSupportsSynchronizedOutput"]),
        (b"\x1b[1\x11", ["ctrl+q"]),
        (b"\x1b]half\x11", ["ctrl+q"]),
    ],
)
def test_whole_sequences_mean_what_they_say_however_they_are_cut(
    data: bytes, found: list[Any]
) -> None:
    assert Typing().type(data) == found
    typing = Typing()
    assert [event for byte in data for event in typing.type(bytes([byte]))] == found


@pytest.mark.parametrize(
    "data",
    [
        b"\x1b[99999999;1u",  # no such character
        b"\x1b[55296;1u",  # half of a pair: no terminal can draw it
        b"\x1b[97;1;55296u",
        b"\x1b[48;0;0;0;0t",  # a size that nobody asked for, and that is none
        b"\x1b[48;24;80;480;800t",
        b"\x1b[<0;99999999999;99999999999M",
        b"\x1b[<0;0;0M",
        b"\x1b[" + b"1;" * 40 + b"x",
        b"\x1b]" + b"x" * (MOST_IN_A_SEQUENCE - 3) + b"\x07",
        b"\x1b\xe9",
    ],
)
def test_what_means_nothing_is_dropped_and_the_next_key_counts(data: bytes) -> None:
    typing = Typing()
    assert typing.type(data) == []
    typing.wait(REST_SECONDS)
    assert typing.type(b"\x1b[<0;5;6M\ra") == [("MouseDown", 4, 5), "enter", "a"]


@pytest.mark.parametrize(
    "half", [b"\x1b[", b"\x1b[<0;5", b"\x1b[M", b"\x1b[M \xff", b"\x1b]2;title", b"\x1bP", b"\xc3"]
)
def test_a_half_waits_for_its_rest_and_is_then_dropped(half: bytes) -> None:
    typing = Typing()
    assert typing.type(half) == []
    assert typing.wait(REST_SECONDS / 2) == []
    assert typing.wait(REST_SECONDS) == []
    assert typing.type(b"a") == ["a"], "none of it was typed"


def test_a_lone_escape_is_the_key_after_its_delay() -> None:
    typing = Typing()
    assert typing.type(b"\x1b") == []
    assert typing.wait(0.2) == ["escape"]
    assert typing.type(b"\x1b") == []
    assert typing.type(b"[A") == ["up"]


def test_a_key_that_looks_unfinished_counts_when_nothing_follows() -> None:
    typing = Typing()
    assert typing.type(b"\x1b[7$") == []
    assert typing.wait(REST_SECONDS) == ["shift+home"]


def test_a_paste_without_an_end_ends_with_the_silence() -> None:
    typing = Typing()
    assert typing.type(b"\x1b[200~half\x1b[20") == []
    assert typing.wait(PASTE_SECONDS) == [("half\x1b[20",)]
    assert typing.type(b"\x11") == ["ctrl+q"]


def test_who_wants_to_leave_need_not_wait_for_the_end_of_a_paste() -> None:
    typing = Typing()
    assert typing.type(b"\x1b[200~half") == []
    assert typing.type(b" and more\x11rest\x1b[201~")[:2] == [("half and more",), "ctrl+q"]


def test_a_huge_paste_is_cut() -> None:
    typing = Typing()
    piece = b"x" * 65_536
    assert [typing.type(part) for part in (b"\x1b[200~", *[piece] * 40)] == [[]] * 41
    ((text,),) = typing.type(b"\x1b[201~")
    assert len(text) == MOST_PASTED


_PIECES = st.sampled_from(
    b"\x1b [ < M ; 1 99999 u ~ \xff \xc3 \xa9 a \x1b[200~ \x1b[201~ $y 48; t R \x00 ] P \x07 ? "
    b"2048;1 : - O \x18 \xf0\x9f \\ \x1b[M".split()
)


@given(st.lists(st.tuples(_PIECES | st.binary(max_size=6), st.sampled_from([0.0, 0.2, 1.5]))))
def test_nothing_breaks_it_or_makes_it_deaf(typed: list[tuple[bytes, float]]) -> None:
    typing = Typing()
    for data, seconds in typed:
        for event in typing.keyboard.feed(data):
            if isinstance(event, events.Key):
                (event.character or "").encode()
        typing.wait(seconds)
    typing.wait(2.0)
    typing.wait(2.0)
    assert typing.type(b"a") == ["a"]
