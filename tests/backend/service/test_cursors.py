"""Cursors: what was written is read again, and nothing else is."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.errors import BadRequest
from backend.service.cursors import _check, read_cursor, write_cursor
from backend.service.ports import PagePosition

places = st.builds(
    PagePosition,
    rank=st.integers(0, 1),
    time=st.none()
    | st.datetimes(datetime(1970, 1, 1), datetime(9998, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis adds the zone
    game_id=st.text(st.characters(codec="utf-8"), max_size=40),
)
PLACE = PagePosition(0, datetime(2026, 3, 1, tzinfo=UTC), "2345abcd")


@given(places)
def test_what_was_written_is_read_again(place: PagePosition) -> None:
    cursor = write_cursor(place, "Anna", "open")
    assert cursor is not None
    assert cursor.replace("-", "").replace("_", "").isalnum()
    assert read_cursor(cursor, "Anna", "open") == place


def test_the_end_of_a_list_has_no_cursor() -> None:
    assert write_cursor(None, "Anna", "open") is None
    assert read_cursor(None, "Anna", "open") is None


def test_a_cursor_of_another_list_is_refused() -> None:
    cursor = write_cursor(PLACE, "Anna", "open")
    for user, state in (("Bert", "open"), ("Anna", "done")):
        with pytest.raises(BadRequest) as refused:
            read_cursor(cursor, user, "done" if state == "done" else "open")
        assert set(refused.value.fields) == {"cursor"}


@given(places, st.integers(0, 200), st.integers(1, 255))
def test_a_changed_cursor_is_refused(place: PagePosition, where: int, change: int) -> None:
    cursor = write_cursor(place, "Anna", "open")
    assert cursor is not None
    raw = bytearray(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    raw[where % len(raw)] ^= change
    with pytest.raises(BadRequest):
        read_cursor(base64.urlsafe_b64encode(raw).decode(), "Anna", "open")


@given(st.text(max_size=120) | st.text(st.sampled_from("ABCabc019-_="), max_size=120))
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(BadRequest):
        read_cursor(text, "Anna", "open")


@pytest.mark.parametrize(
    "body",
    [
        {"rank": 10**30, "time": None, "game_id": "a"},
        {"rank": -1, "time": None, "game_id": "a"},
        {"rank": True, "time": None, "game_id": "a"},
        {"rank": 0, "time": "2026-03-01T00:00:00", "game_id": "a"},
        {"rank": 0, "time": "0001-01-01T00:00:00+14:00", "game_id": "a"},
        {"rank": 0, "time": "9999-12-31T23:59:59-14:00", "game_id": "a"},
        {"rank": 0, "time": None, "game_id": "a" * 5000},
        {"rank": 0, "time": None},
        [],
    ],
)
def test_what_no_store_can_look_up_is_refused_under_a_right_checksum(body: object) -> None:
    raw = msgspec.json.encode(body)
    forged = base64.urlsafe_b64encode(_check(raw, "Anna", "open") + raw).decode()
    with pytest.raises(BadRequest):
        read_cursor(forged, "Anna", "open")
