from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.ids import ID_LETTERS
from backend.domain.invitations import (
    CODE_LENGTH,
    Invitation,
    random_code,
    read_code,
    requested_code,
    shown_code,
)

CODES = st.text(ID_LETTERS, min_size=CODE_LENGTH, max_size=CODE_LENGTH)


@given(CODES, st.data())
def test_a_code_is_read_as_it_is_shown_in_any_case_with_any_dashes(
    code: str, data: st.DataObject
) -> None:
    assert read_code(shown_code(code)) == code
    typed = "".join(
        data.draw(st.sampled_from((letter, letter.upper(), f"-{letter}"))) for letter in code
    )
    assert read_code(typed) == code


@given(st.text())
def test_what_is_read_is_a_code(text: str) -> None:
    code = read_code(text)
    assert code is None or (len(code) == CODE_LENGTH and set(code) <= set(ID_LETTERS))


def test_codes_are_shown_in_two_groups() -> None:
    assert shown_code("k3v9x2ma4q") == "k3v9x-2ma4q"
    assert read_code(random_code()) is not None


@given(st.binary(min_size=1), st.text(), st.text())
def test_the_code_of_a_request_depends_on_all_of_it(secret: bytes, user: str, request: str) -> None:
    code = requested_code(secret, user, request)
    assert read_code(code) == code == requested_code(secret, user, request)
    others = {
        requested_code(secret + b"x", user, request),
        requested_code(secret, user + "x", request),
        requested_code(secret, user, request + "x"),
    }
    assert code not in others


def test_only_what_was_taken_has_a_game() -> None:
    invitation = Invitation(
        code="k3v9x2ma4q", created_by="ana", created_at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    with pytest.raises(ValueError, match="nobody"):
        invitation.game()
