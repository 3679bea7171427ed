from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from nim_tui.text.sanitize import clean, cut

HARMFUL = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@given(st.text(st.characters(), max_size=400), st.integers(min_value=1, max_value=60))
@example("\x1b]0;owned\x07" + "x" * 300, 12)
@example("\u202eevil", 12)
def test_nothing_harmful_is_left_and_it_fits(text: str, width: int) -> None:
    shown = clean(text, width)
    assert shown
    assert cell_len(shown) <= width
    assert not {unicodedata.category(char) for char in shown} & HARMFUL


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("bob", "bob"),
        ("tomáš", "tomáš"),
        ("Wilhelmina_of_Orange", "Wilhelmina_of_Orange"),
        ("a name that no account has", "a name that no acco…"),
        ("世界世界世界世界世界世界", "世界世界世界世界世…"),
        ("\x1b[31mred", "[31mred"),
        ("z" + "\u0301" * 50, "z\u0301\u0301"),
        ("\n\t ", "?"),
        ("[/]", "[/]"),
    ],
)
def test_names_as_they_are_shown(text: str, shown: str) -> None:
    assert clean(text) == shown


def test_what_fits_is_not_cut() -> None:
    assert cut("123456", 6) == "123456"
    assert cut("1234567", 6) == "12345…"
