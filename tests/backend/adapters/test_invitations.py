"""The contract of every `InvitationStore`, which stands beside the games of a `GameStore`."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from backend.domain.errors import TooManyGames, TooManyInvitations
from backend.domain.invitations import LIFE, Invitation, random_code
from backend.service.invitation_store import MOST_OPEN_INVITATIONS
from backend.service.ports import MOST_OPEN_GAMES, GameStore
from tests.backend.adapters.game_store import T0, Place, minutes, new_game

CODE = "k3v9x2ma4q"


def invitation(code: str = CODE, **changes: Any) -> Invitation:
    """An invitation of ana's, with some fields changed."""
    return Invitation(**{"code": code, "created_by": "ana", "created_at": T0, **changes})


async def test_a_new_invitation_is_kept_with_all_that_it_has(store: GameStore) -> None:
    given = invitation(heaps=(1, 20, 0), rule="normal", days_per_move=3, request_id="mine")
    assert await store.invitations.put(given) == given
    assert await store.invitations.get(CODE) == given
    assert await store.invitations.unfinished("ana", minutes(1)) == [given]
    assert await store.invitations.unfinished("bob", minutes(1)) == []


async def test_an_unknown_code_leads_to_nothing(store: GameStore) -> None:
    kept = store.invitations
    assert await kept.get(CODE) is None
    assert await kept.take(CODE, "bob", minutes(1)) is None
    assert await kept.reserve(CODE, "bob", minutes(1)) == (None, False)
    assert not await kept.remove(CODE)
    await kept.release(CODE, "bob")
    await kept.discard(CODE)


async def test_a_second_one_with_the_same_code_does_not_replace_the_first(
    store: GameStore,
) -> None:
    first = await store.invitations.put(invitation())
    assert await store.invitations.put(invitation(created_by="carl")) == first
    assert await store.invitations.get(CODE) == first


async def test_who_takes_it_first_has_it(store: GameStore) -> None:
    given = await store.invitations.put(invitation())
    taken = replace(given, taken_by="Bob", taken_at=minutes(1))
    assert await store.invitations.take(CODE, "Bob", minutes(1)) == taken
    assert await store.invitations.take(CODE, "carl", minutes(2)) == taken
    assert await store.invitations.take(CODE, "Bob", minutes(3)) == taken
    assert await store.invitations.unfinished("ana", minutes(3)) == [taken]
    await store.invitations.game_made(CODE)
    assert await store.invitations.unfinished("ana", minutes(3)) == []
    assert await store.invitations.get(CODE) == replace(taken, made=True)


async def test_nobody_takes_it_once_it_has_expired(store: GameStore) -> None:
    given = await store.invitations.put(invitation())
    assert await store.invitations.take(CODE, "bob", T0 + LIFE) == given
    assert await store.invitations.reserve(CODE, "bob", T0 + LIFE) == (given, False)
    assert await store.invitations.unfinished("ana", T0 + LIFE) == []


async def test_what_is_reserved_is_for_one_name(store: GameStore) -> None:
    kept = store.invitations
    given = await kept.put(invitation())
    reserved = replace(given, reserved_for="bob")
    assert await kept.reserve(CODE, "bob", minutes(1)) == (reserved, True)
    assert await kept.reserve(CODE, "bob", minutes(1)) == (reserved, False)
    assert await kept.reserve(CODE, "carl", minutes(1)) == (reserved, False)
    assert await kept.take(CODE, "Carl", minutes(1)) == reserved
    await kept.release(CODE, "carl")
    assert await kept.get(CODE) == reserved
    await kept.release(CODE, "bob")
    assert await kept.get(CODE) == given
    await kept.reserve(CODE, "bob", minutes(1))
    taken = await kept.take(CODE, "Bob", minutes(2))
    assert taken is not None
    assert taken.taken_by == "Bob"
    await kept.release(CODE, "bob")
    assert await kept.get(CODE) == taken


