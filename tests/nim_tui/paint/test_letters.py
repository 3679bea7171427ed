"""The large letters of codes."""

from __future__ import annotations

from backend.domain.ids import ID_LETTERS
from nim_tui.paint.letters import large


def test_every_letter_of_a_code_has_a_shape_of_its_own() -> None:
    shapes = {tuple(large(letter)) for letter in f"{ID_LETTERS}-"}
    assert len(shapes) == len(ID_LETTERS) + 1
    for shape in shapes:
        assert len(shape) == 3
        assert len({len(row) for row in shape}) == 1


def test_case_makes_no_difference_and_letters_stand_apart() -> None:
    assert large("k3") == large("K3")
    assert large("kk")[0] == f"{large('k')[0]} {large('k')[0]}"
