"""Game ids: as long and as plain as they must be, and derived ones the same everywhere."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from backend.domain.ids import ID_LENGTH, ID_LETTERS, derived_id, random_id

part_lists = st.lists(st.text(st.characters(exclude_characters="\0")), min_size=1, max_size=4)


def test_an_id_cannot_be_guessed_nor_misread() -> None:
    assert ID_LENGTH * math.log2(len(ID_LETTERS)) >= 64
    assert len(set(ID_LETTERS)) == len(ID_LETTERS)
    assert not set(ID_LETTERS) & set("01iloIO")
    assert all(letter.isdigit() or letter.islower() for letter in ID_LETTERS)


def test_random_ids_are_all_different_and_use_every_letter() -> None:
    ids = {random_id() for _ in range(500)}
    assert len(ids) == 500
    assert set("".join(ids)) == set(ID_LETTERS)


def test_a_derived_id_is_the_same_in_every_process() -> None:
    assert derived_id("request", "Anna", "1") == "87n87krpecbshmf9"


@given(part_lists, part_lists)
def test_other_parts_derive_another_id(parts: list[str], others: list[str]) -> None:
    assert (derived_id(*parts) == derived_id(*others)) == (parts == others)
    assert len(derived_id(*parts)) == ID_LENGTH
    assert set(derived_id(*parts)) <= set(ID_LETTERS)
