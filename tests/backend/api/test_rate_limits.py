"""How often anybody may ask: never less than promised, never much more, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.api.rate_limits import Buckets, Limits, Rate
from backend.domain.errors import TooManyRequests


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def passed(take: Callable[[], None], tries: int) -> int:
    """How many of `tries` go through."""
    count = 0
    for _ in range(tries):
        try:
            take()
        except TooManyRequests:
            continue
        count += 1
    return count


def test_each_rate_is_what_was_promised() -> None:
    limits = Limits(clock=Clock())
    assert passed(lambda: limits.sign_up("192.0.2.1"), 200) == 60
    assert passed(lambda: limits.sign_up("192.0.2.2"), 200) == 60
    assert passed(lambda: limits.sign_in("192.0.2.1", "anna"), 200) == 10
    assert passed(lambda: limits.refresh("192.0.2.1"), 200) == 120
    assert passed(lambda: limits.refresh("192.0.2.2"), 200) == 120
    assert passed(lambda: limits.sign_out("192.0.2.1"), 200) == 60
    assert passed(lambda: limits.new_game("Anna"), 200) == 120
    assert passed(lambda: limits.request("Anna"), 200) == 20
    assert passed(lambda: limits.request("Bert"), 200) == 20


def test_sign_ins_of_many_names_from_one_address_are_counted_together() -> None:
    limits = Limits(clock=Clock())
    names = iter(range(1000))
    assert passed(lambda: limits.sign_in("192.0.2.1", f"name{next(names)}"), 200) == 60


def test_a_wrong_password_locks_out_its_own_address_only() -> None:
    limits = Limits(clock=Clock())
    assert passed(lambda: limits.sign_in("192.0.2.1", "Anna"), 50) == 10
    assert passed(lambda: limits.sign_in("192.0.2.1", "aNNA"), 1) == 0
    assert passed(lambda: limits.sign_in("192.0.2.2", "Anna"), 1) == 1
    assert passed(lambda: limits.sign_in("192.0.2.1", "Bert"), 1) == 1


def test_a_right_password_does_not_count_as_a_wrong_one() -> None:
    limits = Limits(clock=Clock())

    def sign_in() -> None:
        limits.sign_in("192.0.2.1", "Anna")
        limits.right_password("192.0.2.1", "Anna")

    assert passed(sign_in, 50) == 50
    assert passed(lambda: limits.sign_in("192.0.2.1", "Anna"), 50) == 10


def test_retry_after_is_long_enough_and_no_longer() -> None:
    clock = Clock()
    limits = Limits(clock=clock)
    passed(lambda: limits.new_game("Anna"), 200)
    with pytest.raises(TooManyRequests) as refused:
        limits.new_game("Anna")
    assert refused.value.retry_after == pytest.approx(30)
    clock.now += 29.9
    assert passed(lambda: limits.new_game("Anna"), 1) == 0
    clock.now += 0.2
    assert passed(lambda: limits.new_game("Anna"), 5) == 1


def test_an_ipv6_household_counts_as_one_address() -> None:
    limits = Limits(clock=Clock())
    hosts = iter(range(1, 1000))
    assert passed(lambda: limits.sign_up(f"2001:db8:1:2::{next(hosts):x}"), 100) == 60
    assert passed(lambda: limits.sign_up("2001:db8:1:3::1"), 100) == 60
    assert passed(lambda: limits.sign_up("::ffff:192.0.2.9"), 30) == 30
    assert passed(lambda: limits.sign_up("192.0.2.9"), 100) == 30


def test_nothing_is_counted_without_an_address_or_when_switched_off() -> None:
    limits = Limits(clock=Clock())
    assert passed(lambda: limits.sign_up(None), 500) == 500
    assert passed(lambda: limits.sign_in(None, "Anna"), 500) == 500
    assert passed(lambda: limits.refresh(None), 500) == 500
    assert passed(lambda: limits.sign_out(None), 500) == 500
    off = Limits(enabled=False)
    assert passed(lambda: off.request("Anna"), 500) == 500
    assert passed(lambda: off.sign_up("192.0.2.1"), 500) == 500
    assert passed(lambda: off.refresh("192.0.2.1"), 500) == 500
    assert passed(lambda: off.sign_out("192.0.2.1"), 500) == 500
    assert passed(lambda: off.new_game("Anna"), 500) == 500


def test_memory_is_bounded_and_the_busiest_are_not_forgotten() -> None:
    buckets = Buckets(Rate(5, 60), "Wait.", clock=Clock(), most_keys=100)
    assert passed(lambda: buckets.take("busy"), 10) == 5
    for stranger in range(1000):
        buckets.take(f"stranger {stranger}")
        with pytest.raises(TooManyRequests):
            buckets.take("busy")
    assert len(buckets) == 100


def test_a_full_table_drops_the_key_seen_longest_ago_and_counts_the_newest() -> None:
    buckets = Buckets(Rate(2, 60), "Wait.", clock=Clock(), most_keys=3)
    for key in ("a", "b", "c", "a", "d", "d"):
        buckets.take(key)
    for full in ("d", "a"):
        with pytest.raises(TooManyRequests):
            buckets.take(full)
    assert passed(lambda: buckets.take("b"), 3) == 2, "b was seen longest ago, so it begins anew"


@given(
    count=st.integers(1, 10),
    pauses=st.lists(st.floats(0, 20), max_size=60),
)
def test_all_that_a_sliding_window_allows_goes_through(count: int, pauses: list[float]) -> None:
    clock = Clock()
    buckets = Buckets(Rate(count, 10), "Wait.", clock=clock)
    taken: list[float] = []
    for pause in pauses:
        clock.now += pause
        recent = [when for when in taken if when > clock.now - 10]
        if len(recent) < count:
            buckets.take("anna")
            taken.append(clock.now)
