"""Retries: of what was lost only, after the wanted pause, and never later than promised."""

from __future__ import annotations

import asyncio
import time

import pytest

from backend.domain.errors import DatabaseProblem, GameOver, NimError, TooManyRequests, Unavailable
from backend.domain.game import Game
from nim_tui.client import Unreachable
from nim_tui.client.errors import CannotOpen
from nim_tui.client.retry import Retries
from tests.backend.samples import new_game


class Clock:
    """Time that only pauses move."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.pauses: list[float] = []

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, "monotonic", clock.monotonic)
    monkeypatch.setattr(asyncio, "sleep", clock.sleep)
    return clock


class Sends:
    """Fails in order, then answers; each try may take some time."""

    def __init__(self, clock: Clock, *failures: NimError, lasts: float = 0.0) -> None:
        self.tries = 0
        self._clock, self._failures, self._lasts = clock, list(failures), lasts

    async def __call__(self) -> Game:
        self.tries += 1
        self._clock.now += self._lasts
        if self._failures:
            raise self._failures.pop(0)
        return new_game()


@pytest.mark.parametrize("lost", [Unreachable, Unavailable, DatabaseProblem])
async def test_what_was_lost_is_sent_again_after_each_pause(
    clock: Clock, lost: type[NimError]
) -> None:
    send = Sends(clock, lost(), lost())
    assert await Retries((0.3, 0.9)).again(send) == new_game()
    assert send.tries == 3
    first, second = clock.pauses
    assert 0.15 <= first <= 0.3
    assert 0.45 <= second <= 0.9


async def test_after_the_last_pause_the_error_is_the_callers(clock: Clock) -> None:
    send = Sends(clock, *(Unreachable() for _ in range(9)))
    with pytest.raises(Unreachable):
        await Retries((0.3, 0.9)).again(send)
    assert send.tries == 3


@pytest.mark.parametrize("final", [CannotOpen, GameOver, TooManyRequests])
async def test_what_trying_again_does_not_mend_is_not_sent_again(
    clock: Clock, final: type[NimError]
) -> None:
    send = Sends(clock, final())
    with pytest.raises(final):
        await Retries((0.3, 0.9)).again(send)
    assert (send.tries, clock.pauses) == (1, [])


async def test_a_longer_pause_that_the_backend_wants_is_kept(clock: Clock) -> None:
    send = Sends(clock, Unavailable(retry_after=2.5))
    await Retries((0.3, 0.9)).again(send)
    assert clock.pauses == [2.5]


@pytest.mark.parametrize(
    ("lasts", "retry_after", "tries"),
    [(0.0, 8.1, 1), (0.0, 7.9, 2), (7.9, None, 1), (4.0, None, 2), (1.0, None, 3)],
)
async def test_no_retry_begins_later_than_promised(
    clock: Clock, lasts: float, retry_after: float | None, tries: int
) -> None:
    failures = (Unavailable(retry_after=retry_after) for _ in range(9))
    send = Sends(clock, *failures, lasts=lasts)
    with pytest.raises(Unavailable):
        await Retries((0.3, 0.9), within=8.0).again(send)
    assert send.tries == tries