async def test_what_nobody_has_taken_can_be_removed(store: GameStore) -> None:
    kept = store.invitations
    await kept.put(invitation())
    assert await kept.remove(CODE)
    assert not await kept.remove(CODE)
    assert await kept.get(CODE) is None
    await kept.put(invitation())
    await kept.take(CODE, "bob", minutes(1))
    assert not await kept.remove(CODE)
    await kept.discard(CODE)
    assert await kept.get(CODE) is None


async def test_what_has_a_game_stays(store: GameStore) -> None:
    await store.invitations.put(invitation())
    await store.invitations.take(CODE, "bob", minutes(1))
    await store.invitations.game_made(CODE)
    await store.invitations.discard(CODE)
    assert await store.invitations.get(CODE) is not None


async def test_what_somebody_has_taken_is_reserved_for_nobody(store: GameStore) -> None:
    await store.invitations.put(invitation())
    taken = await store.invitations.take(CODE, "bob", minutes(1))
    assert await store.invitations.reserve(CODE, "carl", minutes(2)) == (taken, False)
    assert await store.invitations.get(CODE) == taken


async def test_what_nobody_has_taken_has_no_game(store: GameStore) -> None:
    """A late word that its game was made may meet a new invitation of the same request."""
    given = await store.invitations.put(invitation())
    await store.invitations.game_made(CODE)
    assert await store.invitations.get(CODE) == given
    assert await store.invitations.unfinished("ana", minutes(1)) == [given]


@pytest.mark.wide
async def test_only_so_many_at_a_time(store: GameStore) -> None:
    codes = [random_code() for _ in range(MOST_OPEN_INVITATIONS)]
    for code in codes:
        await store.invitations.put(invitation(code))
    with pytest.raises(TooManyInvitations):
        await store.invitations.put(invitation())
    assert await store.invitations.get(CODE) is None
    # The same request again is answered; those of others, and after one has gone, are accepted.
    assert (await store.invitations.put(invitation(codes[0]))).code == codes[0]
    await store.invitations.put(invitation(random_code(), created_by="bob"))
    await store.invitations.remove(codes[0])
    await store.invitations.put(invitation())


@pytest.mark.wide
async def test_expired_ones_do_not_count(store: GameStore) -> None:
    for _ in range(MOST_OPEN_INVITATIONS):
        await store.invitations.put(invitation(random_code()))
    await store.invitations.put(invitation(created_at=T0 + LIFE))


@pytest.mark.wide
async def test_they_count_among_the_open_games_when_made_and_not_when_taken(
    store: GameStore,
) -> None:
    await store.invitations.put(invitation())
    await store.invitations.put(invitation("k3v9x2ma4r"))
    games = [new_game(f"game{number}") for number in range(MOST_OPEN_GAMES - 2)]
    await asyncio.gather(*map(store.put, games))
    with pytest.raises(TooManyGames):
        await store.invitations.put(invitation("k3v9x2ma4s"))
    with pytest.raises(TooManyGames):
        await store.put(new_game("another"))
    taken = await store.invitations.take(CODE, "bob", minutes(1))
    assert taken is not None
    for again in (False, True):
        written = await store.put(taken.game())
        await store.invitations.game_made(CODE)
        assert written.game == await store.get(taken.game_id) == taken.game()
        assert written.applied != again


async def test_invitations_are_in_no_list_of_games(store: GameStore) -> None:
    await store.invitations.put(invitation())
    await store.invitations.take(CODE, "bob", minutes(1))
    for user in ("ana", "bob"):
        for state in ("open", "done"):
            assert (await store.list(user, state, 10, None)).games == []


async def test_every_process_has_the_same_secret(place: Place) -> None:
    stores = [await place.open() for _ in range(2)]
    secrets = await asyncio.gather(*(store.invitations.secret() for store in stores * 2))
    assert len(set(secrets)) == 1
    assert len(secrets[0]) == 32
