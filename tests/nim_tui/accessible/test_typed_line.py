"""A line as it is typed: what erases, what is ignored, what ends it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nim_tui.accessible.typed_line import END, MOST_CHARACTERS, TypedLine


def typed(text: str, line: TypedLine | None = None) -> tuple[str, list[str]]:
    """What is echoed, and which lines end."""
    line = line or TypedLine()
    echoed, ended = "", []
    for char in text:
        echo, finished = line.key(char)
        echoed += echo
        if finished is not None:
            ended.append(finished)
    return echoed, ended


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ("b3\n", "b3"),
        ("b3\r", "b3"),
        ("b4\x7f3\n", "b3"),
        ("\x7f\x7fb3\n", "b3"),
        ("no\x15b3\n", "b3"),
        ("new bobby\x17alice\n", "new alice"),
        ("b\x1b[A\x1b[1;5C\x1bOP3\n", "b3"),
        ("b3\x1b\n", "b3"),
        ("b\x073\x00\n", "b3"),
        ("b3\x04\n", "b3"),
        ("é\x7fb3\n", "b3"),
    ],
)
def test_a_line(keys: str, line: str) -> None:
    assert typed(keys)[1] == [line]


def test_ctrl_d_on_an_empty_line_ends_the_input() -> None:
    assert typed("\x04")[1] == [END]


def test_a_wide_character_is_erased_whole() -> None:
    assert typed("字\x7f")[0] == "字" + "\b \b" * 2


def test_a_password_is_not_echoed() -> None:
    line = TypedLine()
    line.secret = True
    assert typed("Passw0rd\x7fd\x15Passw0rd\n", line) == ("\n", ["Passw0rd"])


@given(st.text())
def test_nothing_that_is_typed_reaches_the_terminal_as_a_control(text: str) -> None:
    echoed, ended = typed(text)
    assert set(echoed) - set("\b\n") == {char for char in echoed if char.isprintable()}
    assert all(line == END or line.isprintable() for line in ended)


def test_a_line_has_an_end() -> None:
    line = TypedLine()
    typed("a" * (MOST_CHARACTERS + 5), line)
    assert len(line.text) == MOST_CHARACTERS
