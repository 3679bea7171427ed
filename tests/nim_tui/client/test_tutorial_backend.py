"""Playing on the tutorial's own backend: no codes, no versions, no list; every error is a 400."""

from __future__ import annotations

import pytest

from backend.domain.errors import (
    BadRequest,
    IllegalMove,
    NoSuchGame,
    NoSuchRoute,
    NotSignedIn,
    NotYourTurn,
    Stale,
)
from nim_tui.client import Features, NimClient, Unreachable
from tests.nim_tui.client.fakes import TutorialBackend, client_of, token


async def player(backend: TutorialBackend, name: str) -> NimClient:
    client = client_of(backend)
    await client.register(name, "Passw0rd1", "a@b.example", "+15555555555")
    await client.sign_in(name, "Passw0rd1")
    return client


async def test_it_is_recognized_by_its_responses() -> None:
    backend = TutorialBackend()
    client = client_of(backend)
    assert client.features == Features(lists=True, refreshes=True)
    with pytest.raises(BadRequest, match="Incorrect username or password"):
        await client.sign_in("anna", "wrong")
    await client.sign_in("anna", "Passw0rd1")
    assert client.features == Features(lists=False, refreshes=False)
    with pytest.raises(NoSuchRoute, match="by its id"):
        await client.games()


async def test_a_game_to_its_end() -> None:
    backend = TutorialBackend()
    anna, bert = await player(backend, "anna"), await player(backend, "bert")
    game = await anna.new_game("bert", request_id="once")
    assert game.turn == "bert"
    assert game.start == (5, 4, 5)
    for mover, heap in ((bert, 1), (anna, 2), (bert, 3)):
        game = await mover.move(game, heap, 0)
    assert game.state == "done"
    assert game.winner == "anna"
    assert (await anna.game("5b5ee7d8")).ended_by == "play"


async def test_it_gets_no_unknown_fields() -> None:
    backend = TutorialBackend()
    anna = await player(backend, "anna")
    await anna.new_game("bert")
    assert backend.seen[-1].content == b'{"opponent":"bert"}'
    with pytest.raises(BadRequest, match="5 4 5"):
        await anna.new_game("bert", heaps=(3, 3, 3))


async def test_an_unknown_game_is_an_empty_success_there() -> None:
    anna = await player(TutorialBackend(), "anna")
    with pytest.raises(NoSuchGame):
        await anna.game("unknown1")


async def test_a_lost_response_counts_once() -> None:
    backend = TutorialBackend(lose_answers=1)
    anna, bert = await player(backend, "anna"), await player(backend, "bert")
    seen = await anna.new_game("bert")
    game = await bert.move(seen, 1, 2)
    assert game.heaps == (2, 4, 5)
    assert game.turn == "anna"


async def test_the_board_shows_why_a_move_was_refused() -> None:
    backend = TutorialBackend()
    anna, bert = await player(backend, "anna"), await player(backend, "bert")
    seen = await anna.new_game("bert")
    with pytest.raises(NotYourTurn) as caught:
        await anna.move(seen, 1, 2)
    assert caught.value.game == seen
    with pytest.raises(IllegalMove):
        await bert.move(seen, 1, 5)
    await bert.move(seen, 1, 2)
    with pytest.raises(Stale) as stale:
        await bert.move(seen, 2, 2)
    assert stale.value.game is not None
    assert stale.value.game.heaps == (2, 4, 5)


async def test_a_session_without_renewal_ends_when_the_backend_says_so() -> None:
    backend = TutorialBackend()
    client = client_of(backend)
    await client.sign_in("anna", "Passw0rd1")
    client.connection._id_token = "no token"
    with pytest.raises(NotSignedIn):
        await client.game("5b5ee7d8")


async def test_a_clock_past_the_end_of_the_token_ends_no_session() -> None:
    client = client_of(TutorialBackend())
    await client.sign_in("anna", "Passw0rd1")
    client.connection._id_token = token("anna", exp=1)
    game = await client.new_game("bert")
    assert (await client.game(game.game_id)).user1 == "anna"


async def test_an_empty_success_of_our_own_backend_is_garbage() -> None:
    import httpx

    from tests.nim_tui.client.fakes import signed_in

    client = await signed_in(lambda _: httpx.Response(200))
    with pytest.raises(Unreachable):
        await client.game("g2345678")
