"""The wire: hostile bodies are refused by field and in words, and a game survives the way."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any, get_type_hints

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.api import decoding
from backend.api.decoding import decode
from backend.domain.clock import utc_now
from backend.domain.errors import BadRequest
from backend.domain.game import Game
from backend.wire import (
    Confirm,
    GameAnswer,
    Login,
    MoveRequest,
    NewGame,
    Nothing,
    ProfileChange,
    RefreshToken,
    Register,
    encode,
    from_game,
    to_game,
)
from tests.backend.samples import games, new_game

KINDS: list[type[msgspec.Struct]] = [
    Register, Login, RefreshToken, NewGame, MoveRequest, ProfileChange, Confirm, Nothing,
]  # fmt: skip
# msgspec's own words: none of them is for people.
OF_MSGSPEC = re.compile(r"`|\$|\b(expected|got|enum|array|int|str)\b", re.IGNORECASE)

names = st.sampled_from(
    sorted({field for kind in KINDS for field in kind.__struct_encode_fields__})
) | st.text(max_size=8)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)


def refused(body: bytes, kind: type[msgspec.Struct]) -> BadRequest | None:
    """The refusal, checked for its words; None where the body is taken."""
    try:
        request = decode(body, kind)
    except BadRequest as error:
        found = error
    else:
        assert isinstance(request, kind)
        return None
    assert found.message.endswith(".")
    return found


@given(st.binary(max_size=80), st.sampled_from(KINDS))
def test_any_bytes_are_a_request_or_a_bad_request(body: bytes, kind: type[msgspec.Struct]) -> None:
    refused(body, kind)


@given(st.dictionaries(names, values, max_size=5) | values, st.sampled_from(KINDS))
def test_any_json_is_a_request_or_a_bad_request(body: Any, kind: type[msgspec.Struct]) -> None:
    error = refused(json.dumps(body).encode(), kind)
    known = {name for name in kind.__struct_encode_fields__ if error and name in error.fields}
    for name in known:
        assert error is not None
        assert not OF_MSGSPEC.search(error.fields[name])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"null", b"[]", b"5", b'"text"', b"{}x", b'{"a":1,}', b"NaN", b"\xff\xfe{}",
        b'{"username":"\xff"}', b'{"opponent":"\\ud800"}', b"[" * 16_000, b'{"a":' * 3_000,
        b'{"heaps":' + b"[" * 16_000, b"1" * 16_000, b'{"version":' + b"1" * 16_000 + b"}",
        b'{"version":1e999999}', b'{"changedHeapValue":-1e999999}', b"\0", b'{"a":"\x1b"}',
    ],
)  # fmt: skip
def test_an_invalid_request_is_refused(body: bytes, kind: type[msgspec.Struct]) -> None:
    assert refused(body, kind) is not None


MOVE = {"changedHeap": "heap1", "changedHeapValue": 2}


@pytest.mark.parametrize(
    ("kind", "body", "field"),
    [
        (MoveRequest, MOVE | {"changedHeapValue": 2.5}, "changedHeapValue"),
        (MoveRequest, MOVE | {"changedHeapValue": "2"}, "changedHeapValue"),
        (MoveRequest, MOVE | {"changedHeapValue": True}, "changedHeapValue"),
        (MoveRequest, MOVE | {"changedHeapValue": None}, "changedHeapValue"),
        (MoveRequest, MOVE | {"changedHeapValue": 10**30}, "changedHeapValue"),
        (MoveRequest, MOVE | {"changedHeap": "heap4"}, "changedHeap"),
        (MoveRequest, MOVE | {"changedHeap": "contains unknown field `x`"}, "changedHeap"),
        (MoveRequest, MOVE | {"changedHeap": 1}, "changedHeap"),
        (MoveRequest, MOVE | {"version": -1}, "version"),
        (MoveRequest, MOVE | {"version": "0"}, "version"),
        (MoveRequest, MOVE | {"version": 1.5}, "version"),
        (MoveRequest, MOVE | {"version": 1e300}, "version"),
        (MoveRequest, MOVE | {"seenHeaps": [5, 4, "5"]}, "seenHeaps"),
        (MoveRequest, MOVE | {"heap1": 0}, "heap1"),
        (MoveRequest, {"changedHeap": "heap1"}, "changedHeapValue"),
        (NewGame, {}, "opponent"),
        (NewGame, {"opponent": "Bert", "heaps": [5, 4, 5.5]}, "heaps"),
        (NewGame, {"opponent": "Bert", "heaps": {"heap1": 5}}, "heaps"),
        (NewGame, {"opponent": "Bert", "rule": "MISERE"}, "rule"),
        (NewGame, {"opponent": "Bert", "daysPerMove": 15}, "daysPerMove"),
        (NewGame, {"opponent": "Bert", "requestId": ""}, "requestId"),
        (NewGame, {"opponent": "x" * 201}, "opponent"),
        (Login, {"username": "Anna", "password": 5}, "password"),
        (RefreshToken, {"refreshToken": "x" * 8193}, "refreshToken"),
        (ProfileChange, {"notices": "mail"}, "notices"),
        (ProfileChange, {"notices": None}, "notices"),
        (ProfileChange, {"phoneNumber": 5}, "phoneNumber"),
        (ProfileChange, {"username": "Bert"}, "username"),
        (Nothing, {"winner": "Anna"}, "winner"),
    ],
)
def test_an_invalid_field_is_named_with_what_it_must_be(
    kind: type[msgspec.Struct], body: dict[str, Any], field: str
) -> None:
    error = refused(json.dumps(body).encode(), kind)
    assert error is not None
    assert list(error.fields) == [field]
    assert error.message == f"{field}: {error.fields[field]}"
    assert not OF_MSGSPEC.search(error.message)


def test_all_faulty_fields_are_named_at_once() -> None:
    error = refused(b'{"username": 5, "email": "ana@example.com", "nick": "ana"}', Register)
    assert error is not None
    assert set(error.fields) == {"username", "password", "nick"}
    assert all(f"{name}: {text}" in error.message for name, text in error.fields.items())


def test_many_unknown_fields_give_a_short_message() -> None:
    body = {f"{'x' * 500}{number}": 0 for number in range(50)}
    error = refused(json.dumps(body).encode(), Nothing)
    assert error is not None
    assert len(error.message) < 500


def test_every_field_of_every_request_has_its_words() -> None:
    fields = {name for kind in KINDS for name in kind.__struct_encode_fields__}
    assert fields == set(decoding._MUST_BE)


def test_an_unknown_field_is_shown_without_what_steers_a_terminal() -> None:
    error = refused(json.dumps({"\x1b]0;title\x07" + "x" * 200: 1}).encode(), Nothing)
    assert error is not None
    assert error.message.isprintable()
    assert len(error.message) < 100


@given(games())
def test_a_game_survives_the_way(game: Game) -> None:
    body = encode(from_game(game))
    assert to_game(msgspec.json.decode(body, type=GameAnswer)) == game


def test_the_creators_name_for_the_request_stays_with_the_backend() -> None:
    game = new_game(request_id="mine")
    assert b"mine" not in encode(from_game(game))
    assert to_game(from_game(game)) == replace(game, request_id=None)


def test_a_game_has_the_names_that_others_rely_on() -> None:
    names = set(json.loads(encode(from_game(new_game()))))
    assert names >= {
        "gameId", "user1", "user2", "heap1", "heap2", "heap3", "lastMoveBy", "version", "state",
        "turn", "winner", "endedBy", "rule", "start", "moves", "createdAt", "deadline",
    }  # fmt: skip
    assert get_type_hints(GameAnswer).keys() == set(GameAnswer.__struct_fields__)


def test_times_are_utc_in_iso_8601_and_heaps_go_by_name() -> None:
    game = new_game(days_per_move=1)
    shown = json.loads(encode(from_game(game)))
    assert shown["createdAt"] == "2026-03-01T12:00:00Z"
    assert shown["deadline"] == "2026-03-02T12:00:00Z"
    moved = json.loads(encode(from_game(game.after_move("Bert", _first(game), utc_now()))))
    assert moved["moves"][0].keys() == {"user", "heap", "left", "at"}
    assert moved["moves"][0]["heap"] == "heap1"
    assert utc_now().microsecond % 1000 == 0


def _first(game: Game) -> Any:
    return next(game.board.moves())


@pytest.mark.parametrize("number", ["2", "2.0", "2e0", "20e-1", "2375.0"])
def test_a_whole_number_is_one_however_it_is_written(number: str) -> None:
    """JSON Schema, by which the API is described, makes no difference either."""
    body = b'{"changedHeap": "heap1", "changedHeapValue": %b}' % number.encode()
    assert decode(body, MoveRequest).changed_heap_value == float(number)
    heaps = b'{"opponent": "Bert", "heaps": [5, %b, 5.0]}' % number.encode()
    assert decode(heaps, NewGame).heaps == [5, float(number), 5]
