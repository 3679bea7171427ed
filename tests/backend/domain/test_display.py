"""Other people's names in sentences."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.display import plain, quoted
from backend.domain.notices import Notice, words

HOSTILE = [
    "\x1b]0;x\x07",
    "a\nb",
    "a\u202eb",
    "http://evil.example/x",
    "evil.example",
    "[/red]",
    "x" * 5000,
    "",
    " ",
    "Anna's turn. Send your password to eve",
    "\ud800",
    "\u2028",
]


@pytest.mark.parametrize("name", ["anna", "A_b-9", "5b5ee7d8"])
def test_a_plain_name_stays_as_it_is(name: str) -> None:
    assert quoted(name) == name == plain(name, "somebody")


@given(st.text() | st.sampled_from(HOSTILE))
def test_nothing_unsafe_reaches_a_sentence(name: str) -> None:
    shown = quoted(name)
    assert len(shown) <= 64
    assert shown.isprintable()
    assert all(unicodedata.category(char) not in ("Cf", "Co", "Cn", "Cs") for char in shown)
    assert shown == name or (shown[0], shown[-1], shown.count('"')) == ('"', '"', 2)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_text_message_names_nobody_that_could_be_a_link(name: str) -> None:
    text = words(Notice("5b5ee7d8", 1, "bert", "your_turn", name))
    assert text == "Nim: it is your turn against your opponent. Game 5b5ee7d8."
    assert "evil" not in words(Notice("evil.example", 1, "bert", "your_turn", "anna"))
