"""Many at one invitation at once, on stores that write atomically, let go by a barrier."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from backend.domain.invitations import Invitation, random_code
from backend.service.ports import GameStore
from tests.backend.adapters.conftest import DynamoPlace, sqlite_place
from tests.backend.adapters.game_store import T0, minutes

RIVALS = 50
INVITATIONS = 8


@pytest.fixture(params=["sqlite", "ministack"])
async def stores(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[list[GameStore]]:
    """Two adapters on the same games, as two processes have them."""
    if request.param == "sqlite":
        async with sqlite_place(tmp_path) as place:
            yield [await place.open() for _ in range(2)]
    else:
        shared = DynamoPlace(request.getfixturevalue("ministack"))
        yield [await shared.open() for _ in range(2)]


async def new_ones(store: GameStore) -> list[str]:
    """Invitations of ana's, by their codes."""
    codes = [random_code() for _ in range(INVITATIONS)]
    for code in codes:
        await store.invitations.put(Invitation(code=code, created_by="ana", created_at=T0))
    return codes


async def test_of_fifty_at_once_exactly_one_takes_it(stores: list[GameStore]) -> None:
    codes = await new_ones(stores[0])
    barrier = asyncio.Barrier(RIVALS)

    async def rival(number: int) -> list[str | None]:
        store, seen = stores[number % 2], []
        for code in codes:
            await barrier.wait()
            taken = await store.invitations.take(code, f"player{number}", minutes(number + 1))
            seen.append(None if taken is None else taken.taken_by)
        return seen

    rows = await asyncio.gather(*map(rival, range(RIVALS)))
    for number in range(INVITATIONS):
        # All are told the same, and it is what is kept.
        assert {row[number] for row in rows} == {rows[0][number]}
        kept = await stores[1].invitations.get(codes[number])
        assert kept is not None
        assert kept.taken_by == rows[0][number]


async def test_of_fifty_names_at_once_one_is_reserved(stores: list[GameStore]) -> None:
    codes = await new_ones(stores[0])
    barrier = asyncio.Barrier(RIVALS)

    async def rival(number: int) -> list[str | None]:
        store, seen = stores[number % 2], []
        for code in codes:
            await barrier.wait()
            kept, applied = await store.invitations.reserve(code, f"player{number}", minutes(1))
            assert kept is not None
            assert applied == (kept.reserved_for == f"player{number}")
            seen.append(kept.reserved_for)
        return seen

    rows = await asyncio.gather(*map(rival, range(RIVALS)))
    for number in range(INVITATIONS):
        assert len({row[number] for row in rows}) == 1


async def test_one_is_taken_or_withdrawn_and_never_both(stores: list[GameStore]) -> None:
    codes = await new_ones(stores[0])

    async def both(code: str) -> tuple[bool, bool]:
        taken, removed = await asyncio.gather(
            stores[0].invitations.take(code, "bob", minutes(1)),
            stores[1].invitations.remove(code),
        )
        return taken is not None, removed

    for taken, removed in await asyncio.gather(*map(both, codes)):
        assert taken != removed
