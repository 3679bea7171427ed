"""Places under the day's caps, on a counter in memory."""

from __future__ import annotations

import asyncio

import pytest

from backend.domain.errors import Unavailable
from backend.service.text_caps import Cap, LeasedCaps

TODAY, ALL, OF_ANA = "day 1", Cap("day 1", 30), Cap("day 1 ana", 5)


class Counter:
    """A `DailyCounter` for leases, and the calls that it got."""

    def __init__(self) -> None:
        self.taken: dict[str, int] = {}
        self.leases = 0
        self.is_away = False

    async def count(self, name: str, text: str, cap: int) -> bool:
        raise NotImplementedError

    async def lease(self, name: str, *, holder: str, held: int, places: int, cap: int) -> int:
        self.leases += 1
        await asyncio.sleep(0)
        if self.is_away:
            raise Unavailable
        taken = self.taken.get(name, 0)
        places = min(places, cap - taken)
        self.taken[name] = taken + places
        return held + places

    async def give_back(self, name: str, *, holder: str, held: int, places: int) -> None:
        if self.is_away:
            raise Unavailable
        self.taken[name] -= places


async def test_texts_at_the_same_time_share_one_lease() -> None:
    counter = Counter()
    caps = LeasedCaps(counter)
    assert all(await asyncio.gather(*(caps.take(TODAY, [ALL]) for _ in range(20))))
    assert counter.leases == 1
    assert sum(await asyncio.gather(*(caps.take(TODAY, [ALL]) for _ in range(20)))) == 10


async def test_what_one_cap_refuses_takes_nothing_of_the_others() -> None:
    caps = LeasedCaps(Counter())
    assert [await caps.take(TODAY, [ALL, OF_ANA]) for _ in range(50)].count(True) == 5
    assert [await caps.take(TODAY, [ALL]) for _ in range(50)].count(True) == 25


async def test_a_lease_that_cannot_be_had_takes_nothing_of_the_others() -> None:
    counter = Counter()
    caps = LeasedCaps(counter)
    assert await caps.take(TODAY, [ALL])
    counter.is_away = True
    for _ in range(40):
        with pytest.raises(Unavailable):
            await caps.take(TODAY, [ALL, OF_ANA])
    counter.is_away = False
    assert [await caps.take(TODAY, [ALL, OF_ANA]) for _ in range(9)].count(True) == 5


async def test_a_place_given_back_is_used_again_but_not_on_another_day() -> None:
    counter = Counter()
    caps = LeasedCaps(counter, lease=1)
    one, tomorrow = Cap("day 1", 1), Cap("day 2", 1)
    assert await caps.take(TODAY, [one])
    caps.give_back(TODAY, [one])
    assert await caps.take(TODAY, [one])
    assert await caps.take("day 2", [tomorrow])
    caps.give_back(TODAY, [one])
    assert not await caps.take("day 2", [tomorrow])


async def test_closing_gives_back_what_is_unused() -> None:
    counter = Counter()
    caps = LeasedCaps(counter)
    for _ in range(3):
        assert await caps.take(TODAY, [ALL])
    await caps.close()
    assert counter.taken == {ALL.name: 3}


async def test_closing_never_fails(caplog: pytest.LogCaptureFixture) -> None:
    counter = Counter()
    caps = LeasedCaps(counter)
    assert await caps.take(TODAY, [ALL])
    counter.is_away = True
    await caps.close()
    assert "could not be given back" in caplog.text
